"""The doses of a plan against the formulary: windows, rolling sums, the least time between."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from math import ceil

from posology.checks.feasible import makeable
from posology.checks.plausible import compare, describe, windows_for
from posology.checks.sums import Sums
from posology.guards.sums import of_an_order, sums, worst
from posology.guards.unjudged import Planned, Unjudged
from posology.model import (
    LEVELS,
    Administration,
    Circumstances,
    Cited,
    Finding,
    Level,
    Patient,
    Place,
    Slot,
    Window,
    print_date,
)
from posology.quantity import Quantity


def windows(plan: Unjudged) -> Iterator[Finding]:
    """Judge the doses of each order, then the sums of each drug. No finding is repeated."""
    of_orders = [finding for planned in plan.orders for finding in _of_an_order(planned)]
    yield from of_orders
    earlier = [*plan.checked, *of_orders]
    for drug, about in plan.drugs.items():
        administrations = plan.of(drug)
        for route in dict.fromkeys(each.order.route for each in administrations):
            if route in about.drug.routes:
                yield from over(
                    [each for each in administrations if each.order.route == route], about, earlier
                )


def taken_as_needed(plan: Unjudged) -> Iterator[Finding]:
    """Say of what is taken as needed that it stands apart, and what is not judged of it."""
    for each in plan.needed:
        message = (
            f"{each}. It stands in no calendar and in no total, and is not counted with other "
            "doses of a day; only its own dose, and its pairs with the other drugs, are judged"
        )
        place, values = Place.of(each.order.id), (each.order.id, str(each.dose))
        yield Finding("as-needed", "review", place, message, values, same=each.order.fixed)


def split_unsaid(plan: Unjudged) -> Iterator[Finding]:
    """Note that an older site file does not say how a total is split over the days."""
    if plan.site.rounding.prefer is None:
        message = (
            'the site file does not say "prefer" under "rounding": a total is split into the '
            "fewest containers, the larger doses first, as before; write even days or fewest "
            "containers, then the larger doses come last"
        )
        yield Finding("split-unsaid", "note", Place.of("site", "rounding"), message, ())


def lengths(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review where how long an infusion takes is not known, or is known in two ways."""
    for planned in plan.orders:
        order = planned.settled.order
        place, open_ = Place.of(order.id, "over"), [
            each for each in planned.administrations if not each.recorded
        ]  # fmt: skip
        if order.route != "intravenous" or not open_:
            continue
        if not order.over and not any(each.infusion for each in open_):
            minutes = plan.site.entry_minutes
            message = (
                f"{order.id}: how long it runs is not known; the calendar shows {minutes} minutes, "
                "the site's entry. Look it up, and write it on the worksheet"
            )
            yield Finding("length-unknown", "review", place, message, (minutes,), same=True)
        for each in open_ if order.over else ():
            if each.infusion and ceil(each.infusion.minutes) != order.over[0].minutes:
                message = (
                    f"{order.id}: the source says over {order.over[0]}, the rates of the product "
                    f"take {ceil(each.infusion.minutes)} minutes, as the calendar shows; decide "
                    "which of them counts, and say it on the worksheet"
                )
                values = (str(order.over[0]), ceil(each.infusion.minutes))
                yield Finding("over-differs", "review", place, message, values)


def _of_an_order(planned: Planned) -> Iterator[Finding]:
    """Judge the doses of an order for each set of measures, and report limits not judged."""
    if not planned.circumstances:
        return
    after_changes = planned.after

    def kind(each: Administration) -> tuple[int, bool, Quantity]:
        index, changed = after_changes.patient.get(each.slot, 0), after_changes.changed_doses
        return index, each.slot in changed, each.dose.amount

    for (index, changed, _), equal in groupby(sorted(planned.computed, key=kind), key=kind):
        alike = {each.slot for each in equal}
        yield from doses(planned, alike, planned.circumstances[index], changed=changed)
    yield from not_judged(planned)


def doses(
    planned: Planned, alike: AbstractSet[Slot], about: Circumstances, *, changed: bool
) -> Iterator[Finding]:
    """Judge equal doses as computed for a patient, as they are and per kg of dosing weight.

    A dose stated per m2 is not judged per kg: the source has chosen the measure. Skips windows
    that ``checks`` has already judged. A ``changed`` dose has not been checked before, so it is
    judged here.
    """
    order, place = planned.settled.order, planned.place.at("dose")
    stated = {stage.dose.amount.dimension for stage in order.stages}
    dose = next(each.dose.amount for each in planned.computed if each.slot in alike)
    for per in ("",) if order.by_surface else ("", "kg"):
        amount = dose / about.size.weight if per else dose
        judged = amount.dimension in stated and not order.reduce and not changed
        windows = [
            window for window in windows_for(about.drug, order.route, amount)
            # ``over`` judges the course; the checks judged what holds for every patient
            if window.per != "course" and not (judged and not window.when)
            and applies(window, about.patient)
        ]  # fmt: skip
        if windows:
            yield from _judged(planned, alike, per, windows, about)
    if any(stage.dose.of_the_body for stage in order.stages) or order.reduce or changed:
        yield from makeable(dose, about.drug, order.route, place)


def _judged(
    planned: Planned, alike: AbstractSet[Slot], per: str, windows: Iterable[Window],
    about: Circumstances,
) -> Iterator[Finding]:  # fmt: skip
    drug, route = about.drug, planned.settled.order.route
    most, least = of_an_order(planned, alike, per)
    for window in windows:
        outside = compare(window, most, least)
        if outside:
            level, amount = outside
            words = describe(amount, window, drug.name, route)
            message = f"{words}{_to_do(level, window)}{_source(window)}"
            values = (amount, *window.usual, *window.absolute, str(window.when or ""))
            place = planned.place.at("dose")
            yield Finding(f"implausible-{_code(window)}", level, place, message, values,
                          sources=(Cited(drug.name, window.source),))  # fmt: skip
            break  # one mistake shows in the longer windows too


