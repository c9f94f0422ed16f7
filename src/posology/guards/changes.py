"""What a pharmacist must look at in a course's files and changes: exceptions, corrections."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import assert_never

from posology.course.changes import in_force
from posology.dosing.dose import row
from posology.errors import DosingError
from posology.guards.unjudged import Unjudged
from posology.model import Finding, Order, Patient, Place, Recorded, Slot, Value, print_date
from posology.model.change import (
    NOT_GIVEN,
    Change,
    Delay,
    Extend,
    Give,
    Hold,
    Measures,
    Move,
    Raise,
    Reduce,
    Replan,
    Resume,
    Stop,
    Switch,
    Travel,
    Undo,
)
from posology.model.changing import describe


def not_for_use(plan: Unjudged) -> Iterator[Finding]:
    """Report an example site, and a regimen that is retired."""
    if plan.site_file.example:
        message = "computed for the example site; give your hospital's own file"
        yield Finding("example-site", "review", Place.of("site"), message, (), same=True)
    if plan.regimen.status == "retired":
        instead = plan.regimen.replaced_by or ""
        message = f"the regimen is retired; {instead} replaces it"
        yield Finding("regimen-retired", "stop", Place.of("status"), message, (instead,))


def markets(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review of a label of another market, and where the labels differ for this patient."""
    for index, order in enumerate(plan.whole.orders):
        if not order.markets or order.id in plan.course.without:
            continue
        chosen = plan.course.choices.get(f"{order.id}.market", order.markets[0])
        if plan.site.market and chosen != plan.site.market:
            message = (
                f"{order.id}: the label of the market {chosen} is chosen, and the site is in "
                f"{plan.site.market}; check which of them counts"
            )
            values = (order.id, chosen, plan.site.market)
            yield Finding("market-differs", "review", Place.of("site", "market"), message, values)
        for market, current in product(order.markets, plan.times):
            here, there = (_stated(order, each, current.patient) for each in (chosen, market))
            if here != there:
                message = (
                    f"{order.id}: for this patient the label of the market {chosen} gives {here}; "
                    f"that of {market} gives {there}; ask which of them counts"
                )
                place = Place.of("orders", index, "doses")
                listed = (order.id, chosen, here, market, there)
                yield Finding("labels-differ", "review", place, message, listed)


def _stated(order: Order, market: str, patient: Patient) -> str:
    """Say what the rows of a market give a patient: a dose and its days."""
    try:
        fitting = row(order.chosen({f"{order.id}.market": market}), patient)
    except DosingError:
        return "no dose in this file"
    days = f" on days {fitting.days}" if fitting and fitting.days else ""
    return f"{fitting.dose}{days}" if fitting else "no dose in this file"


def exceptions(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review of changes that the regimen does not foresee, and of corrected records."""
    recorded: dict[Slot, Recorded | None] = {}
    orders = {planned.settled.order.id: planned.settled.order for planned in plan.orders}
    for number, change in enumerate(in_force(plan.course.changes), 1):
        if change.exception:
            message = (
                f"the regimen does not foresee this change: {_words(change)}; by {change.by} and "
                f"{change.checked_by}"
            )
            yield Finding("exception", "review", Place.of("changes"), message, (number,))
            continue
        match change:
            case Delay():
                yield from _delayed_alone(change, orders, number)
            case Give():
                yield from _corrected(change, recorded)
            case (
                Measures() | Move() | Reduce() | Raise() | Switch() | Hold() | Resume() | Stop()
                | Travel() | Extend() | Replan() | Undo()
            ):  # fmt: skip
                pass
            case _:
                assert_never(change)


def _words(change: Change) -> str:
    return f"{describe(change)}; reason: {change.reason}"


def _delayed_alone(change: Delay, orders: Mapping[str, Order], number: int) -> Iterator[Finding]:
    """Ask for review of one dose that is delayed by more than its order tolerates."""
    if change.what.kind == "dose":
        tolerance = orders[change.what.order].tolerance
        if change.days > (tolerance.fewest_days if tolerance else 0):
            message = f"one dose is delayed beyond the tolerance of its order: {_words(change)}"
            yield Finding("delayed-alone", "review", Place.of("changes"), message, (number,))


def _corrected(change: Give, recorded: dict[Slot, Recorded | None]) -> Iterator[Finding]:
    """Ask for review of a record that was corrected; adds the records to ``recorded``."""
    for slot, record in change.doses.items():
        before = recorded.get(slot)
        if slot in recorded and before != record:
            old, new = (each.words if each else NOT_GIVEN for each in (before, record))
            message = f"{slot}: the record was corrected from {old} to {new}"
            values = (str(slot), str(before or ""), str(record or ""))
            yield Finding("record-corrected", "review", Place.of(slot.order), message, values)
        recorded[slot] = record


def after_a_pause(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review if doses were shifted unevenly, because tests and supplies were not."""
    limited = any(circumstances.drug.supply for circumstances in plan.drugs.values())
    present = [
        due for planned in plan.orders for due in planned.dues if not due.absent and not due.fixed
    ]
    shifts = {(due.planned - due.placed.date).days for due in present}
    counted = [item for item in plan.regimen.items if not item.beside]
    if (counted or limited) and len(shifts) > 1:
        first = min(due.on for planned in plan.orders for due in planned.dues if not due.absent)
        message = (
            f"doses have been shifted, but tests and supplies are still counted from "
            f"{print_date(first)}; check that they fit"
        )
        values: tuple[Value, ...] = (first, *sorted(shifts))
        yield Finding("items-not-shifted", "review", Place.of("items"), message, values)
