"""Second net: does the order say what its quote says?

Number, unit, basis, rhythm, days and route of an order must stand in its quote as whole
tokens, or the order carries an erratum. An order needs an erratum exactly if print and encoding
differ; we refuse an erratum if the printed dose is plausible. ``inferred`` lists what the quote
does not say, with the reason. The rows of a table and later starts have quotes of their own.
"""

import re
from collections.abc import Iterator, Mapping

from posology.checks.conditions import of_a_patient
from posology.checks.items import items
from posology.checks.phases import Phase, phases
from posology.checks.plausible import amounts, judge, windows_for
from posology.checks.reading import Reading, canonical, plain, printed_amounts, read
from posology.checks.rhythm import beside, compared
from posology.checks.rising import rising
from posology.checks.unread import another_drug, own_words, unread, words_of
from posology.model import (
    Condition,
    Drug,
    Finding,
    Later,
    Offered,
    Order,
    Period,
    Place,
    Regimen,
    Row,
    Run,
    Stage,
    StatedDose,
)
from posology.quantity import Quantity, print_number
from posology.text import shown


def quoted(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Compare the duration and each order with their quotes."""
    yield from _duration(regimen)
    for index, order in enumerate(regimen.orders):
        place = Place.of("orders", index)
        left = list(unread(order, drugs, place))
        yield from another_drug(order, drugs, place)
        yield from left
        for stage in (each for each in order.stages if each.path[0] != "titrate"):
            yield from _dose(stage, drugs.get(order.drug), place)
        yield from _conditions(order, place)
        yield from _cap(order, place)
        yield from rising(order, drugs, place)
        if order.beside:
            yield from beside(order, place)
        else:
            yield from _later(order, place)
            yield from _start(order, place)
        unclear = {each.place for each in left if each.code == "quote-unread"}
        alone = order.stages and not order.beside
        for phase, stages in phases(order, regimen, place) if alone else ():
            if phase.place.at("quote") not in unclear:
                yield from _basis(order, phase, stages, place)
                yield from compared(phase)
        if order.stages and place.at("quote") not in unclear:
            yield from _route(order, read(order.quote), place)
    yield from items(regimen)


def _duration(regimen: Regimen) -> Iterator[Finding]:
    if isinstance(regimen.duration, Run):
        quote, because = regimen.duration_quote, regimen.duration_because
        if quote is None:
            message = "a stated duration needs the phrase that states it (duration_quote)"
            yield Finding("not-quoted", "stop", Place.of("duration"), message, ())
        elif because:
            message = f"{regimen.duration} is our reading of {shown(quote)}: {because}"
            yield Finding("inferred", "note", Place.of("duration"), message, ())
        else:
            yield from _run(regimen.duration, quote, Place.of("duration"))
    for index, order in enumerate(regimen.orders):
        if order.duration:
            yield from _run(order.duration, order.quote, Place.of("orders", index, "duration"))


def _run(run: Run, quote: str, place: Place) -> Iterator[Finding]:
    number, unit = run.period or ((run.doses, "dose") if run.doses else (run.cycles, "cycle"))
    reading = read(quote)
    stands = re.search(
        rf"(?<![\d.,-]){number}[- ](?:consecutive |treatment )?{unit}s?\b", plain(quote)
    )
    if run.upto and run.period and set(range(run.period.number, run.upto + 1)) == reading.counts:
        return
    if f"{number} {unit}s" in reading.runs:
        return
    counted = {"day": reading.counts, "dose": {*reading.repeats, len(reading.weeks)}}
    if not stands and number not in counted.get(unit, ()):
        message = f"{run} do not stand in the quote {shown(quote)}"
        yield Finding("not-quoted", "stop", place, message, ())


def _dose(stage: Stage, drug: Drug | None, place: Place) -> Iterator[Finding]:
    reading, stated = read(words_of(stage)), stage.dose.amount
    erratum = stage.order.erratum if stage.complete else None
    stands = stated in [
        amount for amount in reading.amounts if amount.dimension == stated.dimension
    ]
    offered = stage.order.dose if stage.path == ("dose",) else None
    if isinstance(offered, Offered) and offered.between:
        ends = (offered.options[0].amount, offered.options[-1].amount)
        stands = ends in reading.ranges
    if erratum is None:
        if not stands and not (isinstance(stage.part, Later) and stage.part.dose is None):
            message = (
                f"{stated} does not stand in the quote {shown(stage.quote)}; encode what it says, "
                "or add an erratum that says what is printed and why it cannot be meant"
            )
            yield Finding("not-quoted", "stop", place.at(*stage.path), message, ())
        return
    field = place.at("erratum", "printed")
    printed = printed_amounts(erratum.printed)
    if len(printed) != 1 or printed[0] not in reading.amounts:
        message = f"{shown(erratum.printed)} does not stand in the quote as one amount"
        yield Finding("erratum-not-printed", "stop", field, message, ())
    elif stands:
        message = (
            f"the order gives {stated} as printed, and its erratum says that this cannot be meant; "
            "give the dose that is meant, or drop the erratum"
        )
        yield Finding("erratum-needless", "stop", place.at("erratum"), message, ())
    elif drug is not None and _plausible(stage, printed[0], drug):
        message = (
            f"{printed[0]} as printed would be plausible for {drug.name}; it may be what was "
            "meant. Encode it, or say what is unclear"
        )
        yield Finding("erratum-plausible", "stop", field, message, ())


def _plausible(stage: Stage, amount: Quantity, drug: Drug) -> bool:
    computed = amounts(StatedDose(amount, stage.dose.basis), stage, stage.every[0], stage.days[0])
    windows = windows_for(drug, stage.order.route, amount)
    return bool(windows) and not any(
        judge(computed[window.per], window) == "stop" for window in windows
    )


def _conditions(order: Order, place: Place) -> Iterator[Finding]:
    """Every number of a condition, a limit or a reduction must stand in its own quote."""
    parts: list[tuple[Place, Condition | None, str]] = [
        (place.at("doses", index), row.when, row.quote) for index, row in enumerate(order.doses)
    ]
    parts += [
        (place.at("most", index), limit.when, limit.quote) for index, limit in enumerate(order.most)
    ]
    parts += [
        (place.at("reduce", index), reduction.when, reduction.quote)
        for index, reduction in enumerate(order.reduce)
    ]
    for field, condition, quote in parts:
        yield from of_a_patient(condition, quote, field.at("when"))
    for index, row in enumerate(order.doses):
        yield from _row_rhythm(row, order, place.at("doses", index))
    for index, limit in enumerate(order.most):
        if limit.amount not in printed_amounts(limit.quote, limits=True):
            message = f"{limit.amount} does not stand in the quote {shown(limit.quote)}"
            yield Finding("not-quoted", "stop", place.at("most", index, "amount"), message, ())
    for index, reduction in enumerate(order.reduce):
        found = re.search(r"\b(by|to) (\d+) ?%", plain(reduction.quote))
        percent = int(found[2]) if found else 0
        if found is None or reduction.to != f"{100 - percent if found[1] == 'by' else percent} %":
            message = f"the quote {shown(reduction.quote)} does not reduce to {reduction.to}"
            yield Finding("not-quoted", "stop", place.at("reduce", index, "to"), message, ())


_DAY = Period(1, "day")


def _row_rhythm(row: Row, order: Order, place: Place) -> Iterator[Finding]:
    """A row's own period must stand in its quote.

    Its days must be every n-th of the order's days (every other day: every second one).
    """
    reading = read(row.quote)
    times = row.times or (row.every.times if row.every else order.times)
    if reading.times and reading.times != {times}:
        says = " or ".join(str(number) for number in sorted(reading.times))
        message = f"the quote {shown(row.quote)} says {says} a day, the row {times}"
        yield Finding("times-not-quoted", "stop", place, message, ())
    every = canonical(row.every) if row.every else None
    daily = every == _DAY and reading.daily and not reading.periods
    hourly = every is not None and every.unit == "hour" and every.number in reading.hours
    if every and not (every in reading.periods or daily or hourly):
        message = f"the quote {shown(row.quote)} does not say every {row.every}"
        yield Finding("rhythm-not-quoted", "stop", place.at("every"), message, ())
    if row.days is not None and row.days.numbers != reading.days:
        lengths = [period.number for period in reading.periods if period.unit == "day"]
        whole = order.days[0].numbers
        if row.days.numbers not in [whole[::length] for length in lengths]:
            message = f"the quote {shown(row.quote)} does not say days {row.days}"
            yield Finding("days-not-quoted", "stop", place.at("days"), message, ())
    elif reading.periods and row.every is None and row.days is None:
        says = " and ".join(sorted(str(period) for period in reading.periods))
        message = f"the quote {shown(row.quote)} says every {says}, the row does not"
        yield Finding("rhythm-not-quoted", "stop", place, message, ())


def _later(order: Order, place: Place) -> Iterator[Finding]:
    for start, later in order.later.items():
        reading, field = read(own_words(order, later)), place.at("from", str(start))
        words = {"cycle": "cycle|course|month", "week": "week", "day": "day"}[start.unit]
        stands = re.search(rf"\b(?:{words})s? {start.number}\b", plain(later.quote))
        after = start.unit != "cycle" and start.day - 1 in reading.after
        if not (stands or after) and "start" not in later.inferred:
            message = (
                f"{start} does not stand in the quote {shown(later.quote)}; say under "
                "inferred.start from what it follows"
            )
            yield Finding("start-not-quoted", "stop", field, message, ())
        if later.every is None and later.days is not None and later.days.numbers != reading.days:
            listed = ", ".join(str(day) for day in reading.days) or "none"
            message = f"the quote says days {listed}, the order {later.days}"
            yield Finding("days-not-quoted", "stop", field.at("days"), message, ())


def _cap(order: Order, place: Place) -> Iterator[Finding]:
    """The most of a clearance must stand in the quote, or be said to be inferred."""
    number = print_number(order.cap.number) if order.cap else ""
    if order.cap and "cap" not in order.inferred and f"{number} ml/min" not in plain(order.quote):
        message = f"{order.cap} does not stand in the quote {shown(order.quote)}"
        yield Finding("not-quoted", "stop", place.at("cap"), message, ())


def _start(order: Order, place: Place) -> Iterator[Finding]:
    """The day on which an order begins must stand in its quote, or be said to be inferred."""
    text = plain(order.quote)
    for start in order.start:
        words = "then" if start.after else start.text.replace("cycle ", "cycles? ")
        if not re.search(rf"\b{words}\b", text) and "start" not in order.inferred:
            message = (
                f"{start} does not stand in the quote {shown(order.quote)}; say under "
                "inferred.start from what it follows"
            )
            yield Finding("start-not-quoted", "stop", place.at("start"), message, ())


def _basis(order: Order, phase: Phase, stages: list[Stage], place: Place) -> Iterator[Finding]:
    reading = phase.reading
    daily = (reading.shared and reading.daily) or reading.per_day
    shared = reading.shared or (reading.per_cycle and phase.several)
    basis = "per day" if phase.times > 1 and daily else "per cycle" if shared else "each"
    if any(each.basis == basis for each in order.readings) or "basis" in phase.inferred:
        return  # the other readings are what makes the quote unclear
    for stage in stages:
        day = stage.dose.amount * phase.times  # "16 mg per day (8 mg twice daily)"
        if basis == "per day" and stage.dose.basis == "each" and day in reading.amounts:
            continue
        if stage.dose.basis != basis:
            of = f" ({phase.said('rhythm')})" if reading.per_cycle else ""
            message = f'the quote states the dose {basis}{of}, the order "{stage.dose.basis}"'
            yield Finding("basis-not-quoted", "stop", place.at(*stage.path), message, ())


def _route(order: Order, reading: Reading, place: Place) -> Iterator[Finding]:
    if order.route in reading.routes or (not reading.routes and "route" in order.inferred):
        return
    says = " and ".join(sorted(reading.routes)) or "no route"
    message = f"the quote {shown(order.quote)} says {says}, the order {order.route}"
    yield Finding("route-not-quoted", "stop", place.at("route"), message, ())
