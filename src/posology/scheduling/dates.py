"""Computes dates from an order and a first day; knows no drugs.

Months are counted from the first day: from 31-Jan-2027 the second cycle starts on
28-Feb-2027 and the third on 31-Mar-2027. Weeks and days are exact.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from posology.errors import CourseError
from posology.model import Days, Item, Moment, Order, Part, Period, Run, Slot
from posology.model.kinds import YEARS
from posology.model.periods import ONCE
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
    """An administration with its date, the last later start reached, and the times of its day."""

    slot: Slot
    date: date
    start: Moment | None
    times: int


def slots(order: Order, every: Period, days: Days, first: date, *, run: Run) -> list[Placed]:
    """List the administrations of an order with their dates, in order of time."""
    found: list[Placed] = []
    until = after(first, run.period) if run.period else None
    for cycle in _cycles(order.parts(every, days), first):
        if (run.cycles and cycle.number > run.cycles) or (until and cycle.begin >= until):
            return found
        for day in cycle.part.days.of(cycle.begin):
            on = cycle.begin + timedelta(days=day - 1)
            if (until and on >= until) or (cycle.end and on >= cycle.end):
                break
            start = _last(order.later, cycle.number, (on - first).days + 1)
            found.extend(
                Placed(Slot(order.id, cycle.number, day, number), on, start, cycle.part.times)
                for number in range(1, cycle.part.times + 1)
            )
        if run.doses and len(found) >= run.doses:
            return found[: run.doses]
        if len(found) > MOST_ADMINISTRATIONS:
            message = f"over {MOST_ADMINISTRATIONS:,} doses of {order.id}; plan a shorter course"
            raise CourseError({"start": message})
    return found


def after_last(order: Order, every: Period, days: Days, first: date, *, run: Run) -> date:
    """Give the first day after an order: that of the cycle which would come next."""
    if run.period:
        return after(first, run.period)
    last, ends = slots(order, every, days, first, run=run)[-1], None
    for cycle in _cycles(order.parts(every, days), first):
        if cycle.number > last.slot.cycle:
            return cycle.begin
        ends = cycle.end
    return ends or last.date + timedelta(days=1)


def begin_of(order: Order, every: Period, days: Days, first: date, cycle: int) -> date | None:
    """Give the first day of a cycle; None where the order ends before it."""
    cycles = _cycles(order.parts(every, days), first)
    return next((each.begin for each in cycles if each.number == cycle), None)


class _Cycle(NamedTuple):
    number: int
    begin: date
    end: date | None
    """The first day of the next phase, where that is known: it has no dose from then on."""
    part: Part


def _cycles(parts: Mapping[Moment | None, Part], first: date) -> Iterator[_Cycle]:
    """Give the cycles of an order: without end, unless the last phase is given once.

    Cycles are numbered on through all phases. Those of a phase count from its own first day.
    """
    starts = [start for start in parts if start]
    phases = [start for start in starts if parts[start].anew]
    current, anchor, since = parts[None], first, 1
    number = 0
    while True:
        number += 1
        begin, until = after(anchor, current.every, number - since), _until(current, anchor)
        cycles = 1 if current.every == ONCE else current.run.cycles if current.run else None
        ended = (cycles and number - since >= cycles) or (until and begin >= until)
        if ended and not phases:
            return
        if phases and (ended or phases[0].reached(number, (begin - first).days + 1)):
            start = phases.pop(0)
            begin = begin if start.unit == "cycle" else first + timedelta(days=start.day - 1)
            current, anchor, since = parts[start], begin, number
            until = _until(current, anchor)
        ends = [until] if until else []
        ends += [first + timedelta(each.day - 1) for each in phases[:1] if each.unit != "cycle"]
        part = parts[_last(starts, number, (begin - first).days + 1)]
        yield _Cycle(number, begin, min(ends, default=None), part)


def _until(part: Part, anchor: date) -> date | None:
    """Give the first day after a phase that goes on for a time."""
    return after(anchor, part.run.period) if part.run and part.run.period else None


def _last(starts: Iterable[Moment], cycle: int, day: int) -> Moment | None:
    """Find the last later start that is reached; they are in rising order."""
    reached = [start for start in starts if start.reached(cycle, day)]
    return reached[-1] if reached else None


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


def item_days(item: Item, first: date, until: date, doses: Sequence[datetime]) -> list[date]:
    """List the days of an item, before the day ``until``; ``doses`` are those it is done with."""
    if item.beside:
        when = item.beside.when
        apart = [timedelta(minutes=when.minutes)] if when.minutes else map(timedelta, when.days)
        return sorted({(at + each).date() for each in apart for at in doses})
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
