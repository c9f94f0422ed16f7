"""Compute a plan from a course, the library and the site.

The orders are settled, their days placed and changed, their doses computed and dispensed; then
the checks and the guards judge the result.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from posology.checks import check
from posology.course.changes import Changed, changed, extended
from posology.course.inputs import identity
from posology.course.settled import Settled, settle
from posology.dispensing.totals import supplies, total
from posology.dosing.measures import Measured, known
from posology.dosing.weight import needs
from posology.errors import CourseError
from posology.guards import judge
from posology.guards.entered import refuse_too_long
from posology.guards.unjudged import Entered, Planned, Unjudged
from posology.library import Entry, Library, SiteFile
from posology.model import (
    LEVELS,
    Absent,
    Administration,
    Circumstances,
    Course,
    Dated,
    Drug,
    Finding,
    Offered,
    Plan,
    Regimen,
    Site,
    Supplied,
    print_date,
)
from posology.model.change import Extend
from posology.planning.administrations import Around, as_needed, measured, placed_doses
from posology.planning.due import items, tasks
from posology.planning.placing import Laid, placed_slots
from posology.planning.preparing import dispensed, run, standing
from posology.scheduling.working_days import works
from posology.text import shown


def compute(
    course: Course, library: Library, site_file: SiteFile, entered: Entered | None = None
) -> Plan:
    """Compute a plan; files of one's own are not yet checked, see ``planning.plan``."""
    entry = _entry(course, library)
    regimen, site = entry.regimen.chosen(course.choices), site_file.site
    all_settled = _settled(course, entry.regimen, site)
    settled = [each for each in all_settled if not each.order.as_needed]
    if entered:
        refuse_too_long(course, settled, site, entered)
    laid = placed_slots(settled, course)
    kept = _kept(course, entered)
    if kept < len(course.changes):
        _refuse_to_move_what_has_begun(course, regimen, site, settled)
    after = _changed(course, settled, laid, site, kept)
    times = measured(after, course, regimen, site, all_settled)
    shelf = _Shelf(regimen, site, library.drugs, times)
    orders: list[Planned] = []
    for each in settled:
        orders.append(_planned(each, laid, after, shelf, orders))
    administrations = _in_order_of_time(orders, regimen)
    needed = as_needed(all_settled, times[-1])
    unjudged = Unjudged(
        course=course,
        regimen=regimen,
        whole=entry.regimen,
        site_file=site_file,
        combinations=library.combinations,
        # The volume is judged for the product in stock and by the site's limit, not here.
        checked=_checked(entry.regimen, regimen, library.drugs),
        times=times,
        orders=orders,
        drugs=_circumstances_by_drug(orders),
        administrations=administrations,
        needed=needed,
        entered=entered,
    )
    first = _first_day(course, after)
    standing = [each for each in orders if each.administrations]
    return Plan(
        course=course,
        course_id=identity(course, entry.sha256, site_file.sha256),
        regimen=regimen,
        regimen_sha256=entry.sha256,
        site=site,
        site_sha256=site_file.sha256,
        administrations=tuple(administrations),
        items=tuple(sorted((*_items(regimen, laid, first, times, administrations),
                            *tasks(orders, times, site)), key=lambda each: each.on)),
        totals=tuple(total(each.settled.order, each.administrations)
                     for each in standing),
        supplies=tuple(_supplies(standing, library.drugs, first)),
        sizes=times[-1].sizes,
        patient=times[-1].patient,
        drugs={name: about.drug for name, about in unjudged.drugs.items()},
        combinations=library.combinations,
        findings=_gravest_first([*unjudged.checked, *judge(unjudged)]),
        needed=needed,
        absent=tuple(_absent(after)),
    )  # fmt: skip


def _checked(whole: Regimen, chosen: Regimen, drugs: Mapping[str, Drug]) -> list[Finding]:
    """Check the regimen as it was chosen; what stops what was not chosen stops it too.

    A quote that says "100-200 mg" is compared with all that it offers, not with what was chosen
    of it: that is judged as a dose of the plan.
    """
    orders = tuple(
        order.model_copy(update={name: getattr(written, name) for name in ("duration", "over")
                                 + (("dose",) if isinstance(written.dose, Offered) else ())})
        for order, written in zip(chosen.orders, whole.orders, strict=True)
    )  # fmt: skip
    found = check(chosen.model_copy(update={"orders": orders}), drugs)
    if chosen is not whole:
        found += [each for each in check(whole, drugs) if each.level == "stop"]
    return [each._replace(same=True) for each in dict.fromkeys(found) if each.code != "volume"]


class _Shelf(NamedTuple):
    """What every order of a plan is computed with."""

    regimen: Regimen
    site: Site
    drugs: Mapping[str, Drug]
    times: Sequence[Measured]


def _entry(course: Course, library: Library) -> Entry:
    entry = library.regimens.get(course.regimen)
    if entry is None:
        names = ", ".join(library.regimens)
        message = f"{shown(course.regimen)} is not in the library; regimens: {names}"
        raise CourseError({"regimen": message})
    return entry


def _settled(course: Course, regimen: Regimen, site: Site) -> list[Settled]:
    """Settle what the source leaves open, with the cycles that changes add."""
    return settle(extended(course), regimen, known(course, regimen, site), needs(regimen, site))


def _kept(course: Course, entered: Entered | None) -> int:
    """Count the changes that a course file holds; what was taken then is not judged again."""
    if entered is None:
        return 0
    return len(course.changes) - (1 if entered.new and course.changes else 0)


