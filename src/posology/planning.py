"""The one line that everything lies on: a course, the library and the site give a plan."""

from datetime import date, time, timedelta

from posology import dispensing, guards, policy
from posology.checks import check
from posology.course import Settled, identity, settle
from posology.dosing import dose, row
from posology.errors import CourseError
from posology.library import Library, SiteFile
from posology.model import (
    LEVELS,
    Administration,
    Circumstances,
    Course,
    Dated,
    Dose,
    Finding,
    Moment,
    Order,
    Patient,
    Plan,
    Regimen,
    Site,
    Size,
    Slot,
    Strength,
    Supplied,
    Total,
    print_date,
)
from posology.quantity import shown
from posology.scheduling import item_days, moment, slots


def plan(course: Course, library: Library, site_file: SiteFile) -> Plan:
    """Compute a plan; ``posology.plan`` says how."""
    entry = library.regimens.get(course.regimen)
    if entry is None:
        names = ", ".join(library.regimens)
        message = f"{shown(course.regimen)} is not in the library; regimens: {names}"
        raise CourseError({"regimen": message})
    regimen, site = entry.regimen, site_file.site
    patient = policy.known(course, regimen, site)
    settled = settle(course, regimen, patient, policy.needs(regimen, site))
    # The volume is judged below, for the product in stock and by the site's limit.
    findings = [one for one in check(regimen, library.drugs) if one.code != "volume"]
    findings += _of_the_inputs(course, patient, regimen, site_file)
    findings += guards.cycles_differ(settled)
    sizes = {one.order.id: policy.size(patient, site, one.order.drug) for one in settled}
    findings += [
        Finding("policy-exclusion", "review", "site.policies", message)
        for message in policy.excluded(regimen, site, sizes, patient)
    ]
    administrations: list[Administration] = []
    totals: list[Total] = []
    supplies: list[Supplied] = []
    about: dict[str, Circumstances] = {}
    for one in settled:
        order = one.order
        given = _given(one, patient, sizes[order.id], course.start, site, findings)
        drug = library.drugs.get(order.drug)
        if not given:
            continue
        if drug is not None and order.route in drug.routes:
            where = f"orders[{regimen.orders.index(order)}].dose"
            own = Circumstances(course, regimen, site, patient, drug, sizes[order.id])
            about.setdefault(drug.name, own)
            given, found = _dispensed(one, given, own, where)
            findings += found
        administrations += given
        totals.append(dispensing.total(order, given))
        supplies += dispensing.supplies(given, library.drugs, course.start)
        findings += guards.cut_cycle(order, one.days, given)
    positions = {order.id: index for index, order in enumerate(regimen.orders)}
    administrations.sort(key=lambda each: (each.at, positions[each.slot.order]))
    for name, own in about.items():
        some = [each for each in administrations if each.order.drug == name]
        findings += guards.of_a_drug(some, own, findings)
    findings += guards.combined(administrations, course, library.combinations)
    findings += guards.days_off(administrations, site)
    findings += guards.many(administrations)
    return Plan(
        course,
        identity(course, entry.sha256, site_file.sha256),
        regimen,
        entry.sha256,
        site,
        site_file.sha256,
        tuple(administrations),
        tuple(_items(regimen, course, patient, administrations)),
        tuple(totals),
        tuple(supplies),
        sizes,
        patient,
        {name: own.drug for name, own in about.items()},
        library.combinations,
        tuple(sorted(dict.fromkeys(findings), key=lambda finding: LEVELS.index(finding.level))),
    )


def _of_the_inputs(
    course: Course, patient: Patient, regimen: Regimen, site_file: SiteFile
) -> list[Finding]:
    """Judge the patient's measures, and say where the site or the regimen is not for use."""
    site = site_file.site
    findings = [
        *guards.weight(patient.weight.to("kg"), site),
        *guards.measures(patient),
        *guards.last_weight(patient),
        *guards.freshness(course, site),
        *guards.clearance(course, patient, site),
    ]
    if site_file.example:
        message = "computed for the example site; give your hospital's own file"
        findings.append(Finding("example-site", "note", "site", message))
    if regimen.status == "retired":
        message = f"the regimen is retired; {regimen.replaced_by} replaces it"
        findings.append(Finding("regimen-retired", "stop", "status", message))
    return findings


