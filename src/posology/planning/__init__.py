"""The one line that everything lies on: a course, the library and the site give a plan."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from posology import guards
from posology.checks import check
from posology.course import changes as changing
from posology.course.changes import Changed, Due
from posology.course.inputs import Settled, identity, settle
from posology.dispensing import orders as dispensing
from posology.dosing import weight
from posology.dosing.measures import Measured, known
from posology.errors import CourseError, DosingError
from posology.library import Library, SiteFile
from posology.model import (
    LEVELS,
    Absent,
    Administration,
    Circumstances,
    Course,
    Dated,
    Delay,
    Drug,
    Finding,
    Give,
    Patient,
    Plan,
    Recorded,
    Regimen,
    Site,
    Slot,
    Supplied,
    Total,
    print_date,
)
from posology.model.change import describe
from posology.planning import administrations as giving
from posology.scheduling import working_days as working
from posology.scheduling.dates import item_days, slots
from posology.text import shown


def plan(course: Course, library: Library, site_file: SiteFile) -> Plan:
    """Compute a plan; ``posology.plan`` says how."""
    entry = library.regimens.get(course.regimen)
    if entry is None:
        names = ", ".join(library.regimens)
        message = f"{shown(course.regimen)} is not in the library; regimens: {names}"
        raise CourseError({"regimen": message})
    regimen, site = entry.regimen, site_file.site
    whole = changing.extended(course)
    settled = settle(whole, regimen, known(course, regimen, site), weight.needs(regimen, site))
    placed = {
        one.order.id: slots(one.order, one.every, one.days, course.start, run=one.run)
        for one in settled
    }
    orders = {one.order.id: one for one in settled}
    works = working.works(site) if any(one.order.on for one in settled) else _every_day
    every = [slot for some in placed.values() for slot in some]
    after = changing.changed(whole, orders, every, works)
    times = giving.measured(after, course, regimen, site, settled)
    # The volume is judged below, for the product in stock and by the site's limit.
    findings = [one for one in check(regimen, library.drugs) if one.code != "volume"]
    for before, now in zip([None, *times], times, strict=False):
        findings += _of_the_inputs(now, regimen, site)
        if before and before.patient.weight != now.patient.weight:
            findings += guards.reweighed(now.patient)
    findings += _of_the_files(regimen, site_file)
    findings += _of_the_changes(course, orders)
    findings += guards.cycles_differ(settled)
    administrations: list[Administration] = []
    totals: list[Total] = []
    supplies: list[Supplied] = []
    about: dict[str, Circumstances] = {}
    first = min((due.on for due in after.dues.values() if not due.absent), default=course.start)
    findings += _after_a_pause(regimen, settled, library, after, first)
    for one in settled:
        drug = library.drugs.get(one.order.drug)
        dues = [after.dues[slot.slot] for slot in placed[one.order.id]]
        given, found = _of_an_order(one, dues, after, times, (regimen, site, drug))
        findings += found
        if not given:
            continue
        if drug is not None and one.order.route in drug.routes:
            about.setdefault(drug.name, _about(times[-1], regimen, site, drug, one))
        administrations += given
        totals.append(dispensing.total(one.order, given))
        supplies += dispensing.supplies(given, library.drugs, first)
        findings += guards.cut_cycles(one, given, dues)
        findings += guards.split_cycles(one, dues)
        findings += guards.clashes(one.order, given)
        findings += guards.slips(given)
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
        tuple(_items(regimen, first, times[-1].patient, administrations)),
        tuple(totals),
        tuple(supplies),
        times[-1].sizes,
        times[-1].patient,
        {name: own.drug for name, own in about.items()},
        library.combinations,
        tuple(sorted(dict.fromkeys(findings), key=lambda finding: LEVELS.index(finding.level))),
        tuple(
            Absent(slot, due.on, due.absent)
            for slot, due in sorted(after.dues.items(), key=lambda each: each[1].on)
            if due.absent
        ),
    )


def _every_day(_: date) -> bool:
    return True


def _of_the_inputs(now: Measured, regimen: Regimen, site: Site) -> list[Finding]:
    """Judge the patient's measures, those of the course or new ones."""
    patient = now.patient
    return [
        *guards.weight(patient.weight.to("kg"), site),
        *guards.measures(patient),
        *guards.last_weight(patient),
        *guards.freshness(now.course, site),
        *guards.clearance(now.course, patient, site),
        *(
            Finding("policy-exclusion", "review", "site.policies", message)
            for message in weight.excluded(regimen, site, now.sizes, patient)
        ),
    ]


def _of_the_files(regimen: Regimen, site_file: SiteFile) -> list[Finding]:
    """Say where the site or the regimen is not for use."""
    findings = []
    if site_file.example:
        message = "computed for the example site; give your hospital's own file"
        findings.append(Finding("example-site", "note", "site", message))
    if regimen.status == "retired":
        message = f"the regimen is retired; {regimen.replaced_by} replaces it"
        findings.append(Finding("regimen-retired", "stop", "status", message))
    return findings


