"""The days of a plan: days off, clock changes, cycles that are cut short or come apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from fractions import Fraction
from itertools import pairwise

from posology.checks.reading import canonical
from posology.course.changes import Due
from posology.course.moves import NOT_GIVEN
from posology.course.settled import Settled
from posology.guards.unjudged import Planned, Unjudged
from posology.model import Administration, Finding, Level, Order, Place, Site, print_date
from posology.model.zone import steady
from posology.quantity import Quantity
from posology.scheduling.working_days import works

MANY_EVENTS = 1_000
"""Users report that Google's calendar refuses larger files; we found no documentation."""
_MOST_DATES = 10
_LITTLE_MORE = Fraction(11, 10)
_GIVEN_AT_THE_HOSPITAL = {"intravenous", "intramuscular"}


def days_of_each_order(plan: Unjudged) -> Iterator[Finding]:
    """Judge the days of each order by itself."""
    for planned in plan.orders:
        order, administrations = planned.settled.order, planned.administrations
        if order.on:
            yield from not_on_working_days(planned.settled, planned.dues, plan.site)
        if not administrations:
            continue
        yield from clock_changes(order, administrations)
        yield from cut_cycles(planned)
        yield from split_cycles(planned.settled, administrations)
        yield from clashes(order, administrations)
        yield from slips(administrations)


def cut_cycles(planned: Planned) -> Iterator[Finding]:
    """Ask for review if a cycle is incomplete whose dose is stated for the whole cycle."""
    order, dues = planned.settled.order, planned.dues
    if not any(stage.dose.basis == "per cycle" for stage in order.stages):
        return
    due_by_cycle: dict[int, int] = {}
    for each in (due for due in dues if not due.again):
        cycle = each.placed.slot.cycle
        due_by_cycle[cycle] = due_by_cycle.get(cycle, 0) + 1
    yield from _short(planned, due_by_cycle)
    cycles: dict[int, list[Administration]] = {}
    for administration in planned.administrations:
        if not administration.position.again:
            cycles.setdefault(administration.slot.cycle, []).append(administration)
    for each in dues:  # a cycle of which nothing was given
        if each.absent == NOT_GIVEN and not each.again:
            cycles.setdefault(each.placed.slot.cycle, [])
    for cycle, in_cycle in sorted(cycles.items()):
        short = [each for each in in_cycle if each.recorded and each.amount < each.planned]
        if len(in_cycle) < due_by_cycle[cycle] or short:
            partly = f", {len(short)} of them in part" if short else ""
            recorded, due = sum(1 for each in in_cycle if each.recorded), due_by_cycle[cycle]
            absent = f"; {due - len(in_cycle)} not given" if len(in_cycle) < due else ""
            message = (
                f"{order.id}, cycle {cycle}: {recorded} of {due} doses are recorded as given"
                f"{partly}{absent}. The missing amount is not added to the other doses; decide "
                "whether to make it up"
            )
            counts = (cycle, len(in_cycle), due_by_cycle[cycle], len(short))
            yield Finding("cycle-incomplete", "review", Place.of(order.id), message, counts)


def _short(planned: Planned, due_by_cycle: Mapping[int, int]) -> Iterator[Finding]:
    """Find the cycles that the end of the course or a later phase cuts."""
    order, parts = planned.settled.order, planned.settled.parts
    starts = {due.placed.slot.cycle: due.placed.start for due in planned.dues}
    for cycle, start in starts.items():
        whole = len(parts[start].days.numbers) * parts[start].times
        if due_by_cycle[cycle] < whole:
            what = "the course ends" if cycle == max(starts) else "a later phase begins"
            message = (
                f"{order.id}: {what} within cycle {cycle}, with {due_by_cycle[cycle]} of "
                f"{whole} doses; decide whether to give this cycle, and whether to complete it"
            )
            values = (cycle, due_by_cycle[cycle], whole)
            yield Finding("cycle-cut", "review", Place.of(order.id), message, values)


