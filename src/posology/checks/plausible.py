"""First net: is the dose within what is given of this drug by this route?

Judges one dose, one day, seven and 28 days by the drug's windows: review, stop, or neither.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from math import ceil
from typing import NamedTuple

from posology.checks.sums import LENGTHS, Given, Sums, for_lower_limits, largest
from posology.errors import CourseError
from posology.model import (
    LEVELS,
    Cited,
    Days,
    Drug,
    Finding,
    Later,
    Level,
    Order,
    Period,
    Place,
    ReductionStep,
    Regimen,
    Row,
    Run,
    Stage,
    StatedDose,
    Window,
)
from posology.quantity import Quantity, print_number
from posology.scheduling.dates import after, busiest, slots

_FIRST = date(2027, 2, 1)
"""The first day of a course without a patient; February is the shortest month, 28 days."""
_WORDS = {
    "cycle": "amount of a cycle",
    "course": "amount of a course",
    "dose": "single dose",
    "day": "amount of one day",
    "week": "amount of seven days",
    "28 days": "amount of 28 days",
}
_FEW_PERCENT = Fraction(11, 10)
"""Below this ratio a message states the excess in percent."""
_DRUG_MASSES = ("g", "mg", "mcg", "ng")


def plausible(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Judge every dose of every order, in each reading that its choices allow."""
    for index, order in enumerate(regimen.orders):
        drug = drugs.get(order.drug)
        if drug is None or order.route not in drug.routes:
            continue
        yield from _over_time(order, drug, Place.of("orders", index))
        told: set[str] = set()  # one sum may hold a load and more; one mistake many readings
        for stage in order.stages:
            if stage.dose.exposure:
                continue  # an exposure is no amount: the doses of a plan are judged
            place = Place.of("orders", index, *stage.path)
            found: list[Finding] = []
            for every, days in rhythms(stage):
                try:
                    whole = course(stage, every, days, regimen)
                except CourseError as error:  # no plan can be computed either
                    message = f"{order.id}: {'; '.join(error.problems.values())}"
                    yield Finding("course-too-long", "stop", place, message, ())
                    return
                found += _judged(stage, drug, (every, days), whole, place)
            first = sorted(found, key=lambda finding: LEVELS.index(finding.level))[:1]
            yield from (each for each in first if each.level == "stop" or each.message not in told)
            told.update(each.message for each in first)


def lacking(windows: Iterable[Window]) -> str:
    """Name the lengths of time that no window limits for every patient; empty if there are none."""
    limited = {window.per for window in windows if window.when is None}
    short = [] if limited & {"day", "week"} else ["a day or a week"]
    return " and ".join([*short, *({"28 days"} - limited)])


def _over_time(order: Order, drug: Drug, place: Place) -> Iterator[Finding]:
    """Ask for review if nothing limits the doses of an order over time.

    A plan judges a dose per m2 as it is and per m2, any other as it is and per kg.
    """
    per = "m2" if order.by_surface else "kg"
    units = {"mg" if each.dose.exposure else each.dose.amount.unit.split("/")[0]
             for each in order.stages}  # fmt: skip
    for unit in sorted(units):
        kinds = {Quantity(Fraction(1), each).dimension for each in (unit, f"{unit}/{per}")}
        windows = drug.routes[order.route].windows
        lengths = lacking(each for each in windows if each.usual.high.dimension in kinds)
        if lengths:
            message = (
                f"{drug.name}, {order.route}: no window limits {lengths} for doses in {unit} or "
                f"{unit}/{per}, so those sums are not judged; add one to drugs/{drug.name}.yaml"
            )
            yield Finding("window-missing", "review", place, message, (unit, per, lengths))


def rhythms(stage: Stage) -> Iterator[tuple[Period, Days]]:
    """List every rhythm of a dose. A later start changes that of the order it belongs to."""
    order = stage.order if isinstance(stage.part, Later) else stage
    return product(order.every, order.days)


