"""What is wrong with a plan: the patient's weight, the computed doses, the days they fall on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from posology.checks.feasible import makeable
from posology.checks.plausible import LENGTHS, describe, judge, windows_for
from posology.checks.reading import canonical
from posology.course import Settled
from posology.model import (
    Administration,
    Days,
    Drug,
    Finding,
    Level,
    Order,
    Patient,
    Site,
    print_date,
)
from posology.quantity import Quantity
from posology.scheduling import busiest

_MANY_EVENTS = 1_000
"""Users report that Google's calendar refuses larger files; no documentation was seen."""
_MOST_DATES = 10
_ADULT = 18
_BUILDS: tuple[tuple[Level, tuple[int, int], tuple[int, int]], ...] = (
    ("stop", (100, 230), (10, 100)),
    ("review", (140, 210), (15, 50)),
)
"""Heights in cm and body mass indexes in kg/m2 that are believed; no source states them."""
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
    settled: Settled, drug: Drug, amounts: Iterable[Quantity], patient: Patient, where: str
) -> Iterator[Finding]:
    """Judge the doses computed for a patient, as they are and per kg of body weight.

    What the regimen's checks have judged already, without a patient, is not said again.
    """
    order = settled.order
    stated = {one.dose.amount.dimension for one in order.stages}
    weight = patient.weight.to("kg")
    for one in sorted(amounts):
        per_kg = one / weight
        for amount in (one, per_kg):
            if amount.dimension not in stated or order.reduce:
                yield from _judged(settled, drug, amount, where)
        if any("/" in stage.dose.amount.unit for stage in order.stages) or order.reduce:
            yield from makeable(one, drug, order.route, where)
            yield from _not_rounded(order, drug, one, where)


def _judged(settled: Settled, drug: Drug, one: Quantity, where: str) -> Iterator[Finding]:
    order = settled.order
    given = {
        per: one * busiest(order.times, settled.every, settled.days, length)
        for per, length in LENGTHS.items()
    } | {"dose": one}
    for window in windows_for(drug, order.route, one):
        level = judge(given[window.per], window)
        if level:
            message = describe(given[window.per], window, drug.name, order.route)
            yield Finding(f"implausible-{window.per}", level, where, message)
            break  # the longer times go wrong with the shorter


def _not_rounded(order: Order, drug: Drug, one: Quantity, where: str) -> Iterator[Finding]:
    containers = {
        size for name in drug.routes[order.route].products for size in drug.products[name].contents
    }
    if containers and one.ratio(min(containers)).denominator != 1:
        message = (
            f"{order.id}: {one} is the computed dose; it is not yet rounded to whole "
            f"containers (smallest: {min(containers)})"
        )
        yield Finding("not-rounded", "note", where, message)


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


def measures(patient: Patient) -> Iterator[Finding]:
    """Judge height, age and body mass index; the limits are ours, for adults."""
    if patient.age is not None and patient.age < _ADULT:
        message = f"{patient.texts['age']}: the regimens are for adults"
        yield Finding("age", "stop", "age", message)
    if patient.height is None:
        return
    both = f"{patient.texts['height']} with {patient.weight}"
    index = patient.weight.to("kg").number * 10_000 / patient.height**2
    for level, heights, indexes in _BUILDS:
        low, high = heights
        if not low <= patient.height <= high or not indexes[0] <= index <= indexes[1]:
            message = f"{both} is an unlikely build; check both numbers and their units"
            yield Finding("height", level, "height", message)
            return


def cycles_differ(settled: Iterable[Settled]) -> Iterator[Finding]:
    """Ask for review where so many cycles end on different days for different orders."""
    counted = {one.every for one in settled if one.run.cycles}
    if len({canonical(every) for every in counted}) > 1:
        listed = " and ".join(sorted(str(every) for every in counted))
        message = f"cycles of {listed} end on different days; the orders run apart"
        yield Finding("cycles-differ", "review", "cycles", message)


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
