"""Places the doses of all orders: which day each begins, and which dose follows which."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from posology.course.changes import Links
from posology.course.settled import Settled
from posology.errors import CourseError
from posology.model import Course, Order, Slot
from posology.model.periods import Offset
from posology.scheduling.dates import Placed, after, after_last, begin_of, slots


class Laid(NamedTuple):
    """The doses of each order on their days, and which of them follow one of another order."""

    slots: Mapping[str, Sequence[Placed]]
    links: Links
    begun: date
    """The first day of the treatment: of cycle 1, also where that was given elsewhere."""
    before: Mapping[str, int]
    """How many doses of each order lie before the course, in cycles given elsewhere."""


def placed_slots(settled: Sequence[Settled], course: Course) -> Laid:
    """Place each order; of a course that was taken over, from its first cycle here on."""
    if course.first_cycle is None:
        found, links = _placed(settled, course.start)
        return Laid(found, links, course.start, {})
    begun = _begun(settled, course.start, course.first_cycle)
    whole, links = _placed(settled, begun)
    days = {each.slot: each.date for placed in whole.values() for each in placed}
    # What follows another dose goes with it, also where it is given on a day before.
    here = {
        slot for slot in days if days[links[slot][0] if slot in links else slot] >= course.start
    }
    found = {name: [each for each in placed if each.slot in here]
             for name, placed in whole.items()}  # fmt: skip
    if not here:
        message = f"the treatment has ended before cycle {course.first_cycle}; look at its cycles"
        raise CourseError({"first_cycle": message})
    before = {name: len(placed) - len(found[name]) for name, placed in whole.items()}
    return Laid(found, {slot: of for slot, of in links.items() if slot in here}, begun, before)


def _begun(settled: Sequence[Settled], start: date, cycle: int) -> date:
    """Find the first day of cycle 1, so that this cycle begins on the first day of the course."""
    leading = [each for each in settled if not each.order.beside and not each.start]
    longest = max((each.every.fewest_days for each in leading), default=0)
    found: set[date | None] = set()
    for each in (each for each in leading if each.every.fewest_days == longest):
        of = (each.order, each.every, each.days)
        begin = begin_of(*of, start, cycle)
        near = [start - (begin - start)] if begin else []
        if each.every.unit == "month":  # 28-Feb may follow from the 28th to the 31st
            earliest = after(start, each.every, 1 - cycle)
            near = [earliest + timedelta(days=number) for number in range(4)]
        fitting = [day for day in near if begin_of(*of, day, cycle) == start]
        found.add(fitting[0] if len(fitting) == 1 else None)
    first = found.pop() if len(found) == 1 else None
    if first is None:
        message = (
            f"on which day cycle 1 began does not follow from cycle {cycle} on this day, since the "
            "cycles differ in length, or end before it, or it is the last day of a month; plan the "
            "rest as a new course"
        )
        raise CourseError({"first_cycle": message})
    return first


def _placed(
    settled: Sequence[Settled], start: date
) -> tuple[dict[str, list[Placed]], dict[Slot, tuple[Slot, int]]]:
    """Place each order, and link each dose that is given with one of another order to that one."""
    found: dict[str, list[Placed]] = {}
    links: dict[Slot, tuple[Slot, int]] = {}
    ends: dict[str, date] = {}
    for each in settled:
        order = each.order
        if order.beside:
            # What is taken as needed has no days to follow; the checks stop such a regimen.
            others = found.get(order.beside.order, ())
            found[order.id] = _with(order, order.beside.when, others, links)
            last = max((one.date for one in found[order.id]), default=start)
            ends[order.id] = max(last + timedelta(days=1), ends.get(order.beside.order, start))
            continue
        first, cycle = start, 1
        if each.start:
            days = timedelta(days=max(each.start.day - 1, 0))
            first = ends.get(each.start.after, start + days)
            cycle = each.start.cycle
        rhythm = (order, each.every, each.days, first)
        placed = slots(*rhythm, run=each.run)
        if not placed:
            message = f"{order.id}: no dose falls within its duration; check days and phases"
            raise CourseError({"regimen": message})
        found[order.id] = [one for one in placed if one.slot.cycle >= cycle]
        ends[order.id] = after_last(*rhythm, run=each.run)
    return found, links


def _with(
    order: Order, when: Offset, others: Sequence[Placed], links: dict[Slot, tuple[Slot, int]]
) -> list[Placed]:
    """Place the doses of an order beside those of another one; of two on a day the nearer counts.

    Days are counted from the first one on which it may be given, so that none is less than 1.
    """
    nearest: dict[tuple[date, int], tuple[int, Placed, Slot]] = {}
    for other in others:
        timed = when.timed  # with each dose, else on the day
        numbers = [other.slot.number] if timed else range(1, order.times + 1)
        for apart in when.days if timed or other.slot.number == 1 else ():
            on = other.date + timedelta(days=apart)
            for number in numbers:
                slot = Slot(order.id, other.slot.cycle, other.slot.day + apart + when.lead, number)
                placed = Placed(slot, on, None, other.times if timed else order.times)
                known = nearest.get((on, number))
                if known is None or abs(apart) < abs(known[0]):
                    nearest[on, number] = (apart, placed, other.slot)
    links.update({placed.slot: (slot, apart) for apart, placed, slot in nearest.values()})
    return sorted((placed for _, placed, _ in nearest.values()),
                  key=lambda one: (one.date, one.slot.number))  # fmt: skip
