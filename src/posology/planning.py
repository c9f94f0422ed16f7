"""The one line that everything lies on: a course, the library and the site give a plan."""

from collections import Counter
from datetime import date, time, timedelta

from posology import guards
from posology.checks import check
from posology.course import Settled, identity, settle
from posology.dosing import dose, row
from posology.errors import CourseError
from posology.library import Library, SiteFile
from posology.model import (
    LEVELS,
    Administration,
    Course,
    Dated,
    Dose,
    Finding,
    Moment,
    Order,
    Plan,
    Regimen,
    Site,
    Slot,
    Strength,
    Total,
    print_date,
)
from posology.quantity import Quantity, shown
from posology.scheduling import item_days, moment, slots


def plan(course: Course, library: Library, site_file: SiteFile) -> Plan:
    """Compute a plan; ``posology.plan`` says how."""
    entry = library.regimens.get(course.regimen)
    if entry is None:
        names = ", ".join(library.regimens)
        message = f"{shown(course.regimen)} is not in the library; regimens: {names}"
        raise CourseError({"regimen": message})
    regimen, site = entry.regimen, site_file.site
    settled = settle(course, regimen)
    findings = check(regimen, library.drugs)
    findings += guards.weight(course.patient.weight.to("kg"), site)
    findings += guards.measures(course.patient)
    findings += guards.cycles_differ(settled)
    findings += guards.products([one.order for one in settled], library.drugs, site)
    if site_file.example:
        message = "computed for the example site; give your hospital's own file"
        findings.append(Finding("example-site", "note", "site", message))
    if regimen.status == "retired":
        message = f"the regimen is retired; {regimen.replaced_by} replaces it"
        findings.append(Finding("regimen-retired", "stop", "status", message))
    administrations: list[Administration] = []
    totals: list[Total] = []
    for one in settled:
        given = _given(one, course, site, findings)
        administrations += given
        if given:
            totals.append(_total(one.order, given))
            findings += guards.cut_cycle(one.order, one.days, given)
        drug = library.drugs.get(one.order.drug)
        if drug is not None and one.order.route in drug.routes:
            where = f"orders[{regimen.orders.index(one.order)}].dose"
            amounts = {each.dose.amount for each in given}
            findings += guards.doses(one, drug, amounts, course.patient, where)
            findings += guards.clock_changes(one.order, given)
    positions = {order.id: index for index, order in enumerate(regimen.orders)}
    administrations.sort(key=lambda each: (each.at, positions[each.slot.order]))
    findings += guards.days_off(administrations, site)
    findings += guards.many(administrations)
    return Plan(
        course,
        identity(course),
        regimen,
        entry.sha256,
        site,
        site_file.sha256,
        tuple(administrations),
        tuple(_items(regimen, course, administrations)),
        tuple(totals),
        tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level))),
    )


def _given(
    settled: Settled, course: Course, site: Site, findings: list[Finding]
) -> list[Administration]:
    """Place every administration of an order at its moment, with its dose."""
    order = settled.order
    clock = _clock(order, site)
    if clock is None:
        message = f"{order.id} is given {order.times} times a day; the site names no such times"
        findings.append(Finding("clock-missing", "stop", f"site.clock.{order.times}", message))
        return []
    dated = slots(order, settled.every, settled.days, course.start, run=settled.run)
    doses: dict[Moment | None, Dose] = {}
    given = []
    for place, (slot, day, start) in enumerate(dated, 1):
        at = moment(day, clock[slot.number - 1], site.time_zone)
        if at is None:
            findings.append(_clock_change(slot, clock, day, site))
            continue
        if start not in doses:
            doses[start] = _dose(settled, course, start)
        several = len(settled.days.numbers) > 1
        label = f"dose {place} of {len(dated)}"
        if several:
            label = f"cycle {slot.cycle}, day {slot.day}"
        given.append(Administration(slot, order, at, doses[start], label))
    return given


def _dose(settled: Settled, course: Course, start: Moment | None) -> Dose:
    order = settled.order
    strength = _strength(order, course, start)
    given = dose(order, strength, course.patient, len(settled.days.numbers))
    fitting = row(order, course.patient) if start is None else None
    if fitting is None:
        return given
    return given._replace(working=f"{given.working} ({fitting.when})")


def _clock(order: Order, site: Site) -> tuple[time, ...] | None:
    if order.at == "bedtime":
        return (site.bedtime,)
    clock = site.clock.get(order.times)
    return clock.times if clock else None


def _strength(order: Order, course: Course, start: Moment | None) -> Strength:
    """Give the dose in force: that of the later start, of the fitting row, or of the order."""
    if start is not None:
        later = order.later[start].dose
        if later is not None:
            return later
    fitting = row(order, course.patient)
    if fitting is not None:
        return fitting.dose
    if isinstance(order.dose, Strength):
        return order.dose
    raise CourseError({"regimen": f"{order.id} has neither a dose nor a table of doses"})


def _total(order: Order, given: list[Administration]) -> Total:
    counted = Counter((one.slot.cycle, one.dose.amount) for one in given)
    cycles: dict[int, Quantity] = {}
    for (cycle, amount), number in counted.items():
        cycles[cycle] = cycles[cycle] + amount * number if cycle in cycles else amount * number
    whole, *others = cycles.values()
    for one in others:
        whole = whole + one
    return Total(order.id, order.drug, len(given), tuple(dict.fromkeys(cycles.values())), whole)


def _items(regimen: Regimen, course: Course, given: list[Administration]) -> list[Dated]:
    """Place every item, to the last day of the course."""
    if not given:
        return []
    until = given[-1].at.date() + timedelta(days=1)
    found = [
        Dated(number, item, on)
        for number, item in enumerate(regimen.items, 1)
        for on in item_days(item, course.start, until)
    ]
    return sorted(found, key=lambda one: (one.on, one.number))


def _clock_change(slot: Slot, clock: tuple[time, ...], day: date, site: Site) -> Finding:
    message = (
        f"{slot.order}: {clock[slot.number - 1]:%H:%M} on {print_date(day)} does not exist once in "
        f"{site.time_zone}, because the clocks change; choose another clock time in the site file"
    )
    return Finding("clock-change", "stop", "site.clock", message)
