"""Second net: does the order say what its quote says?

Number, unit, basis, rhythm, days and route of an order must stand in its quote as whole
tokens, or the order carries an erratum. An order needs an erratum exactly if print and encoding
differ; we refuse an erratum if the printed dose is plausible. ``inferred`` lists what the quote
does not say, with the reason. The rows of a table and later starts have quotes of their own.
"""

import re
from collections.abc import Iterator, Mapping

from posology.checks.conditions import nothing_else, of_a_patient
from posology.checks.items import items
from posology.checks.lengths import run_said, says_how_long, totals
from posology.checks.parts import parts, route, row_rhythm
from posology.checks.phases import Phase, phases
from posology.checks.plausible import amounts, judge, windows_for
from posology.checks.reading import plain, printed_amounts, read
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
    Place,
    Regimen,
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
        yield from _conditions(order, regimen, place)
        yield from _cap(order, place)
        yield from rising(order, drugs, place)
        if order.beside:
            yield from beside(order, place)
        else:
            yield from _later(order, place)
            yield from _start(order, place)
        unclear = {each.place for each in left if each.code == "quote-unread"}
        for phase, stages in phases(order, regimen, place) if order.stages else ():
            if phase.start is None:
                yield from parts(order, phase, place)
            if phase.place.at("quote") not in unclear and not order.beside:
                yield from _basis(order, phase, stages, place)
                yield from compared(phase if phase.anew else phase.smaller)
                yield from totals(phase, [each.dose.amount for each in stages])
        if (order.stages or order.beside) and place.at("quote") not in unclear:
            yield from route(order, read(order.quote), place)
    yield from items(regimen)


def _duration(regimen: Regimen) -> Iterator[Finding]:
    if isinstance(regimen.duration, Run) and regimen.duration.upto:
        message = f"{regimen.duration} is a choice; write it as the duration of each order"
        yield Finding("not-quoted", "stop", Place.of("duration"), message, ())
    if isinstance(regimen.duration, Run):
        quote, because = regimen.duration_quote, regimen.duration_because
        if quote is None:
            message = "a stated duration needs the phrase that states it (duration_quote)"
            yield Finding("not-quoted", "stop", Place.of("duration"), message, ())
        elif because:
            message = f"{regimen.duration} is our reading of {shown(quote)}: {because}"
            yield Finding("inferred", "note", Place.of("duration"), message, ())
        else:
            yield from run_said(regimen.duration, quote, Place.of("duration"))
    elif regimen.duration_quote and says_how_long(regimen.duration_quote):
        message = (
            f"the quote {shown(regimen.duration_quote)} says how long; write it as the duration"
        )
        yield Finding("duration-not-quoted", "stop", Place.of("duration"), message, ())
    for index, order in enumerate(regimen.orders):
        if order.duration and not order.beside:
            place = Place.of("orders", index, "duration")
            ours = "duration" in order.inferred
            yield from run_said(order.duration, order.quote, place, ours=ours)


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


_NO_REDUCTION = re.compile(r"\b(?:not?|never|or \d+|increas\w*|second|third|cycle|if)\b")
_NO_MOST = re.compile(r"\b(?:minimum|no maximum|total|only|per (?:week|month|cycle))\b")


def _conditions(order: Order, regimen: Regimen, place: Place) -> Iterator[Finding]:
    """Every number of a condition, a limit or a reduction must stand in its own quote."""
    known = [each for one in regimen.orders for each in one.conditions]
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
        yield from nothing_else(known, row.quote, place.at("doses", index, "when"))
        yield from row_rhythm(row, order, place.at("doses", index))
    for index, limit in enumerate(order.most):
        if wrong := _NO_MOST.search(plain(limit.quote)):
            message = f"the quote says {shown(wrong[0])}, which is no most of each dose"
            yield Finding("not-quoted", "stop", place.at("most", index, "quote"), message, ())
        if limit.amount not in printed_amounts(limit.quote, limits=True):
            message = f"{limit.amount} does not stand in the quote {shown(limit.quote)}"
            yield Finding("not-quoted", "stop", place.at("most", index, "amount"), message, ())
    for index, reduction in enumerate(order.reduce):
        text = plain(reduction.quote)
        every = list(re.finditer(r"\b(by|to) (\d+) ?%", text))
        good = len(every) == 1 and not _NO_REDUCTION.search(text)
        found = every[0] if good else None
        percent = int(found[2]) if found else 0
        if found is None or reduction.to != f"{100 - percent if found[1] == 'by' else percent} %":
            message = f"the quote {shown(reduction.quote)} does not reduce to {reduction.to}"
            yield Finding("not-quoted", "stop", place.at("reduce", index, "to"), message, ())


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
