"""From what is due to administrations: each dose at its moment, by the measures of its time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time

from posology.course.changes import Changed, Due
from posology.course.inputs import Settled
from posology.dosing import weight
from posology.dosing.dose import dose, row
from posology.dosing.measures import Measured, known
from posology.errors import CourseError
from posology.model import (
    Administration,
    Course,
    Dose,
    Finding,
    Moment,
    Order,
    Patient,
    Place,
    Position,
    Regimen,
    Site,
    Slot,
    StatedDose,
    print_date,
)
from posology.scheduling.dates import moment


def measured(
    after: Changed, course: Course, regimen: Regimen, site: Site, settled: Sequence[Settled]
) -> list[Measured]:
    """Complete the measures of each time; the first are those of the course."""
    found = []
    for index, (given, first) in enumerate(after.patients):
        days = [due.on for slot, due in after.dues.items()
                if after.patient.get(slot, 0) == index and not due.absent]  # fmt: skip
        on = min(days, default=first)  # later changes may have put the dose on another day
        own = course.model_copy(update={"patient": given, "start": on})
        patient = known(own, regimen, site)
        sizes = {one.order.id: weight.size(patient, site, one.order.drug) for one in settled}
        found.append(Measured(own, patient, sizes))
    for one in settled:
        rhythms = {(fit.every, fit.days) for each in found if (fit := row(one.order, each.patient))}
        if len(rhythms) > 1:
            message = (
                f"with the new measures {one.order.id} is given in another rhythm; stop it, and "
                "start a new course"
            )
            raise CourseError({"changes": message})
    return found


def administrations(
    settled: Settled, dues: Sequence[Due], after: Changed, times: Sequence[Measured], site: Site
) -> Iterator[Administration | Finding]:
    """Place every dose of an order at its moment, those that are not given too.

    Gives in their place a finding where a clock time is missing or does not exist once.
    """
    order = settled.order
    clock = _clock(order, site)
    if clock is None:
        message = f"{order.id} is given {order.times} times a day; the site names no such times"
        yield Finding("clock-missing", "stop", Place.of("site", "clock", order.times), message, ())
        return
    doses: dict[tuple[Moment | None, int, StatedDose | None], Dose] = {}
    for number, due in enumerate(dues, 1):
        slot, _, start = due.placed
        at = due.clock or clock[slot.number - 1]
        when = moment(due.on, at, site.time_zone)
        if when is None and (due.absent or due.recorded):
            when = datetime.combine(due.on, at, site.time_zone.info)  # nothing is planned then
        if when is None:
            yield _clock_change(slot, at, due, site)
            continue
        index, strength = after.patient.get(slot, 0), after.changed_doses.get(slot)
        now = times[index]
        if (start, index, strength) not in doses:
            doses[start, index, strength] = _dose(settled, now, start, strength)
        given = doses[start, index, strength].amount
        if due.recorded and due.recorded.amount.dimension != given.dimension:
            message = f"{slot} is planned as {given}, recorded as {due.recorded.amount}"
            raise CourseError({"changes": f"{message}; record it in the unit of the dose"})
        yield Administration(
            slot=slot,
            order=order,
            at=when,
            dose=doses[start, index, strength],
            position=Position(number, len(dues), slot, by_cycle=len(settled.days.numbers) > 1),
            size=now.sizes[order.id],
            weight=now.patient.weight,
            recorded=due.recorded,
            shifted=(due.on - due.placed.date).days,
        )


def _dose(
    settled: Settled, now: Measured, start: Moment | None, instead: StatedDose | None
) -> Dose:
    order, patient = settled.order, now.patient
    stated = _strength(order, patient, start)
    days = len(settled.days.numbers)
    given = dose(order, instead or stated, patient, now.sizes[order.id], days)
    fitting = row(order, patient) if start is None else None
    if instead:
        return given._replace(working=f"{given.working} ({instead} in place of {stated})")
    return given._replace(working=f"{given.working} ({fitting.when})") if fitting else given


def _clock(order: Order, site: Site) -> tuple[time, ...] | None:
    if order.at == "bedtime":
        return (site.bedtime,)
    clock = site.clock.get(order.times)
    return clock.times if clock else None


def _strength(order: Order, patient: Patient, start: Moment | None) -> StatedDose:
    """Give the dose in force: that of the later start, of the fitting row, or of the order."""
    later = order.later[start].dose if start is not None else None
    if later is not None:
        return later
    fitting = row(order, patient)
    if fitting is not None:
        return fitting.dose
    if isinstance(order.dose, StatedDose):
        return order.dose
    raise CourseError({"regimen": f"{order.id} has neither a dose nor a table of doses"})


def _clock_change(slot: Slot, at: time, due: Due, site: Site) -> Finding:
    message = (
        f"{slot.order}: {at:%H:%M} on {print_date(due.on)} does not exist once in "
        f"{site.time_zone}, because the clocks change; choose another clock time in the site file"
    )
    return Finding(
        "clock-change", "stop", Place.of("site", "clock"), message, (f"{at:%H:%M}", due.on)
    )
