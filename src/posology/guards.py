"""What is wrong with a plan: the patient's weight, the computed doses, the days they fall on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from posology.checks.feasible import makeable
from posology.checks.plausible import describe, judge
from posology.model import (
    Administration,
    Days,
    Drug,
    Finding,
    Level,
    Order,
    Period,
    Site,
    print_date,
)
from posology.quantity import Quantity
from posology.scheduling import busiest_week

_MANY_EVENTS = 1_000
"""Google's calendar is reported to refuse larger files (shared calendar notes, 2026)."""
_MOST_DATES = 10
_GIVEN_AT_THE_HOSPITAL = {"intravenous", "intramuscular"}


def weight(kilograms: Quantity, site: Site) -> Iterator[Finding]:
    """Judge the weight against the site's limits."""
    limits: tuple[tuple[Level, str], ...] = (("stop", "absolute"), ("review", "usual"))
    for level, name in limits:
        limit = getattr(site.weight, name)
        if not limit.low <= kilograms <= limit.high:
            message = (
                f"{kilograms} lies outside {limit}, the {name} weights of the site; "
                "check the number and whether it is kg or lb"
            )
            yield Finding("weight", level, "weight", message)
            return


def doses(
    order: Order, drug: Drug, one: Quantity, chosen: tuple[Period, Days], where: str
) -> Iterator[Finding]:
    """Judge a dose computed for a patient against the windows that are not per kg or m2."""
    every, days = chosen
    given = {
        "dose": one,
        "day": one * order.times,
        "week": one * busiest_week(order, every, days),
    }
    for window in drug.routes[order.route].windows:
        if window.usual.low.dimension != one.dimension:
            continue
        level = judge(given[window.per], window)
        if level:
            message = describe(given[window.per], window, drug.name, order.route)
            yield Finding(f"implausible-{window.per}", level, where, message)
    yield from makeable(one, drug, order.route, where)
    containers = {
        size for name in drug.routes[order.route].products for size in drug.products[name].contents
    }
    if containers and one.ratio(min(containers)).denominator != 1:
        message = (
            f"{order.id}: {one} is the computed dose; it is not yet rounded to whole "
            f"containers (smallest: {min(containers)})"
        )
        yield Finding("not-rounded", "note", where, message)


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


def products(orders: Iterable[Order], drugs: Mapping[str, Drug], site: Site) -> Iterator[Finding]:
    """Stop where the site does not say what it stocks, or names what the formulary lacks."""
    for name in dict.fromkeys(order.drug for order in orders if order.drug in drugs):
        stocked = site.products.get(name)
        known = ", ".join(drugs[name].products)
        if stocked is None:
            message = f"the site file names no product of {name}; products: {known}"
            yield Finding("product-not-named", "stop", f"site.products.{name}", message)
        elif stocked not in drugs[name].products:
            message = f"{stocked} is no product of {name} in the formulary; products: {known}"
            yield Finding("product-unknown", "stop", f"site.products.{name}", message)


def many(administrations: Sequence[Administration]) -> Iterator[Finding]:
    """Note a calendar that some programs may refuse for its size."""
    if len(administrations) > _MANY_EVENTS:
        message = (
            f"{len(administrations):,} events; some calendar programs refuse more than "
            f"{_MANY_EVENTS:,} in one file"
        )
        yield Finding("many-events", "note", "calendar", message)
