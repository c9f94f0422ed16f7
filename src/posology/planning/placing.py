"""Places the doses of all orders: which day each begins, and which dose follows which."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from posology.course.changes import Links
from posology.course.settled import Settled
from posology.errors import CourseError
from posology.scheduling.dates import Placed, after_last, slots


def placed_slots(settled: Sequence[Settled], start: date) -> dict[str, list[Placed]]:
    """Place each order; one that is given with another begins as many days before it as it says."""
    found: dict[str, list[Placed]] = {}
    firsts: dict[str, date] = {}
    ends: dict[str, date] = {}
    cycles: dict[str, int] = {}
    for each in settled:
        order, first, cycle = each.order, start, each.start.cycle if each.start else 1
        if each.start:
            first = ends.get(each.start.after, start + timedelta(days=each.start.day - 1))
        if order.beside:
            first = firsts[order.beside.order] - timedelta(days=order.beside.when.lead)
            cycle = cycles[order.beside.order]
        rhythm = (order, each.every, each.days, first)
        placed = slots(*rhythm, run=each.run)
        firsts[order.id], cycles[order.id] = first, cycle
        found[order.id] = [one for one in placed if one.slot.cycle >= cycle]
        if not placed:
            message = f"{order.id}: no dose falls within its duration; check days and phases"
            raise CourseError({"regimen": message})
        ends[order.id] = after_last(*rhythm, run=each.run)
    return found


def links(settled: Sequence[Settled], placed: Mapping[str, Sequence[Placed]]) -> Links:
    """Give for each dose that follows one of another order that dose, and by how many days."""
    return {
        each.slot: min(
            (
                (other.slot, apart)
                for other in placed[order.beside.order]
                for apart in order.beside.when.days
                if other.slot.cycle == each.slot.cycle
                and other.date + timedelta(days=apart) == each.date
                and other.slot.number == min(each.slot.number, other.times)
            ),
            key=lambda found: (abs(found[1]), found),
        )
        for order in (one.order for one in settled)
        if order.beside
        for each in placed[order.id]
    }
