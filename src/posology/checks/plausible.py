"""First net: is the dose within what is given of this drug by this route?

Judges one dose, one day, seven and 28 days against the drug's windows. Beyond the absolute
range stops; beyond the usual one asks for review.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import ceil

from posology.model import (
    LEVELS,
    Cited,
    Days,
    Drug,
    Finding,
    Level,
    Period,
    Place,
    Regimen,
    Stage,
    StatedDose,
    Window,
)
from posology.quantity import Quantity, print_number
from posology.scheduling.dates import busiest

LENGTHS = {"day": 1, "week": 7, "28 days": 28}
"""How many days a window covers."""
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
        for stage in order.stages:
            found = [
                finding
                for every, days in product(stage.every, stage.days)
                for finding in _judged(
                    stage, drug, every, days, Place.of("orders", index, *stage.path)
                )
            ]
            # One mistake shows in every reading of a dose; the gravest finding is enough.
            yield from sorted(found, key=lambda finding: LEVELS.index(finding.level))[:1]


def windows_for(drug: Drug, route: str, amount: Quantity) -> list[Window]:
    """List the windows of a route that an amount can be compared with."""
    return [
        window
        for name, giving in drug.routes.items()
        for window in giving.windows
        if name == route and window.usual.low.dimension == amount.dimension
    ]


def _judged(stage: Stage, drug: Drug, every: Period, days: Days, place: Place) -> Iterator[Finding]:
    route = stage.order.route
    computed = amounts(stage.dose, stage, every, days)
    windows = [
        window
        for window in windows_for(drug, route, stage.dose.amount)
        if window.when is None and window.per != "course"  # those need the patient
    ]
    if not windows:
        message = (
            f"{drug.name}, {route}, has no window for a dose in {stage.dose.amount.unit}; "
            f"add one to drugs/{drug.name}.yaml"
        )
        yield Finding("window-missing", "stop", place, message, ())
    judged = [(judge(computed[window.per], window), window) for window in windows]
    for level in ("stop", "review"):
        for verdict, window in judged:
            if verdict == level:
                message = describe(computed[window.per], window, drug.name, route)
                meant = intended(stage, every, days, windows)
                hint = f"; was {meant} meant?" if meant and level == "stop" else ""
                source = f" (window: {window.source}, {window.basis})"
                per = window.per.replace(" ", "-")
                values = (computed[window.per], *window.usual, *window.absolute)
                yield Finding(f"implausible-{per}", level, place, message + hint + source, values,
                              sources=(Cited(drug.name, window.source),))  # fmt: skip
                return


def amounts(stated: StatedDose, stage: Stage, every: Period, days: Days) -> dict[str, Quantity]:
    """Compute the amount per dose, per cycle, and in the fullest 1, 7 and 28 days."""
    times = stage.order.times
    parts = {"each": 1, "per day": times, "per cycle": len(days.numbers) * times}
    dose = stated.amount / parts[stated.basis]
    by_length = {per: dose * busiest(times, every, days, length) for per, length in LENGTHS.items()}
    return {"dose": dose, **by_length, "cycle": dose * (len(days.numbers) * times)}


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
