"""Whether the parts of a regimen fit together, and what its sources leave open."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import product

from posology.checks.starts import as_needed, later_starts, starts
from posology.library.skeletons import FILL_IN
from posology.model import (
    NOT_STATED,
    Drug,
    Finding,
    Offered,
    Order,
    Place,
    ReductionStep,
    Regimen,
    Stage,
    StatedDose,
)
from posology.quantity import Quantity
from posology.text import shown

_FEWEST_CASES = 5


def coherent(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Stop if a name refers to nothing, or if days do not fit their cycle."""
    yield from not_filled_in(regimen)
    seen: set[str] = set()
    yield from starts(regimen)
    for index, order in enumerate(regimen.orders):
        place = Place.of("orders", index)
        if order.id in seen:
            message = f"a second order is named {order.id}; give one of them an id of its own"
            yield Finding("order-twice", "stop", place.at("drug"), message, ())
        seen.add(order.id)
        yield from _source(order.source, regimen, place)
        for number, row in enumerate(order.doses):
            yield from _source(row.source or order.source, regimen, place.at("doses", number))
        yield from _drug(order, drugs, place)
        yield from _offered(order, place)
        yield from _salts(order, drugs, place)
        yield from _one_dose(order, place)
        for stage in order.stages:
            yield from _days_fit(stage, place)
        yield from _changes(order, regimen, place)
    for index, item in enumerate(regimen.items):
        yield from _source(item.source, regimen, Place.of("items", index))
    yield from _unproven(regimen)
    yield from _status(regimen)
    if not regimen.cases and not regimen.undosed:
        message = "a regimen needs worked cases; add at least one, computed by hand"
        yield Finding("cases-missing", "stop", Place.of("cases"), message, ())
    elif not regimen.undosed and _computed(regimen) < _FEWEST_CASES:
        message = (
            f"fewer than {_FEWEST_CASES} worked cases; add both ends of every choice, a heavy, a "
            "light and an old patient"
        )
        yield Finding("cases-few", "review", Place.of("cases"), message, ())


def _unproven(regimen: Regimen) -> Iterator[Finding]:
    if regimen.items and not any(case.to_do for case in regimen.cases):
        message = "no case lists the items on their days; add to_do to one"
        yield Finding("items-unproven", "stop", Place.of("items"), message, ())
    needed = any(order.as_needed for order in regimen.orders)
    if needed and regimen.cases and not any(case.needed for case in regimen.cases):
        message = "no case lists what is taken as needed; add needed to one"
        yield Finding("items-unproven", "stop", Place.of("cases"), message, ())


def not_filled_in(noun: Regimen | Drug) -> Iterator[Finding]:
    """Stop at each part of a file in which a person must still write."""
    for field, about in type(noun).model_fields.items():
        left = re.search(rf"{FILL_IN}[^'\"]{{0,40}}", repr(getattr(noun, field)))
        if left:
            message = f"{shown(left[0])} still stands in the file; write what is meant"
            yield Finding("not-filled-in", "stop", Place.of(about.alias or field), message, ())


def _computed(regimen: Regimen) -> int:
    """Count the cases that expect doses, not a refusal."""
    return sum(case.refused is None and bool(case.expect) for case, _ in regimen.worked)


def _changes(order: Order, regimen: Regimen, place: Place) -> Iterator[Finding]:
    """Check what changes may do: each step lowers the dose; the quote states the tolerance."""
    stated = [stage.dose for stage in order.stages if not isinstance(stage.part, ReductionStep)]
    for key, steps in (("steps", order.steps), ("steps_up", order.steps_up)):
        before: StatedDose | None = stated[0] if stated else None
        for index, step in enumerate(steps if before else ()):
            field = place.at(key, index)
            yield from _source(step.source, regimen, field)
            if before and not _goes_on(before, step.dose, up=key == "steps_up"):
                way = "up" if key == "steps_up" else "down"
                message = f"{step.dose} is no step {way} from {before.amount}"
                yield Finding("step-not-next", "stop", field.at("dose"), message, ())
                break
            before = step.dose
    if order.steps_up and not isinstance(order.dose, StatedDose | Offered):
        message = "steps up begin at one dose; they cannot stand beside a table or readings"
        yield Finding("step-not-next", "stop", place.at("steps_up"), message, ())
    said = order.inferred.get("tolerance", order.quote)
    if order.tolerance and not re.search(rf"(?<![\d.,-]){order.tolerance}\b", said):
        message = f"neither the quote nor inferred.tolerance says {order.tolerance}"
        yield Finding("not-quoted", "stop", place.at("tolerance"), message, ())
    if order.tolerance and order.tolerance.unit != "day":
        message = f'{order.tolerance} is not a number of days; write for example "3 days"'
        yield Finding("tolerance-not-days", "stop", place.at("tolerance"), message, ())
    if (
        order.on
        and "on" not in order.inferred
        and order.on.removesuffix(" only") not in order.quote
    ):
        message = f"neither the quote nor inferred.on says {order.on}"
        yield Finding("not-quoted", "stop", place.at("on"), message, ())