def course(stage: Stage, every: Period, days: Days, regimen: Regimen) -> tuple[list[Given], date]:
    """Place the doses of a whole course, those of the stage counted; and give its end.

    The amounts are in the unit of the stage. A month counts as its shortest, 28 days. Raises
    CourseError if a plan cannot hold so many doses.
    """
    unit = stage.dose.amount
    alone = isinstance(stage.part, Row | ReductionStep) or stage.path == ("readings",)
    order = _shortest(stage.order).model_copy(update={"times": stage.order.times})
    if isinstance(stage.part, Row):
        order = order.model_copy(update={"times": stage.times})
    length, run = _in_days(every), _run(order, regimen, every.fewest_days)
    parts, found = order.parts(length, days), []
    placed = slots(order, length, days, _FIRST, run=run)
    for slot, on, start, times in placed:
        stated = stage.dose if alone else parts[start].dose
        if stated is not None and stated.amount.dimension == unit.dimension:
            number = len(parts[start].days.numbers)
            amount = _each(stated, number, times).to(unit.unit).number
            counted = alone or (order.later[start] if start else None) == stage.part
            found.append(Given(on, slot.cycle, amount, counted))
    if run.period:
        return found, after(_FIRST, run.period)
    if run.cycles and len(parts) == 1 and length.unit != "once":
        return found, after(_FIRST, length, run.cycles)
    return found, placed[-1].date + timedelta(days=1)


def _in_days(every: Period) -> Period:
    """Write a rhythm with each month as its shortest."""
    return Period(every.fewest_days, "day") if every.unit == "month" else every


def _shortest(order: Order) -> Order:
    later = {
        start: each.model_copy(update={"every": _in_days(each.every)}) if each.every else each
        for start, each in order.later.items()
    }
    return order.model_copy(update={"later": later}) if later else order


def _run(order: Order, regimen: Regimen, length: int) -> Run:
    """Say how long a course runs: as stated, else until its last dose has gone on for 28 days."""
    stated = order.duration.lengths[-1] if order.duration else regimen.duration
    if isinstance(stated, Run) and not stated.at_most:
        return stated
    phases = [each.every for each in order.later.values() if each.every]
    if phases:
        longest = max(each.fewest_days for each in phases)
        enough = max(start.number * longest if start.unit == "cycle" else start.day
                     for start in order.later)  # fmt: skip
        whole = Run(Period(enough + longest + LENGTHS["28 days"], "day"), None)
        return Run(None, stated.cycles) if isinstance(stated, Run) else whole
    starts = [start.number if start.unit == "cycle" else start.day // length + 1
              for start in order.later]  # fmt: skip
    enough = max(starts, default=1) + LENGTHS["28 days"] // length + 1
    return Run(None, min(enough, stated.cycles or enough) if isinstance(stated, Run) else enough)


def windows_for(drug: Drug, route: str, amount: Quantity) -> list[Window]:
    """List the windows of a route that an amount can be compared with."""
    return [
        window
        for name, giving in drug.routes.items()
        for window in giving.windows
        if name == route and window.usual.low.dimension == amount.dimension
    ]


def _judged(
    stage: Stage, drug: Drug, rhythm: tuple[Period, Days], whole: tuple[list[Given], date],
    place: Place,
) -> Iterator[Finding]:  # fmt: skip
    route, stated = stage.order.route, stage.dose.amount
    windows = [
        window
        for window in windows_for(drug, route, stated)
        if window.when is None and window.per != "course"  # those need the patient
    ]
    if not windows:
        message = (
            f"{drug.name}, {route}, has no window that can judge {stated}; check the unit, or add "
            f"a window in it to drugs/{drug.name}.yaml"
        )
        yield Finding("window-missing", "stop", place, message, ())
    doses, end = whole
    if not any(each.counted for each in doses):
        return  # the course ends before this dose would begin
    most, least = largest(doses, stated.unit), for_lower_limits(doses, stated.unit, end)
    found = [(verdict, window) for window in windows if (verdict := compare(window, most, least))]
    found.sort(key=lambda each: LEVELS.index(each[0].level))
    for (level, amount), window in found[:1]:
        message = describe(amount, window, drug.name, route)
        meant = intended(stage, *rhythm, windows)
        hint = f"; was {meant} meant?" if meant and level == "stop" else ""
        source = f" (window: {window.source}, {window.basis})"
        per = window.per.replace(" ", "-")
        values = (amount, *window.usual, *window.absolute)
        yield Finding(f"implausible-{per}", level, place, message + hint + source, values,
                      sources=(Cited(drug.name, window.source),))  # fmt: skip