def clashes(order: Order, administrations: Sequence[Administration]) -> Iterator[Finding]:
    """Stop if two doses of an order coincide or overlap; review two on one day, or out of order."""
    place = Place.of(order.id)
    for first, second in pairwise(administrations):
        level: Level = "review" if first.recorded and second.recorded else "stop"
        both = f"{first.slot} and {second.slot}"
        day = print_date(second.at)
        values = (str(first.slot), str(second.slot), first.at, second.at)
        if first.at == second.at:
            message = (
                f"{order.id}: two doses fall together on {day} {first.at:%H:%M} ({both}); move "
                "one, or leave it out"
            )
            yield Finding("doses-together", level, place, message, values)
        elif first.infusion and first.ends(0) > second.at:
            message = (
                f"{order.id}: {both} overlap on {day}: the first runs to {first.ends_at}, the "
                f"second begins at {second.at:%H:%M}; move one"
            )
            yield Finding("doses-overlap", level, place, message, (*values, first.ends(0)))
        elif first.counts_on == second.counts_on and first.position.times == 1:
            message = f"{order.id}: two doses on one day, {day} ({both}); check that this is meant"
            yield Finding("two-doses-a-day", "review", place, message, values)
        elif first.slot > second.slot:
            message = (
                f"{order.id}: {second.slot} comes after {first.slot}, on {day}; check that "
                "this is meant"
            )
            yield Finding("doses-out-of-order", "review", place, message, values)


def split_cycles(
    settled: Settled, administrations: Iterable[Administration]
) -> Iterator[Finding]:  # fmt: skip
    """Ask for review if the days of a cycle have moved apart by more than the tolerance."""
    order = settled.order
    most = order.tolerance.fewest_days if order.tolerance else 0
    cycles: dict[int, list[Administration]] = {}
    for each in administrations:
        cycles.setdefault(each.slot.cycle, []).append(each)
    for cycle, in_cycle in cycles.items():
        shifts = {each.shifted - each.late for each in in_cycle}
        if max(shifts) - min(shifts) > most:
            by_slot = sorted(in_cycle, key=lambda each: each.slot)
            days = list(dict.fromkeys(each.at.date() for each in by_slot))
            message = (
                f"{order.id}, cycle {cycle}: its days have come apart "
                f"({', '.join(map(print_date, days))}); the regimen says days {settled.days}. "
                "Decide whether to restart the cycle"
            )
            yield Finding("cycle-split", "review", Place.of(order.id), message, (cycle, *days))


def slips(administrations: Iterable[Administration]) -> Iterator[Finding]:
    """Ask for review if the recorded amount is far from the planned one: perhaps a wrong unit."""
    for administration in administrations:
        slot, amount, planned = administration.slot, administration.amount, administration.planned
        expected = planned / 2 <= amount <= planned * _LITTLE_MORE
        if administration.recorded and not administration.position.again and not expected:
            message = (
                f"{slot}: {amount} is recorded as given, {planned} was planned; "
                "check number and unit"
            )
            values = (str(slot), amount, planned)
            place = Place.of(administration.order.id)
            yield Finding("given-differs", "review", place, message, values)


def clock_changes(order: Order, administrations: Sequence[Administration]) -> Iterator[Finding]:
    """Note that doses several times a day keep to the clock when it changes."""
    offsets = {each.at.utcoffset() for each in administrations}
    if any(each.position.times > 1 for each in administrations) and len(offsets) > 1:
        message = (
            f"{order.id}: given at clock times; where the clocks change, two doses are an hour "
            "closer or further apart"
        )
        yield Finding("clock-times", "note", Place.of(order.id), message, ())


def not_on_working_days(settled: Settled, dues: Iterable[Due], site: Site) -> Iterator[Finding]:
    """Ask for review if an order for working days has a dose that no shift puts on one."""
    test, order = works(site), settled.order
    off: dict[int, list[Due]] = {}
    for due in dues:
        if due.open and not due.absent and not due.fixed and not test(due.on):
            off.setdefault(due.placed.slot.cycle, []).append(due)
    for cycle, in_cycle in off.items():
        days = list(dict.fromkeys(due.on for due in in_cycle))
        message = (
            f"{order.id}, cycle {cycle}: {', '.join(map(print_date, days))} cannot be shifted to a "
            f"working day within {order.tolerance or '0 days'}; move the doses, or delay the cycle"
        )
        yield Finding("working-days", "review", Place.of(order.id), message, (cycle, *days))


def days_off(plan: Unjudged) -> Iterator[Finding]:
    """Note hospital doses on days when the site does not work."""
    off: dict[str, list[Administration]] = {}
    site = plan.site
    hospital = [each for each in plan.administrations if each.order.route in _GIVEN_AT_THE_HOSPITAL]
    test = works(site) if hospital else None  # the public holidays are slow to import
    for each in hospital:
        if test and not test(each.at.date()):
            off.setdefault(each.order.id, []).append(each)
    for order, administrations in off.items():
        unlisted = len(administrations) - _MOST_DATES
        first = ", ".join(print_date(each.at) for each in administrations[:_MOST_DATES])
        first += f" and {unlisted} more" if unlisted > 0 else ""
        whole = sum(each.order.id == order for each in hospital)
        verb = "falls" if len(administrations) == 1 else "fall"
        region = f", without public holidays of {site.region}" if site.region else ""
        message = (
            f"{order}: {len(administrations)} of {whole} doses {verb} on a day off: {first} "
            f"(working days: {site.working_days}{region})"
        )
        values = tuple(each.at.date() for each in administrations)
        yield Finding("day-off", "note", Place.of(order), message, values)