def _goes_on(dose: StatedDose, step: StatedDose, *, up: bool) -> bool:
    """Tell whether a step is stated as the dose before it, and lies above it, or below."""
    if step.basis != dose.basis or step.amount.dimension != dose.amount.dimension:
        return False
    return step.amount > dose.amount if up else step.amount < dose.amount


def _source(name: str, regimen: Regimen, place: Place) -> Iterator[Finding]:
    if name not in regimen.sources:
        message = f"{name} is not among the sources: {', '.join(regimen.sources)}"
        yield Finding("source-unknown", "stop", place.at("source"), message, ())


def _drug(order: Order, drugs: Mapping[str, Drug], place: Place) -> Iterator[Finding]:
    drug = drugs.get(order.drug)
    if drug is None:
        names = {each: drug.name for drug in drugs.values() for each in (drug.name, *drug.names)}
        near = get_close_matches(order.drug, names, n=1)
        hint = f'did you mean "{names[near[0]]}"? Else ' if near else ""
        message = f"{order.drug} is not in the formulary; {hint}add drugs/{order.drug}.yaml"
        yield Finding("drug-unknown", "stop", place.at("drug"), message, ())
    elif order.route not in drug.routes:
        message = (
            f"{order.drug} has no {order.route} route in the formulary; "
            f"routes: {', '.join(drug.routes)}"
        )
        yield Finding("route-unknown", "stop", place.at("route"), message, ())


def _offered(order: Order, place: Place) -> Iterator[Finding]:
    """Stop a choice of one, and a table that does not say which row is of which market."""
    chosen = order.dose in order.readings  # of a plan, in which the choice is made
    markets = {row.market for row in order.doses}
    message = ""
    if order.readings and (order.doses or order.later or not (order.dose is None or chosen)):
        message = "readings stand in place of dose, doses and from; leave these out"
    elif (markets - {None} and None in markets) or not markets <= {None, *order.markets}:
        message = f"each row must name one of the markets of the order: {', '.join(order.markets)}"
    elif 1 in {len(order.readings), len(set(order.markets)), len(set(order.salts))}:
        message = "readings, markets and salts are choices: name several, or leave them out"
    elif order.salts and order.salt not in {None, *order.salts}:
        message = f"{order.salt} is none of the salts that may be meant"
    if message:
        yield Finding("choice-wrong", "stop", place, message, ())


def _salts(order: Order, drugs: Mapping[str, Drug], place: Place) -> Iterator[Finding]:
    drug = drugs.get(order.drug)
    giving = drug.routes.get(order.route) if drug else None
    if drug is None or giving is None:
        return
    known = {drug.products[name].salt for name in giving.products if name in drug.products}
    for salt in (*order.salts, *([order.salt] if order.salt else [])):
        if salt not in known:
            listed = ", ".join(sorted(filter(None, known))) or "none"
            message = f"no product of {order.drug} is stated as {salt}; salts: {listed}"
            yield Finding("salt-unknown", "stop", place.at("salts"), message, ())


def _one_dose(order: Order, place: Place) -> Iterator[Finding]:
    shared = order.beside is not None and order.beside.share is not None
    stated = (order.dose is not None) + bool(order.doses) + shared
    if stated != 1 and not order.readings:
        message = f'give "dose" (an amount or "{NOT_STATED}") or a table of "doses", and not both'
        yield Finding("dose-missing", "stop", place.at("dose"), message, ())
    if order.at == "bedtime" and order.times != 1:
        message = "bedtime is once a day; leave out times or at"
        yield Finding("bedtime-twice", "stop", place.at("at"), message, ())
    if (
        order.later
        and isinstance(order.dose, Offered)
        and not all(later.dose for later in order.later.values())
    ):
        message = "where the dose is a choice, each later start states its own dose"
        yield Finding("later-beside-table", "stop", place.at("from"), message, ())
    if order.later and order.doses:
        message = "a table of doses and later starts cannot stand in one order; write two orders"
        yield Finding("later-beside-table", "stop", place.at("from"), message, ())
    yield from later_starts(order, place)
    yield from as_needed(order, place)
    exposure = any(stage.dose.exposure for stage in order.stages)
    if order.cap and not exposure:
        message = "a cap of the clearance belongs to a dose by exposure (AUC)"
        yield Finding("limit-unit", "stop", place.at("cap"), message, ())
    for index, limit in enumerate(order.most):
        for stage in order.stages:
            unit = "mg" if stage.dose.exposure else stage.dose.amount.unit.split("/")[0]
            amount = Quantity(stage.dose.amount.number, unit)
            if amount.dimension != limit.amount.dimension:
                message = f"{limit.amount} is no limit of a dose in {amount.unit}"
                yield Finding("limit-unit", "stop", place.at("most", index, "amount"), message, ())
                break


