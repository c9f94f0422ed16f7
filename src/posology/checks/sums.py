"""Sums over time: the largest dose, day, 7 and 28 days and cycle, and the whole course.

The checks of a regimen file and the guards of a plan judge limits over time by these sums alone.
"""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from posology.quantity import Quantity

LENGTHS = {"day": 1, "week": 7, "28 days": 28}
"""How many days a window covers."""

Sums = Mapping[str, tuple[Quantity, date]]
"""Maps the name of a window's length to the largest amount and its first day."""


class Given(NamedTuple):
    """One dose on its day, as a number in one unit for all."""

    on: date
    cycle: Hashable
    amount: Fraction
    counted: bool = True
    """A span of days is judged only if it holds a counted dose."""


def largest(doses: Sequence[Given], unit: str, shorter: int = 0) -> Sums:
    """Find the largest sum for each length of a window, with its first day.

    At least one dose must be counted. ``unit`` is that of the amounts. ``shorter``: days by which
    the 28-day span is reduced.
    """
    parts = lcm(*(each.amount.denominator for each in doses))  # whole numbers add up faster
    days: dict[date, int] = {}
    cycles: dict[Hashable, int] = {}
    begins: dict[Hashable, date] = {}
    for on, cycle, amount, _ in doses:
        number = amount.numerator * (parts // amount.denominator)
        days[on] = days.get(on, 0) + number
        cycles[cycle] = cycles.get(cycle, 0) + number
        begins.setdefault(cycle, on)
    counted = [each for each in doses if each.counted]
    top = max(counted, key=lambda each: each.amount)
    fullest = max((each.cycle for each in counted), key=lambda cycle: cycles[cycle])
    counted_days = {each.on for each in counted}
    lengths = {**LENGTHS, "28 days": LENGTHS["28 days"] - shorter}
    found = {
        **{name: _busiest(days, length, counted_days) for name, length in lengths.items()},
        "cycle": (cycles[fullest], begins[fullest]),
        "course": (sum(days.values()), min(days)),
    }
    exact = {name: (Fraction(number, parts), on) for name, (number, on) in found.items()}
    exact["dose"] = (top.amount, top.on)
    return {name: (Quantity(number, unit), on) for name, (number, on) in exact.items()}


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


def for_lower_limits(doses: Sequence[Given], unit: str, end: date) -> Sums:
    """Find the sums that a lower limit is compared with: of the counted doses alone.

    They go on until the next other dose, or until ``end``. A length beyond that is left out: the
    lower limit of 28 days says nothing of a course of three days.
    """
    alone = [each for each in doses if each.counted]
    next_other = (each.on for each in doses if not each.counted and each.on > alone[-1].on)
    days = (min(next_other, default=end) - alone[0].on).days
    sums = {**largest(alone, unit), "cycle": largest(doses, unit)["cycle"]}
    return {per: found for per, found in sums.items() if LENGTHS.get(per, 0) <= days}
