"""A course that was begun elsewhere: what of it is not known, and so not judged."""

from collections.abc import Iterator
from datetime import date, timedelta

from posology.checks.sums import LENGTHS
from posology.guards.unjudged import Unjudged
from posology.model import Before, Finding, Place

_OVER_DAYS = {name: LENGTHS[name] for name in ("week", "28 days")}


def taken_over(plan: Unjudged) -> Iterator[Finding]:
    """Say which sums do not count what was given before, and where the number of doses differs."""
    course, cycle = plan.course, plan.course.first_cycle
    for name, about in plan.drugs.items():
        before, place = course.before.get(name), Place.of("before", name)
        of_drug = [each for each in plan.orders if each.settled.order.drug == name]
        planned = sum(each.before for each in of_drug)
        if before and planned and before.doses != planned:
            message = (
                f"{name}: {before.doses} doses were entered as given before; the regimen plans "
                f"{planned} before cycle {cycle}, and the labels count these"
            )
            yield Finding("before-differs", "review", place, message, (before.doses, planned))
        if not before and not planned:
            continue
        routes = {each.settled.order.route for each in of_drug}
        windows = [
            window for route in routes & about.drug.routes.keys()
            for window in about.drug.routes[route].windows
        ]  # fmt: skip
        judged = before.amount.dimension if before else None
        lacking = dict.fromkeys(
            window.per for window in windows
            if (window.per in _OVER_DAYS and not _dated(before, course.start, window.per))
            or (window.per in {*_OVER_DAYS, "course"} and window.usual.high.dimension != judged)
        )  # fmt: skip
        if lacking:
            spans = ", ".join("the course" if per == "course" else f"a {per}" if per == "week"
                              else per for per in lacking)  # fmt: skip
            message = (
                f"{name}: limits over {spans} do not count what was given before this course; "
                f"enter it in the unit of the limit, with the days of all doses of the last 28: "
                f'--before "{name} N doses, AMOUNT; DATE AMOUNT; …"'
            )
            yield Finding("before-not-counted", "review", place, message, (name, *lacking))


def _dated(before: Before | None, start: date, per: str) -> bool:
    """Tell whether the days of all doses are known that a span with the first dose here may hold.

    The doses with a day are the last ones, so the earliest of them tells how far back they reach.
    """
    if before is None or not before.dated:
        return False
    earliest = min(on for on, _ in before.dated)
    return (
        len(before.dated) == before.doses
        or earliest <= start - timedelta(days=_OVER_DAYS[per] - 1)
    )  # fmt: skip