def _refuse_to_move_what_has_begun(
    course: Course, regimen: Regimen, site: Site, settled: Sequence[Settled]
) -> None:
    """Refuse to add cycles that put off an order which has begun after another one."""
    change = course.changes[-1] if course.changes else None
    later = [each.order.id for each in settled if each.start and each.start.after]
    if not later or not isinstance(change, Extend):
        return
    before = course.model_copy(update={"changes": course.changes[:-1]})
    settled_before = _settled(before, regimen, site)
    old, new = (placed_slots(each, course) for each in (settled_before, settled))
    dues = _changed(before, settled_before, old, site, len(before.changes)).dues
    for name in later:
        first = min(due.on for slot, due in dues.items() if slot.order == name)
        if first <= change.on and new.slots[name][0].date != old.slots[name][0].date:
            message = (
                f"{name} has begun on {print_date(first)}, so no cycles are added before it; stop "
                "this course, and plan a new one"
            )
            raise CourseError({"changes": message})


def _changed(
    course: Course,
    settled: Sequence[Settled],
    laid: Laid,
    site: Site,
    kept: int,
) -> Changed:
    """Apply the changes of the course. Public holidays are loaded only if an order needs them."""
    test = works(site) if any(each.order.on for each in settled) else lambda _: True
    every = [slot for order_slots in laid.slots.values() for slot in order_slots]
    by_name = {each.order.id: each for each in settled}
    return changed(course, by_name, every, test, laid.links, kept=kept)


def _planned(
    settled: Settled, laid: Laid, after: Changed, shelf: _Shelf,
    earlier: Sequence[Planned],
) -> Planned:  # fmt: skip
    """Compute the doses of an order, and dispense them where the formulary knows the drug."""
    order = settled.order
    placed, before = laid.slots[order.id], laid.before.get(order.id, 0)
    known_slots = {each.slot for each in placed}
    again = [due for slot, due in after.dues.items()
             if slot.order == order.id and slot not in known_slots]  # fmt: skip
    dues = [*(after.dues[slot.slot] for slot in placed), *again]
    computed: list[Administration] = []
    refused: list[Finding] = []
    others = {each.slot: each for planned in earlier for each in planned.computed}
    around = Around(shelf.site, others, before)
    for placed_dose in placed_doses(settled, dues, after, shelf.times, around):
        if isinstance(placed_dose, Finding):
            refused.append(placed_dose)
        else:
            computed.append(placed_dose)
    planned = Planned(
        settled=settled,
        place=shelf.regimen.place_of(order),
        dues=dues,
        computed=computed,
        administrations=standing(computed, dues),
        circumstances=_circumstances(settled, shelf) if computed else [],
        after=after,
        refused=refused,
        before=before,
    )
    return run(dispensed(planned) if planned.circumstances else planned, shelf.site)


def _circumstances(settled: Settled, shelf: _Shelf) -> list[Circumstances]:
    """Collect the circumstances of an order per set of measures; none for an unknown drug."""
    drug = shelf.drugs.get(settled.order.drug)
    if drug is None or settled.order.route not in drug.routes:
        return []
    return [
        Circumstances(current.course, shelf.regimen, shelf.site, current.patient, drug=drug,
                      size=current.sizes[settled.order.id])
        for current in shelf.times
    ]  # fmt: skip


def _in_order_of_time(orders: Sequence[Planned], regimen: Regimen) -> list[Administration]:
    """Sort the administrations of all orders by time, then by the order in the regimen."""
    positions = {order.id: index for index, order in enumerate(regimen.orders)}
    administrations = [each for planned in orders for each in planned.administrations]
    return sorted(administrations, key=lambda each: (each.at, positions[each.slot.order]))


def _circumstances_by_drug(orders: Sequence[Planned]) -> dict[str, Circumstances]:
    """Map each planned drug to the last circumstances of its first order."""
    found: dict[str, Circumstances] = {}
    for planned in orders:
        if planned.circumstances and planned.administrations:
            found.setdefault(planned.settled.order.drug, planned.circumstances[-1])
    return found


def _first_day(course: Course, after: Changed) -> date:
    """Find the day of the first dose; the start of the course if there is no dose."""
    return min((due.on for due in after.dues.values() if not due.absent), default=course.start)


def _items(
    regimen: Regimen, laid: Laid, first: date, times: Sequence[Measured],
    administrations: Sequence[Administration],
) -> list[Dated]:  # fmt: skip
    """Place the items; of a treatment that began elsewhere they count from its own first day."""
    if not laid.before:
        return items(regimen, first, times, administrations)
    listed = items(regimen, laid.begun, times, administrations)
    return [each for each in listed if each.on >= first]


def _supplies(orders: Sequence[Planned], drugs: Mapping[str, Drug], first: date) -> list[Supplied]:
    """List the supplies, order by order."""
    return [
        supplied
        for planned in orders
        for supplied in supplies(planned.administrations, drugs, first)
    ]


def _gravest_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Put stops first, then reviews, then notes; each finding once."""
    different = dict.fromkeys(findings)
    return tuple(sorted(different, key=lambda finding: LEVELS.index(finding.level)))


def _absent(after: Changed) -> list[Absent]:
    """List the doses that are not given, in order of time."""
    return [
        Absent(slot, due.on, due.absent)
        for slot, due in sorted(after.dues.items(), key=lambda each: each[1].on)
        if due.absent
    ]