def _days_fit(stage: Stage, place: Place) -> Iterator[Finding]:
    field = place.at(*stage.path)
    days_field = place.at("days") if stage.complete else field
    for every, days in product(stage.every, stage.days):
        if days.numbers[-1] > every.fewest_days:
            message = f"day {days.numbers[-1]} lies beyond a cycle of {every}"
            yield Finding("day-beyond-cycle", "stop", days_field, message, ())
        single = all(len(each.numbers) * stage.times == 1 for each in stage.days)
        if stage.dose.basis == "per cycle" and single:
            message = f'a cycle has one administration; write "{stage.dose.amount} each"'
            yield Finding("basis-empty", "stop", field, message, ())
        if stage.dose.basis == "per day" and stage.times == 1:
            message = f'a day has one administration; write "{stage.dose.amount} each"'
            yield Finding("basis-empty", "stop", field, message, ())


def _status(regimen: Regimen) -> Iterator[Finding]:
    if (regimen.review is not None) != (regimen.status in {"reviewed", "lapsed"}):
        message = "a reviewed regimen says who reviewed it, when, and the sha256 of what was read"
        yield Finding("review-missing", "stop", Place.of("status"), message, ())
    if (regimen.replaced_by is not None) != (regimen.status == "retired"):
        message = (
            "a retired regimen must name its replacement (replaced_by), and no other regimen may"
        )
        yield Finding("replacement-missing", "stop", Place.of("status"), message, ())


def open_questions(regimen: Regimen, _: Mapping[str, Drug]) -> Iterator[Finding]:
    """Ask a pharmacist to look at every erratum and every unclear point."""
    for index, order in enumerate(regimen.orders):
        yield from _open(order, Place.of("orders", index))
    if regimen.unclear:
        yield Finding("unclear", "review", Place.of("unclear"), regimen.unclear, ())
    for name, source in regimen.sources.items():
        if source.seen == "no":
            message = f"{name}: we have not read this source: {source.cite}"
            yield Finding("source-unseen", "review", Place.of("sources", name), message, ())
    if regimen.status == "draft":
        message = "the regimen is a draft: no second person has reviewed the encoding"
        yield Finding("regimen-draft", "review", Place.of("status"), message, ())
    if regimen.status == "lapsed" and regimen.review:
        message = (
            f"the content has changed since {regimen.review.by} reviewed it: it counts as a draft "
            "until it is reviewed again"
        )
        yield Finding("review-lapsed", "review", Place.of("review", "sha256"), message, ())


def _open(order: Order, place: Place) -> Iterator[Finding]:
    if order.erratum and order.erratum.printed != str(getattr(order.dose, "amount", "")):
        message = (
            f"{order.id}: the source prints {order.erratum.printed}; we encode "
            f"{order.dose}, because {order.erratum.because}"
        )
        yield Finding("erratum", "review", place.at("erratum"), message, ())
    if order.dose == NOT_STATED:
        message = f"{order.id}: the source gives no dose, so the regimen cannot be computed"
        yield Finding("dose-not-stated", "review", place.at("dose"), message, ())
    for field, because in order.inferred.items():
        message = f"{order.id}: the quote does not say {field}; {because}"
        yield Finding("inferred", "note", place.at("inferred", field), message, ())
    for start, later in order.later.items():
        for name, reason in later.inferred.items():
            message = f"{order.id}, from {start}: the quote does not say {name}; {reason}"
            yield Finding("inferred", "note", place.at("from", str(start), "inferred"), message, ())
    if order.proviso:
        message = f"{order.id}: the source says {shown(order.proviso)}; this decides nothing here"
        yield Finding("proviso", "note", place.at("proviso"), message, ())
    if order.unclear:
        message = f"{order.id}: {order.unclear}"
        yield Finding("unclear", "review", place.at("unclear"), message, ())