def _dispensed(
    settled: Settled, given: list[Administration], about: Circumstances, where: str
) -> tuple[list[Administration], list[Finding]]:
    """Prepare what is given of an order, and judge what was computed."""
    amounts = {each.dose.amount for each in given}
    findings = [
        *guards.doses(settled, amounts, about, where),
        *guards.not_judged(settled.order.route, about),
        *guards.clock_changes(settled.order, given),
    ]
    shelf = dispensing.stock(settled.order, about)
    if isinstance(shelf, Finding):
        return given, [*findings, shelf]
    prepared, found = dispensing.dispense(given, shelf, about, where)
    return prepared, findings + found


def _given(  # noqa: PLR0913, PLR0917 - what decides about doses and moments
    settled: Settled, patient: Patient, size: Size, first: date, site: Site,
    findings: list[Finding],
) -> list[Administration]:  # fmt: skip
    """Place every administration of an order at its moment, with its dose."""
    order = settled.order
    clock = _clock(order, site)
    if clock is None:
        message = f"{order.id} is given {order.times} times a day; the site names no such times"
        findings.append(Finding("clock-missing", "stop", f"site.clock.{order.times}", message))
        return []
    dated = slots(order, settled.every, settled.days, first, run=settled.run)
    doses: dict[Moment | None, Dose] = {}
    given = []
    for place, (slot, day, start) in enumerate(dated, 1):
        at = moment(day, clock[slot.number - 1], site.time_zone)
        if at is None:
            findings.append(_clock_change(slot, clock, day, site))
            continue
        if start not in doses:
            doses[start] = _dose(settled, patient, size, start)
        several = len(settled.days.numbers) > 1
        label = f"dose {place} of {len(dated)}"
        if several:
            label = f"cycle {slot.cycle}, day {slot.day}"
        given.append(Administration(slot, order, at, doses[start], label))
    return given


def _dose(settled: Settled, patient: Patient, size: Size, start: Moment | None) -> Dose:
    order = settled.order
    strength = _strength(order, patient, start)
    given = dose(order, strength, patient, size, len(settled.days.numbers))
    fitting = row(order, patient) if start is None else None
    if fitting is None:
        return given
    return given._replace(working=f"{given.working} ({fitting.when})")


def _clock(order: Order, site: Site) -> tuple[time, ...] | None:
    if order.at == "bedtime":
        return (site.bedtime,)
    clock = site.clock.get(order.times)
    return clock.times if clock else None


def _strength(order: Order, patient: Patient, start: Moment | None) -> Strength:
    """Give the dose in force: that of the later start, of the fitting row, or of the order."""
    if start is not None:
        later = order.later[start].dose
        if later is not None:
            return later
    fitting = row(order, patient)
    if fitting is not None:
        return fitting.dose
    if isinstance(order.dose, Strength):
        return order.dose
    raise CourseError({"regimen": f"{order.id} has neither a dose nor a table of doses"})


def _items(
    regimen: Regimen, course: Course, patient: Patient, given: list[Administration]
) -> list[Dated]:
    """Place every item that is for this patient, to the last day of the course."""
    if not given:
        return []
    until = given[-1].at.date() + timedelta(days=1)
    found = [
        Dated(number, item, on)
        for number, item in enumerate(regimen.items, 1)
        if not (item.where and patient.may_be_pregnant is False)
        for on in item_days(item, course.start, until)
    ]
    return sorted(found, key=lambda one: (one.on, one.number))


def _clock_change(slot: Slot, clock: tuple[time, ...], day: date, site: Site) -> Finding:
    message = (
        f"{slot.order}: {clock[slot.number - 1]:%H:%M} on {print_date(day)} does not exist once in "
        f"{site.time_zone}, because the clocks change; choose another clock time in the site file"
    )
    return Finding("clock-change", "stop", "site.clock", message)
