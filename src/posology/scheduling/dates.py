"""Computes dates from an order and a first day; knows no drugs.

Months are counted from the first day: from 31-Jan-2027 the second cycle starts on
28-Feb-2027 and the third on 31-Mar-2027. Weeks and days are exact.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from posology.errors import CourseError
from posology.model import Days, Item, Moment, Order, Period, Run, Slot
from posology.model.kinds import YEARS
from posology.model.zone import Zone

MOST_ADMINISTRATIONS = 10_000
"""No course needs more; a larger number is a typing error."""


def after(first: date, period: Period, times: int = 1) -> date:
    """Give the day that lies ``times`` periods after the first; a negative number: before it.

    >>> after(date(2027, 1, 31), Period(1, "month"))
    datetime.date(2027, 2, 28)
    """
    if period.unit == "month":
        years, month = divmod(first.month - 1 + period.number * times, 12)
        year = first.year + years
        if year not in YEARS:
            raise CourseError({"start": f"the course reaches beyond {YEARS[-1]}; shorten it"})
        return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
    day = first + timedelta(days=period.fewest_days * times)
    if day.year not in YEARS:
        raise CourseError({"start": f"the course reaches beyond {YEARS[-1]}; shorten it"})
    return day


class Placed(NamedTuple):
    """An administration with its date, and the later start of a dose in force, if any."""

    slot: Slot
    date: date
    start: Moment | None


def slots(order: Order, every: Period, days: Days, first: date, *, run: Run) -> list[Placed]:
    """List the administrations of an order with their dates, in order of time."""
    found: list[Placed] = []
    until = after(first, run.period) if run.period else None
    cycle = 0
    while True:
        cycle += 1
        begin = after(first, every, cycle - 1)
        if (run.cycles and cycle > run.cycles) or (until is not None and begin >= until):
            return found
        numbers = days.numbers
        for start, later in order.later.items():
            if start.unit == "cycle" and cycle >= start.number and later.days:
                numbers = later.days.numbers
        for day in numbers:
            on = begin + timedelta(days=day - 1)
            if until is not None and on >= until:
                break
            in_force = _in_force(order, cycle, (on - first).days + 1)
            found.extend(
                Placed(Slot(order.id, cycle, day, number), on, in_force)
                for number in range(1, order.times + 1)
            )
        if len(found) > MOST_ADMINISTRATIONS:
            message = f"over {MOST_ADMINISTRATIONS:,} doses of {order.id}; plan a shorter course"
            raise CourseError({"start": message})


def _in_force(order: Order, cycle: int, day: int) -> Moment | None:
    """Find the last start of a later dose that this day has reached; starts are in rising order."""
    reached = {"cycle": cycle, "day": day}
    reached_starts = [
        start
        for start, later in order.later.items()
        if later.dose and reached[start.unit] >= start.number
    ]
    return reached_starts[-1] if reached_starts else None


def onto_working_days(
    days: Sequence[date], works: Callable[[date], bool], most: int
) -> list[date] | None:
    """Shift the days of a cycle onto working days, each by at most ``most`` days.

    Shifts the cycle as a whole if that is possible, else each run of consecutive days. Runs stay
    consecutive and in order. Takes the smallest shift, and the later of two. None: impossible.
    """
    shifts = sorted(range(-most, most + 1), key=lambda shift: (abs(shift), -shift))

    def shifted(run: Sequence[date]) -> list[date] | None:
        for shift in shifts:
            moved = [day + timedelta(days=shift) for day in run]
            if all(map(works, moved)):
                return moved
        return None

    whole = shifted(days)
    if whole is not None:
        return whole
    runs: list[list[date]] = []
    for day in days:
        if runs and day == runs[-1][-1] + timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    moved = [shifted(run) for run in runs]
    found = [day for run in moved if run for day in run]
    rises = all(day < later for day, later in pairwise(found))
    return found if len(found) == len(days) and rises else None


def item_days(item: Item, first: date, until: date) -> list[date]:
    """List the days of an item, before the day ``until``."""
    if item.before:
        return [after(first, item.before, -1)]
    every = item.every or Period(1, "day")
    begins = after(first, item.after) if item.after else first
    if item.duration:
        until = min(until, after(first, item.duration))
    found: list[date] = []
    cycle = 0
    while (begin := after(begins, every, cycle)) < until:
        days = [begin + timedelta(days=day - 1) for day in item.days.numbers]
        found += [day for day in days if day < until]
        cycle += 1
    return found


def moment(day: date, clock: time, zone: Zone) -> datetime | None:
    """Give the moment of a clock time, or None where the clocks change.

    None: the time does not exist on that day, or exists twice.
    """
    at = datetime.combine(day, clock, zone.info)
    there_and_back = at.astimezone(UTC).astimezone(zone.info)
    twice = at.utcoffset() != at.replace(fold=1).utcoffset()
    return None if twice or there_and_back.replace(tzinfo=None) != at.replace(tzinfo=None) else at


@lru_cache(maxsize=4096)
def busiest(times: int, every: Period, days: Days, length: int) -> int:
    """Largest number of administrations in any ``length`` consecutive days.

    A month is taken as its shortest, 28 days.
    """
    cycle_length = every.fewest_days
    cycles = range(length // cycle_length + 2)
    offsets = sorted({cycle * cycle_length + day for cycle in cycles for day in days.numbers})
    ends = (bisect_left(offsets, start + length) for start in offsets)
    return max(end - index for index, end in enumerate(ends)) * times