class Outside(NamedTuple):
    """An amount that lies outside a window."""

    level: Level
    amount: Quantity


def compare(window: Window, most: Sums, least: Sums) -> Outside | None:
    """Compare the largest sum with the upper limit, the one for lower limits with the lower."""
    found = []
    for sums, low in ((most, False), (least, True)):
        if window.per in sums:
            amount = sums[window.per][0]
            level = judge(amount, window)
            if level and (amount < window.usual.low) == low:
                found.append(Outside(level, amount))
    return min(found, key=lambda each: LEVELS.index(each.level), default=None)


def amounts(stated: StatedDose, stage: Stage, every: Period, days: Days) -> dict[str, Quantity]:
    """Compute the amount per dose, per cycle, and in the fullest 1, 7 and 28 days.

    As if the dose went on for ever: for a printed dose, of which nothing else is known.
    """
    times = stage.times
    dose = _each(stated, len(days.numbers), times)
    by_length = {per: dose * busiest(times, every, days, length) for per, length in LENGTHS.items()}
    return {"dose": dose, **by_length, "cycle": dose * (len(days.numbers) * times)}


def _each(stated: StatedDose, days: int, times: int) -> Quantity:
    """Compute one administration of a stated dose."""
    parts = {"each": 1, "per day": times, "per cycle": days * times}
    return stated.amount / parts[stated.basis]


def judge(amount: Quantity, window: Window) -> Level | None:
    """Compare an amount with a window of the same dimension; None means within."""
    if amount < window.absolute.low or amount > window.absolute.high:
        return "stop"
    if amount < window.usual.low or amount > window.usual.high:
        return "review"
    return None


def describe(amount: Quantity, window: Window, drug: str, route: str) -> str:
    """Say in words how far an amount lies outside the usual range."""
    high = amount > window.usual.high
    limit = window.usual.high if high else window.usual.low
    ratio = amount.ratio(limit)
    usual = " usual" if judge(amount, window) == "review" else ""
    kind = f"{'largest' if high else 'smallest'}{usual}"
    what = f"{kind} {_WORDS[window.per]} of {drug}, {route}, {limit}"
    if high and ratio < _FEW_PERCENT:
        excess = print_number(Fraction(ceil((ratio - 1) * 1000), 10))
        return f"{amount} is up to {excess} % above the {what}"
    return f"{amount} is {_times(ratio) if high else _part(ratio)} the {what}"


def _times(ratio: Fraction) -> str:
    """Write how many times, to one decimal."""
    if 10 % ratio.denominator == 0:
        return f"{print_number(ratio)} times"
    return f"about {print_number(Fraction(round(ratio * 10), 10))} times"


def _part(ratio: Fraction) -> str:
    """Write what part: ``1/25 of`` or ``60 % of``."""
    if ratio.numerator == 1:
        return f"1/{print_number(1 / ratio)} of"
    return f"about {print_number(Fraction(round(ratio * 1000), 10))} % of"


def intended(stage: Stage, every: Period, days: Days, windows: list[Window]) -> Quantity | None:
    """Find the likely intended dose: the same digits in another unit, or ten times more or less.

    Gives the first such dose that every window passes; None if there is none.
    """
    stated = stage.dose.amount
    unit, slash, per = stated.unit.partition("/")
    units = _DRUG_MASSES if unit in _DRUG_MASSES else ()
    readings = [Quantity(stated.number, f"{other}{slash}{per}") for other in units]
    readings += [stated * 10, stated * Fraction(1, 10)]
    for reading in readings:
        computed = amounts(StatedDose(reading, stage.dose.basis), stage, every, days)
        if not any(judge(computed[window.per], window) for window in windows):
            return reading
    return None
