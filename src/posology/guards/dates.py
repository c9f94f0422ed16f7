"""The days of a plan: what falls on days off, clock changes, cycles that are cut or run apart."""

from collections.abc import Iterable, Iterator, Sequence

from posology.checks.reading import canonical
from posology.course import Settled
from posology.model import Administration, Days, Finding, Order, Site, print_date

_MANY_EVENTS = 1_000
"""Users report that Google's calendar refuses larger files; no documentation was seen."""
_MOST_DATES = 10
_GIVEN_AT_THE_HOSPITAL = {"intravenous", "intramuscular"}


def cut_cycle(order: Order, days: Days, given: Sequence[Administration]) -> Iterator[Finding]:
    """Ask for review where the course ends within a cycle whose dose is stated for the whole."""
    if order.later or not any(one.dose.basis == "per cycle" for one in order.stages):
        return
    last = given[-1].slot.cycle
    has = sum(one.slot.cycle == last for one in given)
    whole = len(days.numbers) * order.times
    if has < whole:
        message = (
            f"{order.id}: the course ends within cycle {last}, which has {has} of {whole} doses; "
            "decide whether it is given, and whole"
        )
        yield Finding("cycle-cut", "review", order.id, message)


def clock_changes(order: Order, given: Sequence[Administration]) -> Iterator[Finding]:
    """Note that doses several times a day keep to the clock when it changes."""
    offsets = {one.at.utcoffset() for one in given}
    if order.times > 1 and len(offsets) > 1:
        message = (
            f"{order.id}: given at clock times; where the clocks change, two doses are an hour "
            "closer or further apart"
        )
        yield Finding("clock-times", "note", order.id, message)


def days_off(administrations: Sequence[Administration], site: Site) -> Iterator[Finding]:
    """Note what is given at the hospital on days when the site does not work."""
    off: dict[str, list[str]] = {}
    for one in administrations:
        free = one.at.weekday() not in site.working_days.weekdays
        if one.order.route in _GIVEN_AT_THE_HOSPITAL and free:
            off.setdefault(one.order.id, []).append(print_date(one.at))
    for order, dates in off.items():
        more = len(dates) - _MOST_DATES
        first = ", ".join(dates[:_MOST_DATES]) + (f" and {more} more" if more > 0 else "")
        plural = "dose falls" if len(dates) == 1 else "doses fall"
        message = f"{order}: {len(dates)} {plural} outside {site.working_days}: {first}"
        yield Finding("day-off", "note", order, message)


def cycles_differ(settled: Iterable[Settled]) -> Iterator[Finding]:
    """Ask for review where so many cycles end on different days for different orders."""
    counted = {one.every for one in settled if one.run.cycles}
    if len({canonical(every) for every in counted}) > 1:
        listed = " and ".join(sorted(str(every) for every in counted))
        message = f"cycles of {listed} end on different days; the orders run apart"
        yield Finding("cycles-differ", "review", "cycles", message)


def many(administrations: Sequence[Administration]) -> Iterator[Finding]:
    """Note a calendar that some programs may refuse for its size."""
    if len(administrations) > _MANY_EVENTS:
        message = (
            f"{len(administrations):,} events; some calendar programs refuse more than "
            f"{_MANY_EVENTS:,} in one file"
        )
        yield Finding("many-events", "note", "calendar", message)
