"""A plan by months and by cycles, for those who look at it: calendars and bars."""

from calendar import Calendar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from posology.model import Administration, Plan, print_date
from posology.model.kinds import MONTHS
from posology.scheduling.working_days import works

_LONG = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
         "October", "November", "December")  # fmt: skip


class Cell(NamedTuple):
    """A day of a month: what is given and what is to do on it; empty outside the month."""

    day: date | None
    doses: tuple[Administration, ...] = ()
    to_do: tuple[str, ...] = ()
    working: bool = True
    begins: tuple[str, ...] = ()
    """The orders of which a cycle begins."""


class Month(NamedTuple):
    """A month with its weeks, Monday first."""

    name: str
    weeks: tuple[tuple[Cell, ...], ...]


class Span(NamedTuple):
    """Days in a row on which an order is given, within a cycle, or over cycles without a gap."""

    order: str
    first: date
    last: date
    doses: int
    cycle: int
    alone: bool = True
    """Whether all of it is of one cycle."""

    def __str__(self) -> str:
        """Say it: ``immunoglobulin, cycle 1: 5 doses, Mon 11-Jan-2027 to Fri 15-Jan-2027``."""
        plural = "s" if self.doses > 1 else ""
        days = print_date(self.first)
        if self.last != self.first:
            days = f"{days} to {print_date(self.last)}"
        cycle = f", cycle {self.cycle}" if self.alone else ""
        return f"{self.order}{cycle}: {self.doses} dose{plural}, {days}"


def months(plan: Plan) -> list[Month]:
    """Lay a plan out by months, from its first to its last day."""
    doses: dict[date, list[Administration]] = {}
    for administration in plan.administrations:
        doses.setdefault(administration.at.date(), []).append(administration)
    to_do: dict[date, list[str]] = {}
    for item in plan.items:
        to_do.setdefault(item.on, []).append(item.name)
    days = sorted({*doses, *to_do})
    if not days:
        return []
    found = []
    begins, test = dict(_begins(plan)), works(plan.site)
    year, month = days[0].year, days[0].month
    while (year, month) <= (days[-1].year, days[-1].month):
        weeks = [
            tuple(
                Cell(day, tuple(doses.get(day, ())), tuple(to_do.get(day, ())), test(day),
                     begins.get(day, ())) if day.month == month else Cell(None)
                for day in week
            )
            for week in Calendar().monthdatescalendar(year, month)
        ]  # fmt: skip
        found.append(Month(f"{_LONG[month - 1]} {year}", tuple(weeks)))
        year, month = (year, month + 1) if month < len(MONTHS) else (year + 1, 1)
    return found


def _begins(plan: Plan) -> Iterator[tuple[date, tuple[str, ...]]]:
    """Say on which days a cycle of an order begins, where a cycle has several days."""
    first: dict[tuple[str, int], date] = {}
    for administration in plan.administrations:
        if administration.position.by_cycle:
            slot = administration.slot
            first.setdefault((slot.order, slot.cycle), administration.at.date())
    by_day: dict[date, list[str]] = {}
    for (order, _), day in first.items():
        by_day.setdefault(day, []).append(order)
    yield from ((day, tuple(orders)) for day, orders in by_day.items())


def spans(plan: Plan) -> list[Span]:
    """List the days in a row of each order, as bars show them."""
    found: dict[str, list[Span]] = {}
    for administration in sorted(plan.administrations, key=lambda each: each.at):
        listed, day = found.setdefault(administration.slot.order, []), administration.at.date()
        if listed and day <= listed[-1].last + timedelta(days=1):
            alone = listed[-1].alone and administration.slot.cycle == listed[-1].cycle
            listed[-1] = listed[-1]._replace(last=day, doses=listed[-1].doses + 1, alone=alone)
        else:
            listed.append(Span(administration.slot.order, day, day, 1, administration.slot.cycle))
    return [span for listed in found.values() for span in listed]