def _of_the_changes(course: Course, orders: Mapping[str, Settled]) -> Iterator[Finding]:
    """Have acknowledged what the regimen does not foresee, and records that were corrected."""
    recorded: dict[Slot, Recorded | None] = {}
    for one in changing.in_force(course.changes):
        words = f"{describe(one)}; reason: {one.reason}"
        if one.exception:
            message = f"beyond what the regimen foresees: {words}; by {one.by} and {one.checked_by}"
            yield Finding("exception", "review", "changes", message)
        elif isinstance(one, Delay) and one.what.kind == "dose":
            tolerance = orders[one.what.order].order.tolerance
            if one.days > (tolerance.fewest_days if tolerance else 0):
                message = f"one dose is delayed alone, beyond the tolerance: {words}"
                yield Finding("delayed-alone", "review", "changes", message)
        elif isinstance(one, Give):
            for slot, record in one.doses.items():
                before = recorded.get(slot)
                if slot in recorded and before != record:
                    old, new = (each.words if each else "not given" for each in (before, record))
                    message = f"{slot}: the record was corrected from {old} to {new}"
                    yield Finding("record-corrected", "review", slot.order, message)
                recorded[slot] = record


def _about(
    now: Measured, regimen: Regimen, site: Site, drug: Drug, settled: Settled
) -> Circumstances:
    return Circumstances(now.course, regimen, site, now.patient, drug, now.sizes[settled.order.id])


def _of_an_order(
    settled: Settled,
    dues: Sequence[Due],
    after: Changed,
    times: Sequence[Measured],
    shelf: tuple[Regimen, Site, Drug | None],
) -> tuple[list[Administration], list[Finding]]:
    """Give what is given of an order, prepared, with rates; and judge what was computed.

    A cycle is prepared as it was planned, so that a dose that is not given changes no other.
    """
    regimen, site, drug = shelf
    order = settled.order
    where = f"orders[{regimen.orders.index(order)}].dose"
    findings: list[Finding] = []
    if order.on:
        findings += guards.not_on_working_days(settled, dues, site)
    planned: list[Administration] = []
    for one in giving.administrations(settled, dues, after, times, site):
        (findings if isinstance(one, Finding) else planned).append(one)  # type: ignore[arg-type]  # one or the other
    present = {due.placed.slot for due in dues if not due.absent}
    if drug is None or order.route not in drug.routes or not planned:
        return [one for one in planned if one.slot in present], findings
    about = [_about(now, regimen, site, drug, settled) for now in times]
    for index, own in enumerate(about):
        some = [one for one in planned if after.patient.get(one.slot, 0) == index]
        for changed in (False, True):
            amounts = {one.dose.amount for one in some if (one.slot in after.strengths) == changed}
            findings += guards.doses(settled, amounts, own, where, changed=changed)
    findings += guards.not_judged(order.route, about[-1])
    product = dispensing.stock(order, about[0])
    if isinstance(product, Finding):
        findings.append(product)
        return [one for one in planned if one.slot in present], findings
    prepared, found = dispensing.dispense(planned, product, about[0], where)
    findings += found
    given = sorted((one for one in prepared if one.slot in present), key=lambda one: one.at)
    findings += guards.clock_changes(order, given)
    try:
        given = dispensing.infused(given, product, about, after.patient)
        # How long a part of a dose ran in is not known; so nothing is said of it.
        return [one if one.as_planned else one._replace(infusion=None) for one in given], findings
    except DosingError as error:
        message = f"{order.id}: {error}"
        return given, [*findings, Finding("not-dispensable", "stop", where, message)]


def _after_a_pause(
    regimen: Regimen, settled: Sequence[Settled], library: Library, after: Changed, first: date
) -> Iterator[Finding]:
    """Ask for review where doses have been shifted unevenly, and tests or supplies have not."""
    limited = [one.order.drug for one in settled
               if (drug := library.drugs.get(one.order.drug)) and drug.supply]  # fmt: skip
    present = [due for due in after.dues.values() if not due.absent and not due.fixed]
    shifts = {(due.planned - due.placed.date).days for due in present}
    if (regimen.items or limited) and len(shifts) > 1:
        message = (
            f"doses have been shifted, and the tests and supplies are still counted from "
            f"{print_date(first)}; make sure that they fit"
        )
        yield Finding("items-not-shifted", "review", "items", message)


def _items(
    regimen: Regimen, first: date, patient: Patient, given: list[Administration]
) -> list[Dated]:
    """Place every item that is for this patient, from the first dose to the last."""
    if not given:
        return []
    until = given[-1].at.date() + timedelta(days=1)
    found = [
        Dated(number, item, on, (on - first).days)
        for number, item in enumerate(regimen.items, 1)
        if not (item.where and patient.may_be_pregnant is False)
        for on in item_days(item, first, until)
    ]
    return sorted(found, key=lambda one: (one.on, one.number))
