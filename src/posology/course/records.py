"""Writes the record of a dose: what a person entered, and the rest as it was planned."""

from datetime import date, datetime
from math import ceil
from typing import NamedTuple

from pydantic import ValidationError

from posology.errors import CourseError
from posology.model import Administration, Plan, Recorded, Slot
from posology.quantity import Quantity
from posology.text import shown


class Typed(NamedTuple):
    """What a person entered of a dose that was given; what is None was not typed."""

    amount: Quantity | None = None
    day: date | None = None
    at: str = ""
    product: str = ""
    """The product's name in the formulary, such as ``octagam``."""
    lot: str = ""
    expiry: date | None = None


def record(
    slot: Slot, of: Administration | None, typed: Typed, computed: Plan
) -> Recorded:  # fmt: skip
    """Write what was given of a dose; what is not entered is as planned, or as it was recorded.

    ``of``: the dose as it is planned, or was recorded; None if it is not planned. Containers and
    rates are as planned, unless another amount or another product was given: then they are not
    known. Raises CourseError.
    """
    if of is None and not (typed.amount and typed.day and typed.at):
        raise CourseError({"dose": f"{slot} is not planned; give amount, day and at as well"})
    when = _moment(of, typed, computed)
    product = _product(slot, typed.product, computed)
    amount = typed.amount or (of.amount if of else None)
    try:
        unknown = Recorded(
            amount=amount, on=when.date(), at=when.time(), moment=when, product=product or None,
            lot=typed.lot or None, expiry=typed.expiry, minutes=computed.site.entry_minutes,
        )  # fmt: skip
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        reason = fault.get("ctx", {}).get("error", "must have at most 400 characters")
        raise CourseError({str(fault["loc"][0]): str(reason)}) from None
    if of is None:
        return unknown
    written = _as_planned(unknown, of)
    if slot != of.slot:  # once more: no such dose was planned
        return written.model_copy(update={"planned": None, "computed": None})
    return written


def _moment(of: Administration | None, typed: Typed, computed: Plan) -> datetime:
    """Give the moment, with its distance from UTC: a corrected record keeps that of its own."""
    was = of.recorded.moment if of and of.recorded else None
    day = typed.day or (of.at.date() if of else date.min)
    clock = typed.at or (f"{of.at:%H:%M}" if of else "")
    local = datetime.fromisoformat(f"{day.isoformat()}T{clock}")
    if was:
        return local.replace(tzinfo=was.tzinfo)
    # A zone may change its rules; the distance from UTC of today stays in the record.
    aware = local.replace(tzinfo=computed.site.time_zone.info).isoformat(timespec="minutes")
    return datetime.fromisoformat(aware)


def _as_planned(written: Recorded, of: Administration) -> Recorded:
    """Add what was planned to a record, and the containers and rates where they are known."""
    was, ready = of.recorded, of.ready
    if was and not was.complete:
        return written  # what an older file does not hold is not made up
    planned_product = was.product if was else ready and ready.product
    same_product = written.product in {None, planned_product}
    as_planned = same_product and written.amount == of.amount
    infusion = (was.infusion if was else of.infusion) if as_planned else None
    minutes = ceil(infusion.minutes) if infusion else written.minutes
    parts: dict[str, object] = {
        "planned": of.planned,
        "computed": of.computed_amount,
        "dosing_weight": of.dosing_weight,
        "product": written.product or planned_product,
        "minutes": minutes,
        "rates": infusion.paces if infusion else None,
    }
    if ready and as_planned:
        parts |= {"container": ready.form, "packs": ready.packs, "volume": ready.volume,
                  "sites": ready.places}  # fmt: skip
    return written.model_copy(update=parts)


def _product(slot: Slot, name: str, computed: Plan) -> str:
    """Give the marketed name of a product; empty if none was typed."""
    order = next((each for each in computed.regimen.orders if each.id == slot.order), None)
    drug = computed.drugs.get(order.drug) if order else None
    if not name or drug is None:
        return ""
    if name not in drug.products:
        listed = ", ".join(drug.products)
        message = f"{shown(name)} is no product of {drug.name}; products: {listed}"
        raise CourseError({"product": message})
    return drug.products[name].name
