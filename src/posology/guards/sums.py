"""Sums over a course: the largest dose, day, 7 and 28 days, and cycle, and the whole course."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from fractions import Fraction

from posology.checks.sums import Given, Sums, for_lower_limits, largest
from posology.guards.unjudged import Planned
from posology.model import Administration, Before, Level, Site, Slot, Window
from posology.quantity import Quantity
from posology.scheduling.dates import after


def sums(
    administrations: Sequence[Administration],
    per: str,
    only: AbstractSet[Slot] | None = None,
    shorter: int = 0,
    before: Before | None = None,
) -> Sums:
    """Find the largest sum for each length of a window, with its first day.

    ``per`` is empty, kg or m2. kg and m2 divide each dose by the patient's size at that time.
    ``only``: count a span only if it contains one of these slots. ``shorter``: days by which the
    28-day span is reduced. ``before``: what was given of the drug before the course, which counts
    where it is stated in the same way; without days it counts for the whole course alone.
    """
    given, unit = _given(administrations, per, only)
    if before is None or before.amount.dimension != Quantity(Fraction(1), unit).dimension:
        return largest(given, unit, shorter)
    given += [
        Given(on, ("before", on), each.to(unit).number, counted=False) for on, each in before.dated
    ]
    found = largest(given, unit, shorter)
    whole, on = found["course"]
    return {**found, "course": (whole + before.undated, on)}


def of_an_order(planned: Planned, alike: AbstractSet[Slot], per: str) -> tuple[Sums, Sums]:
    """Sum the computed doses of an order around those that are alike.

    The first sums are for upper limits: the doses that are given, on their days. The second are
    for lower limits: the doses as the regimen places them, so that a dose that is held makes no
    other too small.
    """
    settled, dues = planned.settled, planned.dues
    computed = [each._replace(recorded=None, prepared=None) for each in planned.computed]
    placed = [each._replace(at=each.at - timedelta(days=each.shifted), late=0) for each in computed]
    start = dues[0].placed.date - timedelta(days=dues[0].placed.slot.day - 1)
    period = settled.run.period or settled.every
    earlier = dues[0].placed.slot.cycle - 1 if planned.before else 0
    times = 1 if settled.run.period else max((settled.run.cycles or 1) - earlier, 1)
    regular, unit = _given(placed, per, alike)
    standing = {each.slot for each in planned.administrations}
    given = [each for each in computed if each.slot in standing]
    kept = alike & standing
    most = largest(_given(given, per, kept)[0], unit) if kept else {}
    return most, for_lower_limits(regular, unit, after(start, period, times))


def _given(
    administrations: Sequence[Administration], per: str, only: AbstractSet[Slot] | None
) -> tuple[list[Given], str]:
    unit = administrations[0].amount.unit
    given = [
        Given(each.counts_on, (each.slot.order, each.slot.cycle), _number(each, unit, per),
              only is None or each.slot in only)
        for each in administrations
    ]  # fmt: skip
    return given, f"{unit}/{per}" if per else unit


def _number(administration: Administration, unit: str, per: str) -> Fraction:
    number = administration.amount.to(unit).number
    if not per:
        return number
    body = administration.dosing_weight if per == "kg" else administration.size.surface
    return number / body.number if body else number


def worst(
    window: Window, usual: Iterable[Sums], strict: Callable[[], Iterable[Sums]], site: Site
) -> tuple[Level | None, Quantity, date]:
    """Judge the sums that a window limits: only ``strict`` sums stop, all sums ask for review."""
    level, amount, on = _judged(window, usual, site)
    if level == "stop":  # no strict sum is larger than the usual one
        strict_level, strict_amount, strict_on = _judged(window, strict(), site)
        if strict_level == "stop":
            return "stop", strict_amount, strict_on
        return "review", amount, on
    return level, amount, on


def _judged(
    window: Window, all_sums: Iterable[Sums], site: Site
) -> tuple[Level | None, Quantity, date]:
    limit = window.usual.high
    fitting = (
        each[window.per] for each in all_sums if each["dose"][0].dimension == limit.dimension
    )
    amount, on = next(fitting, (None, date.min))
    if amount is None:
        return None, limit, date.min
    return _level(amount, window, site), amount.to(limit.unit), on


def _level(amount: Quantity, window: Window, site: Site) -> Level | None:
    """Compare with the upper limits only.

    A usual limit may be exceeded by the site's rounding allowance; an absolute limit may not.
    """
    if amount > window.absolute.high:
        return "stop"
    return "review" if amount > window.usual.high * (1 + site.rounding.review.share) else None
