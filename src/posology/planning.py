"""The one line that everything lies on: a course, the library and the site give a plan."""

from posology import guards
from posology.checks import check
from posology.course import identity, settle
from posology.dosing import dose
from posology.errors import CourseError
from posology.library import Library, SiteFile
from posology.model import (
    LEVELS,
    Administration,
    Course,
    Finding,
    Order,
    Period,
    Plan,
    Site,
    Slot,
    Total,
    print_date,
)
from posology.quantity import shown
from posology.scheduling import after, moment, slots


def plan(course: Course, library: Library, site_file: SiteFile) -> Plan:
    """Compute a plan; ``posology.plan`` says how."""
    entry = library.regimens.get(course.regimen)
    if entry is None:
        names = ", ".join(library.regimens)
        message = f"{shown(course.regimen)} is not in the library; regimens: {names}"
        raise CourseError({"regimen": message})
    regimen, site = entry.regimen, site_file.site
    chosen = settle(course, regimen)
    findings = check(regimen, library.drugs)
    findings += guards.weight(course.patient.weight.to("kg"), site)
    findings += guards.products(regimen.orders, library.drugs, site)
    if site_file.example:
        message = "computed for the example site; give your hospital's own file"
        findings.append(Finding("example-site", "note", "site", message))
    administrations: list[Administration] = []
    totals: list[Total] = []
    for index, order in enumerate(regimen.orders):
        every, days = chosen[order.id]
        duration = order.duration or regimen.duration
        dated = slots(
            order,
            every,
            days,
            course.start,
            until=after(course.start, duration) if isinstance(duration, Period) else None,
            cycles=None if isinstance(duration, Period) else course.cycles,
        )
        given = dose(order, course.patient, len(days.numbers))
        drug = library.drugs.get(order.drug)
        if "/" in order.dose.amount.unit and drug is not None and order.route in drug.routes:
            where = f"orders[{index}].dose"
            findings += guards.doses(order, drug, given.amount, (every, days), where)
        clock = site.clock.get(order.times)
        if clock is None:
            message = f"{order.id} is given {order.times} times a day; the site names no such times"
            findings.append(Finding("clock-missing", "stop", f"site.clock.{order.times}", message))
            continue
        for place, (slot, day) in enumerate(dated, 1):
            at = moment(day, clock.times[slot.number - 1], site.time_zone)
            if at is None:
                findings.append(_clock_change(order, slot, f"{print_date(day)}", site))
                continue
            several = len(days.numbers) > 1
            label = (
                f"cycle {slot.cycle}, day {slot.day}"
                if several
                else f"dose {place} of {len(dated)}"
            )
            administrations.append(Administration(slot, order, at, given, label))
        per_cycle = given.amount * (len(days.numbers) * order.times)
        totals.append(Total(order.id, order.drug, len(dated), per_cycle, given.amount * len(dated)))
    positions = {order.id: index for index, order in enumerate(regimen.orders)}
    administrations.sort(key=lambda one: (one.at, positions[one.slot.order]))
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
        tuple(totals),
        tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level))),
    )


def _clock_change(order: Order, slot: Slot, day: str, site: Site) -> Finding:
    clock = site.clock[order.times].times[slot.number - 1]
    message = (
        f"{order.id}: {clock:%H:%M} on {day} does not exist once in {site.time_zone}, because the "
        "clocks change; choose another clock time in the site file"
    )
    return Finding("clock-change", "stop", f"site.clock.{order.times}", message)