def cycles_differ(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review if the orders have cycles of different lengths."""
    settled = [planned.settled for planned in plan.orders]
    counted = {each.every for each in settled if each.run.cycles}
    if len({canonical(every) for every in counted}) > 1:
        listed = sorted(str(every) for every in counted)
        message = f"cycles of {' and '.join(listed)} end on different days; the orders run apart"
        yield Finding("cycles-differ", "review", Place.of("cycles"), message, tuple(listed),
                      same=True)  # fmt: skip


def too_near(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review if two doses of a drug are closer than the site expects.

    Two recorded doses are past. Doses of one order at one moment are stopped elsewhere.
    """
    least = plan.site.least_between_doses
    for drug in dict.fromkeys(each.order.drug for each in plan.administrations):
        near = [
            (first, second)
            for first, second in pairwise(plan.of(drug))
            if _passed(first, second) < minutes(least)
            and (_passed(first, second) or first.slot.order != second.slot.order)
            and not (first.recorded and second.recorded)
        ]
        if near:
            first, second = near[0]
            others = f", and {len(near) - 1} more times" if len(near) > 1 else ""
            message = (
                f"{drug}: two doses are closer than {least}, the site's least: "
                f"{print_date(first.at)} {first.at:%H:%M} ({first.slot}) and {second.at:%H:%M} "
                f"({second.slot}){others}; check the clock times, and move a dose"
            )
            values = tuple(f"{one.slot} {two.slot}" for one, two in near)
            yield Finding("doses-near", "review", Place.of("doses", drug), message, values)


def two_routes(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review if a drug is given by two routes on one day: limits are those of a route."""
    for drug in dict.fromkeys(each.order.drug for each in plan.administrations):
        routes: dict[date, dict[str, bool]] = {}
        for each in plan.of(drug):
            of_day = routes.setdefault(each.at.date(), {})
            of_day[each.order.route] = of_day.get(each.order.route, False) or not each.recorded
        days = [on for on, used in routes.items() if len(used) > 1 and any(used.values())]
        if days:
            listed = ", ".join(map(print_date, days[:_MOST_DATES]))
            more = f", and on {len(days) - _MOST_DATES} more" if len(days) > _MOST_DATES else ""
            message = (
                f"{drug}: given {' and '.join(routes[days[0]])} on one day ({listed}{more}); the "
                "limits of each route are judged alone. Is one of them meant in place of the other?"
            )
            yield Finding("two-routes", "review", Place.of("doses", drug), message, tuple(days))


def _passed(first: Administration, second: Administration) -> timedelta:
    """Give the time between two doses; between two clock times of a zone it may be another."""
    return second.at.astimezone(UTC) - first.at.astimezone(UTC)


def minutes(length: Quantity) -> timedelta:
    """Give a length of time in hours or minutes as a difference of moments."""
    return timedelta(minutes=int(length.to("min").number))


def many(plan: Unjudged) -> Iterator[Finding]:
    """Note a calendar that some programs may refuse because of its size."""
    number = len(plan.administrations)
    if number > MANY_EVENTS:
        message = (
            f"{number:,} events; a calendar of more than {MANY_EVENTS:,} entries or of 1 MB is "
            "written in several files, since some programs refuse larger ones"
        )
        yield Finding("many-events", "note", Place.of("calendar"), message, (number,))


def clocks_set_anew(plan: Unjudged) -> Iterator[Finding]:
    """Note a zone whose clock changes are newer than the ones that calendar programs may hold."""
    zone, years = plan.site.time_zone, {each.at.year for each in plan.administrations}
    if years and not steady(zone, min(years), max(years)):
        message = (
            f"the clocks of {zone} were set anew within ten years of this course. Its calendar is "
            "in UTC, each dose an entry at its true moment; a program that still holds the old "
            "clock changes shows another clock time"
        )
        yield Finding("clocks-set-anew", "note", Place.of("calendar"), message, (zone.name,))
