"""The least time between two doses of a drug, or between two cycles: by the hour, or by the day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from posology.guards.unjudged import Unjudged
from posology.model import (
    Administration,
    Apart,
    Circumstances,
    Cited,
    Finding,
    Level,
    Place,
    Value,
    print_date,
)
from posology.scheduling.dates import after


class _Given(NamedTuple):
    """A dose, or the first one of a cycle: its moment, and whether it is past."""

    at: datetime
    past: bool
    timed: bool = True
    """Whether its time of the day is known; that of a dose before the course is not."""

    def __str__(self) -> str:
        return f"{print_date(self.at)} {self.at:%H:%M}" if self.timed else print_date(self.at)


def in_turn(plan: Unjudged) -> Iterator[Finding]:
    """Stop where an order that begins after another one is due before that one has ended.

    Its first day follows from the plan as it was; a delay of the other order does not move it, so
    a shorter time between the two asks for review.
    """
    orders = {each.settled.order.id: each for each in plan.orders if each.administrations}
    for planned in orders.values():
        start, order = planned.settled.start, planned.settled.order
        due = [each.at for each in planned.administrations if not each.recorded]
        before = orders.get(start.after) if start else None
        if before is None or not due or planned.administrations[0].recorded:
            continue
        last = before.administrations[-1].at
        meant = planned.dues[0].placed.date - max(each.placed.date for each in before.dues)
        days = (due[0].date() - last.date()).days
        level: Level = "stop" if due[0] <= last else "review"
        if level == "stop" or days < meant.days:
            message = (
                f"{order.id} begins after {before.settled.order.id}: it is due on "
                f"{print_date(due[0])}, and the last dose of that on {print_date(last)}, "
                f"{days} days before it in place of {meant.days}; delay {order.id} too"
            )
            values = (order.id, before.settled.order.id, due[0].date(), last.date())
            yield Finding("out-of-turn", level, Place.of(order.id), message, values)


def not_begun(plan: Unjudged) -> Iterator[Finding]:
    """Name an order that begins with a cycle which the course does not reach."""
    for planned in plan.orders:
        start, order = planned.settled.start, planned.settled.order
        if start and start.cycle > 1 and not planned.dues and not planned.before:
            message = f"{order.id} begins with {start}; this course ends before it"
            yield Finding("not-begun", "note", Place.of(order.id), message, (order.id, start.cycle))


def intervals(plan: Unjudged) -> Iterator[Finding]:
    """Judge the least time between the doses, or the cycles, of each drug; by every route."""
    for drug, about in plan.drugs.items():
        administrations = plan.of(drug)
        for route, giving in about.drug.routes.items():
            if giving.apart and any(each.order.route == route for each in administrations):
                yield from apart(administrations, giving.apart, about)


def apart(
    administrations: Sequence[Administration], rule: Apart, about: Circumstances
) -> Iterator[Finding]:
    """Find doses, or cycles, that are closer than the least time."""
    drug, hours = about.drug, rule.least.hours
    doses = _doses(administrations, rule, about)
    near = _nearer_in_hours if hours else _nearer_in_days
    close = [pair for pair in pairwise(doses) if near(pair, rule)]
    if not close:
        return
    first, second = close[0]
    pairs = "pair" if len(close) == 2 else "pairs"  # noqa: PLR2004 - one more than the first
    others = f", and {len(close) - 1} more {pairs}" if len(close) > 1 else ""
    do = "move one" if rule.level == "stop" else "confirm the interval"
    if hours:
        unsure = not all(each.timed for pair in close for each in pair)
        between = "perhaps less" if unsure else f"{_hours(close[0])} h, less"
        words = f"{first} and {second} are {between} than {rule.least} apart{others}"
    else:
        days = f"{print_date(first.at)} and {print_date(second.at)}"
        words = f"{days}{others} are less than {rule.least} apart"
    message = f"{drug.name}: {words}; {do} ({rule.source}, {rule.basis})"
    mild = all(_mild(pair, rule) for pair in close)
    level: Level = "review" if mild else rule.level
    values: tuple[Value, ...] = (
        str(rule.least),
        *(each.at.date() for pair in close for each in pair),
    )
    sources = (Cited(drug.name, rule.source),)
    yield Finding("too-close", level, Place.of(drug.name), message, values, sources=sources)


def _doses(
    administrations: Sequence[Administration], rule: Apart, about: Circumstances
) -> list[_Given]:
    """List the doses, or the first ones of cycles, with the last one before the course."""
    chosen = list(administrations)
    if rule.between == "cycles":
        first = {(each.slot.order, each.slot.cycle): each for each in reversed(administrations)}
        chosen = list(first.values())
    given = [_Given(each.at, bool(each.recorded)) for each in chosen]
    last, before = about.course.last.get(about.drug.name), about.course.before.get(about.drug.name)
    days = {last.on} if last else set()
    if before and rule.between != "cycles":  # which of them begins a cycle is not known
        days |= {on for on, _ in before.dated}
    for on in days:
        midnight = datetime.combine(on, time(), about.site.time_zone.info)
        given.append(_Given(midnight, past=True, timed=False))
    return sorted(given, key=lambda each: each.at)


def _nearer_in_days(pair: tuple[_Given, _Given], rule: Apart) -> bool:
    first, second = (each.at.date() for each in pair)
    return rule.least.period is not None and second < after(first, rule.least.period)


def _nearer_in_hours(pair: tuple[_Given, _Given], rule: Apart) -> bool:
    """Tell whether fewer hours have passed; a dose whose time is not known may be at any time."""
    first, second = pair
    since = first.at if first.timed else first.at + timedelta(days=1)
    least = timedelta(hours=rule.least.hours or 0)
    return second.at.astimezone(UTC) - since.astimezone(UTC) < least


def _hours(pair: tuple[_Given, _Given]) -> int:
    """Give the whole hours that have passed between two doses."""
    first, second = (each.at.astimezone(UTC) for each in pair)
    return int((second - first) / timedelta(hours=1))


def _mild(pair: tuple[_Given, _Given], rule: Apart) -> bool:
    """Tell whether nothing can be moved: both doses are past, or only the clocks have changed.

    Or whether it is not sure, as the time of the first one is not known.
    """
    first, second = pair
    if first.past and second.past:
        return True
    if not rule.least.hours:
        return False
    least = timedelta(hours=rule.least.hours)
    by_the_clock = second.at.replace(tzinfo=None) - first.at.replace(tzinfo=None)
    return by_the_clock >= least
