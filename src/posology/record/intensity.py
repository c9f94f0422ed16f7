"""How much of an order was given, and how fast, against the first plan: relative dose intensity.

Dose intensity is amount per time; the relative one is that of what was given over that of what
was planned (Hryniuk and Bush, J Clin Oncol 1984;2:1281).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from posology.model import Plan
from posology.quantity import Quantity


class Intensity(NamedTuple):
    """The intensity of an order over the cycles of which all is recorded.

    Amounts are those of the first plan and those recorded, not per kg or m2: a new weight changes
    what is given, and so the intensity.
    """

    order: str
    drug: str
    cycles: int
    """How many, from the first to the last in which anything was given; 0 where none was."""
    of: int
    """How many were planned first."""
    given: Quantity
    planned: Quantity
    """In so many cycles of the first plan."""
    days: int
    """From the first to the last cycle, with the planned length of the last one; 0 if unknown."""
    planned_days: int
    without_record: int
    """Doses without a record in cycles that have begun; these cycles are left out."""

    @property
    def doses(self) -> Fraction | None:
        """The part of the planned amount that was given."""
        return self.given.ratio(self.planned) if self.cycles else None

    @property
    def relative(self) -> Fraction | None:
        """The relative dose intensity; None where there is one cycle without a length."""
        if self.doses is None or not self.days:
            return None
        return self.doses * Fraction(self.planned_days, self.days)


def intensities(first: Plan, now: Plan) -> list[Intensity]:
    """Compare what is recorded with the first plan, order by order."""
    return [_of(order.id, order.drug, first, now) for order in first.regimen.orders
            if any(each.slot.order == order.id for each in first.administrations)]  # fmt: skip


def _of(order: str, drug: str, first: Plan, now: Plan) -> Intensity:
    was = [each for each in first.administrations if each.slot.order == order]
    planned: dict[int, list[Quantity]] = {}
    for each in was:
        planned.setdefault(each.slot.cycle, []).append(each.planned)
    given: dict[int, list[Quantity]] = {}
    open_: dict[int, int] = {}
    for each in now.administrations:
        if each.slot.order == order and each.recorded:
            given.setdefault(each.slot.cycle, []).append(each.amount)
        elif each.slot.order == order:
            open_[each.slot.cycle] = open_.get(each.slot.cycle, 0) + 1
    latest = max(given, default=0)
    begun_open = (cycle for cycle in sorted(planned) if cycle in open_ and cycle <= latest)
    whole = next((cycle - 1 for cycle in begun_open), latest)
    last = max((cycle for cycle in given if cycle <= whole and cycle in planned), default=0)
    begun = _begins((each.slot.cycle, each.at.date()) for each in was)
    begins = _begins(_days(order, now))
    length = _length(begun, last)
    nothing = was[0].planned * 0
    within = [cycle for cycle in planned if cycle <= last]
    return Intensity(
        order, drug, len(within), len(planned),
        given=_sum((each for cycle in given if cycle <= last for each in given[cycle]), nothing),
        planned=_sum((each for cycle in within for each in planned[cycle]), nothing),
        days=(begins[last] - begins[min(within)]).days + length if length else 0,
        planned_days=(begun[last] - begun[min(within)]).days + length if length else 0,
        without_record=sum(number for cycle, number in open_.items() if cycle <= latest),
    )  # fmt: skip


def _days(order: str, now: Plan) -> Iterator[tuple[int, date]]:
    """Give each dose's cycle and day: when it was given, or when it would have been."""
    for each in now.administrations:
        if each.slot.order == order:
            yield each.slot.cycle, each.counts_on
    for absent in now.absent:
        if absent.slot.order == order:
            yield absent.slot.cycle, absent.on


def _begins(days: Iterable[tuple[int, date]]) -> dict[int, date]:
    """Give the first day of each cycle."""
    found: dict[int, date] = {}
    for cycle, on in days:
        found[cycle] = min(on, found.get(cycle, on))
    return found


def _length(begun: Mapping[int, date], last: int) -> int:
    """Give the planned length of a cycle, in days: to the next one, else from the one before."""
    if last + 1 in begun and last in begun:
        return (begun[last + 1] - begun[last]).days
    if last - 1 in begun and last in begun:
        return (begun[last] - begun[last - 1]).days
    return 0


def _sum(amounts: Iterable[Quantity], nothing: Quantity) -> Quantity:
    return sum(amounts, nothing)
