"""Places the doses of all orders: which day each begins, and which dose follows which."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from posology.course.changes import Links
from posology.course.settled import Settled
from posology.errors import CourseError
from posology.model import Order, Slot
from posology.model.periods import Offset
from posology.scheduling.dates import Placed, after_last, slots


class Laid(NamedTuple):
    """The doses of each order on their days, and which of them follow one of another order."""

    slots: Mapping[str, Sequence[Placed]]
    links: Links


def placed_slots(settled: Sequence[Settled], start: date) -> Laid:
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
    return Laid(found, links)


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
