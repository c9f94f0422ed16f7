"""Sums over a course: the largest dose, day, 7 and 28 days, and cycle, and the whole course."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from fractions import Fraction
from math import lcm

from posology.checks.plausible import LENGTHS
from posology.model import Administration, Level, Site, Slot, Window
from posology.quantity import Quantity

Sums = Mapping[str, tuple[Quantity, date]]
"""Maps the name of a window's length to the largest amount and its first day."""


def sums(
    administrations: Sequence[Administration],
    per: str,
    only: AbstractSet[Slot] | None = None,
    shorter: int = 0,
) -> Sums:
    """Find the largest sum for each length of a window, with its first day.

    ``per`` is empty, kg or m2. kg and m2 divide each dose by the patient's size at that time.
    ``only``: count a span only if it contains one of these slots. ``shorter``: days by which the
    28-day span is reduced.
    """
    unit = administrations[0].amount.unit
    exact = [_number(administration, unit, per) for administration in administrations]
    parts = lcm(*(number.denominator for number in exact))  # whole numbers add up faster
    days: dict[date, int] = {}
    cycles: dict[tuple[str, int], int] = {}
    begins: dict[tuple[str, int], date] = {}
    counted, touched = set(), set()
    most, at = 0, administrations[0].at.date()
    for administration, fraction in zip(administrations, exact, strict=True):
        on, cycle = administration.at.date(), (administration.slot.order, administration.slot.cycle)
        number = fraction.numerator * (parts // fraction.denominator)
        days[on] = days.get(on, 0) + number
        cycles[cycle] = cycles.get(cycle, 0) + number
        begins.setdefault(cycle, on)
        if only is None or administration.slot in only:
            counted.add(on)
            touched.add(cycle)
            if number > most:
                most, at = number, on
    fullest = max(touched, key=lambda cycle: cycles[cycle])
    lengths = {**LENGTHS, "28 days": LENGTHS["28 days"] - shorter}
    found = {
        **{name: _busiest(days, length, counted) for name, length in lengths.items()},
        "dose": (most, at),
        "cycle": (cycles[fullest], begins[fullest]),
        "course": (sum(days.values()), min(days)),
    }
    in_unit = f"{unit}/{per}" if per else unit
    return {
        length: (Quantity(Fraction(number, parts), in_unit), on)
        for length, (number, on) in found.items()
    }


def _number(administration: Administration, unit: str, per: str) -> Fraction:
    number = administration.amount.to(unit).number
    if not per:
        return number
    body = administration.size.weight if per == "kg" else administration.size.surface
    return number / body.number if body else number


def _busiest(days: Mapping[date, int], length: int, counted: AbstractSet[date]) -> tuple[int, date]:
    """Largest sum in any window of ``length`` days that contains a counted day, and its first."""
    ordered = sorted(days)
    first, held, counted_days = 0, 0, 0
    best, begins = 0, ordered[0]
    for day in ordered:
        held += days[day]
        counted_days += day in counted
        while ordered[first] <= day - timedelta(days=length):
            held -= days[ordered[first]]
            counted_days -= ordered[first] in counted
            first += 1
        if counted_days and held > best:
            best, begins = held, ordered[first]
    return best, begins


def worst(
    window: Window, usual: Iterable[Sums], strict: Callable[[], Iterable[Sums]], site: Site
) -> tuple[Level | None, Quantity, date]:
    """Judge the sums that a window limits: only ``strict`` sums stop, all sums ask for review."""
    level, amount, on = _judged(window, usual, site)
    if level == "stop":  # no strict sum is larger than the usual one
        strict_level, strict_amount, strict_on = _judged(window, strict(), site)
        if strict_level == "stop":
            return "stop", strict_amount, strict_on
        return "review", amount, on
    return level, amount, on


def _judged(
    window: Window, all_sums: Iterable[Sums], site: Site
) -> tuple[Level | None, Quantity, date]:
    limit = window.usual.high
    fitting = (
        each[window.per] for each in all_sums if each["dose"][0].dimension == limit.dimension
    )
    amount, on = next(fitting, (None, date.min))
    if amount is None:
        return None, limit, date.min
    return _level(amount, window, site), amount.to(limit.unit), on


def _level(amount: Quantity, window: Window, site: Site) -> Level | None:
    """Compare with the upper limits only.

    A usual limit may be exceeded by the site's rounding allowance; an absolute limit may not.
    """
    if amount > window.absolute.high:
        return "stop"
    return "review" if amount > window.usual.high * (1 + site.rounding.review.share) else None