def _code(window: Window) -> str:
    return window.per.replace(" ", "-")


def applies(window: Window, patient: Patient) -> bool:
    """Tell whether a window applies to this patient; False if a measure is not known."""
    return window.when is None or (_known(window, patient) and window.when.holds(patient))


def _known(window: Window, patient: Patient) -> bool:
    return window.when is None or all(
        patient.measure(measure) is not None for measure in window.when.measures
    )


def _to_do(level: Level, window: Window) -> str:
    if level == "stop":
        return f"; the absolute limits are {window.absolute}: change the dose, or the days"
    return "; confirm it with the prescriber"


def _source(window: Window) -> str:
    when = f", {window.when}" if window.when else ""
    return f" (window: {window.source}, {window.basis}{when})"


def not_judged(planned: Planned) -> Iterator[Finding]:
    """Report limits that depend on a measure that was not entered."""
    about = planned.circumstances[-1]
    drug, patient = about.drug, about.patient
    for window in drug.routes[planned.settled.order.route].windows:
        if window.when and not _known(window, patient):
            measures = " and ".join(sorted(window.when.measures))
            message = (
                f"{drug.name}: {measures} not entered, so the limit for {window.when}, "
                f"{window.usual.high} per {window.per}, is not judged ({window.source}, "
                f"{window.basis}); enter it"
            )
            place = Place.of(measures.replace(" ", "_"))
            values = (drug.name, str(window.when), window.per, window.usual.high)
            sources = (Cited(drug.name, window.source),)
            yield Finding("limit-not-judged", "review", place, message, values, sources=sources)
    yield from _in_no_band(planned, about)


def _in_no_band(planned: Planned, about: Circumstances) -> Iterator[Finding]:
    """Ask for review where the bands of a limit leave out this patient."""
    giving = about.drug.routes[planned.settled.order.route]
    for per in dict.fromkeys(window.per for window in giving.windows):
        bands = [window for window in giving.windows if window.per == per]
        if any(not _known(each, about.patient) or applies(each, about.patient) for each in bands):
            continue
        listed = " and ".join(str(each.when) for each in bands)
        message = (
            f"{about.drug.name}: no limit per {per} is for this patient, since they are for "
            f"{listed}; complete the drug file, or judge the dose yourself"
        )
        yield Finding("limit-not-judged", "review", Place.of(about.drug.name), message,
                      (about.drug.name, per))  # fmt: skip


def over(
    administrations: Sequence[Administration], about: Circumstances, earlier: Iterable[Finding]
) -> Iterator[Finding]:
    """Judge the dispensed doses on their days, all orders of a drug together.

    Checks upper limits only (``guards.sums``). Skips what the ``earlier`` findings report.
    """
    drug, route = about.drug, administrations[0].order.route
    places = [
        Place.of("orders", index)
        for index, order in enumerate(about.regimen.orders)
        if order.drug == drug.name and order.route == route
    ]
    known = {
        (finding.code, finding.level)
        for finding in earlier
        if any(finding.place.is_in(place) for place in places)
    }
    found: dict[str, Finding] = {}
    open_ = {each.slot for each in administrations if not each.recorded}
    shorter = _tolerance(administrations)
    pers = measured_by(administrations)
    earlier_ones = about.course.before.get(drug.name)
    usual = [sums(administrations, per, before=earlier_ones) for per in pers]

    # A recorded dose is a fact: only a dose still to come can be stopped. A shift within the
    # tolerance makes the 28-day span shorter by that many days.
    def strict() -> list[Sums]:
        return [sums(administrations, per, open_, shorter, earlier_ones) for per in pers if open_]

    for window in drug.routes[route].windows:
        if not applies(window, about.patient):
            continue
        code = f"implausible-{_code(window)}"
        level, measured, on = worst(window, usual, strict, about.site)
        if level is None or (code, level) in known or (code, "stop") in known:
            continue
        since = "on" if window.per in {"dose", "day"} else "from"
        words = describe(measured, window, drug.name, route)
        when = f"; {since} {print_date(on)}, as dispensed"
        message = f"{words}{when}{_to_do(level, window)}{_source(window)}"
        before = found.get(window.per)
        if before is None or LEVELS.index(level) < LEVELS.index(before.level):
            found[window.per] = Finding(
                f"over-{_code(window)}", level, Place.of(drug.name), message,
                (route, measured, window.usual.high, window.absolute.high, on,
                 str(window.when or "")),
                sources=(Cited(drug.name, window.source),),
                same=window.when is None and not about.course.changes
                and all(each.order.fixed for each in administrations),
            )  # fmt: skip
    yield from found.values()


def _tolerance(administrations: Iterable[Administration]) -> int:
    """Largest shift of a dose in days, but never more than the tolerance of its order."""
    return max(
        min(abs(each.shifted), each.order.tolerance.fewest_days if each.order.tolerance else 0)
        for each in administrations
    )


def measured_by(administrations: Iterable[Administration]) -> list[str]:
    """List the sizes to judge by: none, and m2 for doses stated per m2, else kg."""
    stated = {each.order.by_surface for each in administrations}
    pers = ["", "kg"] if False in stated else [""]
    known = all(each.size.surface for each in administrations)
    return [*pers, "m2"] if True in stated and known else pers
