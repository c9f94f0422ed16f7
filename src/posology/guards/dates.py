"""The days of a plan: what falls on days off, clock changes, cycles that are cut or run apart."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from posology.checks.reading import canonical
from posology.course.changes import Due
from posology.course.inputs import Settled
from posology.model import Administration, Finding, Level, Order, Site, print_date
from posology.scheduling.working_days import works

_MANY_EVENTS = 1_000
"""Users report that Google's calendar refuses larger files; no documentation was seen."""
_MOST_DATES = 10
_LITTLE_MORE = Fraction(11, 10)
_GIVEN_AT_THE_HOSPITAL = {"intravenous", "intramuscular"}


def cut_cycles(
    settled: Settled, given: Sequence[Administration], dues: Sequence[Due]
) -> Iterator[Finding]:
    """Ask for review where a cycle whose dose is stated for the whole is not given whole."""
    order, days = settled.order, settled.days
    if order.later or not any(one.dose.basis == "per cycle" for one in order.stages):
        return
    last = dues[-1].placed.slot.cycle
    has = sum(due.placed.slot.cycle == last for due in dues)
    whole = len(days.numbers) * order.times
    if has < whole:
        message = (
            f"{order.id}: the course ends within cycle {last}, which has {has} of {whole} doses; "
            "decide whether it is given, and whole"
        )
        yield Finding("cycle-cut", "review", order.id, message)
    for cycle in dict.fromkeys(one.slot.cycle for one in given):
        own = [one for one in given if one.slot.cycle == cycle]
        due = sum(one.placed.slot.cycle == cycle for one in dues)
        short = [one for one in own if one.recorded and one.given < one.planned]
        if len(own) < due or short:
            parts = f", {len(short)} of them in part" if short else ""
            message = (
                f"{order.id}, cycle {cycle}: {len(own)} of {due} doses are given{parts}, and what "
                "is missing is not added to the others; decide whether it is made up"
            )
            yield Finding("cycle-incomplete", "review", order.id, message)


def clashes(order: Order, given: Sequence[Administration]) -> Iterator[Finding]:
    """Stop where two doses of an order fall together or run at once; else look at their order."""
    for one, other in pairwise(given):
        level: Level = "review" if one.recorded and other.recorded else "stop"
        both = f"{one.slot} and {other.slot}"
        day = print_date(other.at)
        if one.at == other.at:
            message = f"{order.id}: two doses fall together on {day} {one.at:%H:%M} ({both})"
            yield Finding("doses-together", level, order.id, f"{message}; move or leave out one")
        elif one.infusion and one.ends(0) > other.at:
            message = (
                f"{order.id}: {both} overlap on {day}: the first runs to {one.ends_at}, the second "
                f"begins at {other.at:%H:%M}"
            )
            yield Finding("doses-overlap", level, order.id, f"{message}; move one")
        elif one.at.date() == other.at.date() and order.times == 1:
            message = f"{order.id}: two doses on one day, {day} ({both})"
            yield Finding(
                "two-doses-a-day", "review", order.id, f"{message}; make sure it is meant"
            )
        elif one.slot > other.slot:
            message = f"{order.id}: {other.slot} comes after {one.slot}, on {day}"
            yield Finding(
                "doses-out-of-order", "review", order.id, f"{message}; make sure it is meant"
            )


def split_cycles(settled: Settled, dues: Sequence[Due]) -> Iterator[Finding]:
    """Ask for review where the days of a cycle have come apart, beyond the order's tolerance."""
    order = settled.order
    most = order.tolerance.fewest_days if order.tolerance else 0
    cycles: dict[int, list[Due]] = {}
    for due in dues:
        if not due.absent:
            cycles.setdefault(due.placed.slot.cycle, []).append(due)
    for cycle, own in cycles.items():
        shifts = {(due.on - due.placed.date).days for due in own}
        if max(shifts) - min(shifts) > most:
            days = ", ".join(dict.fromkeys(print_date(due.on) for due in own))
            message = (
                f"{order.id}, cycle {cycle}: its days have come apart ({days}); the regimen says "
                f"days {settled.days}. Decide whether the cycle is given anew"
            )
            yield Finding("cycle-split", "review", order.id, message)


def slips(given: Iterable[Administration]) -> Iterator[Finding]:
    """Ask for review where what is recorded is far from what was planned: a slip of the unit?"""
    for one in given:
        if one.recorded and not one.planned / 2 <= one.given <= one.planned * _LITTLE_MORE:
            message = (
                f"{one.slot}: {one.given} is recorded as given, {one.planned} was planned; check "
                "number and unit"
            )
            yield Finding("given-differs", "review", one.order.id, message)


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
    hospital = [one for one in administrations if one.order.route in _GIVEN_AT_THE_HOSPITAL]
    test = works(site) if hospital else None  # the public holidays are slow to import
    for one in hospital:
        if test and not test(one.at.date()):
            off.setdefault(one.order.id, []).append(print_date(one.at))
    for order, dates in off.items():
        more = len(dates) - _MOST_DATES
        first = ", ".join(dates[:_MOST_DATES]) + (f" and {more} more" if more > 0 else "")
        plural = "dose falls" if len(dates) == 1 else "doses fall"
        region = f" or on a public holiday of {site.region}" if site.region else ""
        message = f"{order}: {len(dates)} {plural} outside {site.working_days}{region}: {first}"
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


def not_on_working_days(settled: Settled, dues: Iterable[Due], site: Site) -> Iterator[Finding]:
    """Ask for review where an order for working days only could not be put on one."""
    test, order = works(site), settled.order
    off: dict[int, list[str]] = {}
    for due in dues:
        if due.open and not due.absent and not due.fixed and not test(due.on):
            off.setdefault(due.placed.slot.cycle, []).append(print_date(due.on))
    for cycle, days in off.items():
        message = (
            f"{order.id}, cycle {cycle}: {', '.join(dict.fromkeys(days))} is no working day, and "
            f"no shift of up to {order.tolerance or '0 days'} helps; move the doses, or delay the "
            "cycle"
        )
        yield Finding("working-days", "review", order.id, message)
