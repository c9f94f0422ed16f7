"""First net: is the dose within what is given of this drug by this route?

Judges one dose, one day and seven days against the drug's windows. Beyond the absolute range
stops; beyond the usual one asks for review.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from posology.model import (
    LEVELS,
    Days,
    Drug,
    Finding,
    Level,
    Order,
    Period,
    Regimen,
    Strength,
    Window,
)
from posology.quantity import Quantity, print_number
from posology.scheduling import busiest_week

_WORDS = {"dose": "single dose", "day": "amount of one day", "week": "amount of seven days"}


def plausible(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Judge every order, in each reading that its choices allow."""
    for index, order in enumerate(regimen.orders):
        drug = drugs.get(order.drug)
        if drug is None or order.route not in drug.routes:
            continue
        found = [
            finding
            for every, days in product(order.every, order.days)
            for finding in _judged(order, drug, every, days, f"orders[{index}].dose")
        ]
        # The readings of one order go wrong together: the gravest says it.
        yield from sorted(found, key=lambda finding: LEVELS.index(finding.level))[:1]


def _judged(order: Order, drug: Drug, every: Period, days: Days, where: str) -> Iterator[Finding]:
    given = amounts(order.dose, order, every, days)
    windows = [
        window
        for window in drug.routes[order.route].windows
        if window.usual.low.dimension == order.dose.amount.dimension
    ]
    if not windows:
        message = (
            f"{drug.name}, {order.route}, has no window for a dose in {order.dose.amount.unit}; "
            f"add one to drugs/{drug.name}.yaml"
        )
        yield Finding("window-missing", "stop", where, message)
    judged = [(judge(given[window.per], window), window) for window in windows]
    for level in ("stop", "review"):
        for verdict, window in judged:
            if verdict == level:
                message = describe(given[window.per], window, drug.name, order.route)
                meant = _meant(order, every, days, windows)
                hint = f"; was {meant} meant?" if meant and level == "stop" else ""
                source = f" (window: {window.source}, {window.basis})"
                yield Finding(f"implausible-{window.per}", level, where, message + hint + source)
                return


def amounts(strength: Strength, order: Order, every: Period, days: Days) -> dict[str, Quantity]:
    """Compute what an order gives per dose, per day and in its fullest seven days."""
    parts = {"each": 1, "per day": order.times, "per cycle": len(days.numbers) * order.times}
    one = strength.amount / parts[strength.basis]
    return {"dose": one, "day": one * order.times, "week": one * busiest_week(order, every, days)}


def judge(amount: Quantity, window: Window) -> Level | None:
    """Compare an amount with a window of its own dimension."""
    if amount < window.absolute.low or amount > window.absolute.high:
        return "stop"
    if amount < window.usual.low or amount > window.usual.high:
        return "review"
    return None


def describe(amount: Quantity, window: Window, drug: str, route: str) -> str:
    """Say by how many times an amount passes the usual range."""
    high = amount > window.usual.high
    limit = window.usual.high if high else window.usual.low
    times = _times(amount.ratio(limit)) if high else _part(amount.ratio(limit))
    kind = ("largest" if high else "smallest") + (
        " usual" if judge(amount, window) == "review" else ""
    )
    return f"{amount} is {times} the {kind} {_WORDS[window.per]} of {drug}, {route}, {limit}"


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


def _meant(order: Order, every: Period, days: Days, windows: list[Window]) -> Quantity | None:
    """Find the same digits in another unit, or ten times more or less, within every window."""
    stated = order.dose.amount
    unit, _, per = stated.unit.partition("/")
    units = [unit_ for unit_ in ("g", "mg", "mcg", "ng") if unit in {"g", "mg", "mcg", "ng"}]
    readings = [Quantity(stated.number, other + (f"/{per}" if per else "")) for other in units]
    readings += [stated * 10, stated * Fraction(1, 10)]
    for reading in readings:
        given = amounts(Strength(reading, order.dose.basis), order, every, days)
        if not any(judge(given[window.per], window) for window in windows):
            return reading
    return None
