"""Turn due doses into administrations, each with the measures in force on its day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

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

_HALF_A_DAY = timedelta(hours=12)


def measured(
    after: Changed, course: Course, regimen: Regimen, site: Site, settled: Sequence[Settled]
) -> list[Measured]:
    """Complete each set of measures. The first set is that of the course."""
    found = []
    for index, (inputs, first) in enumerate(after.patients):
        days = [due.on for slot, due in after.dues.items()
                if after.patient.get(slot, 0) == index and not due.absent]  # fmt: skip
        on = min(days, default=first)  # later changes may have put the dose on another day
        later_course = course.model_copy(update={"patient": inputs, "start": on})
        patient = known(later_course, regimen, site)
        sizes = {each.order.id: weight.size(patient, site, each.order.drug) for each in settled}
        found.append(Measured(later_course, patient, sizes))
    for order in (each.order for each in settled):
        rows = [row(order, current.patient) for current in found]
        rhythms = {(fitting.every, fitting.days) for fitting in rows if fitting}
        if len(rhythms) > 1:
            message = (
                f"the new measures change the rhythm of {order.id}; stop the order, and start a "
                "new course"
            )
            raise CourseError({"changes": message})
    return found


def placed_doses(
    settled: Settled, dues: Sequence[Due], after: Changed, times: Sequence[Measured], site: Site
) -> Iterator[Administration | Finding]:
    """Place every dose of an order at its moment, including doses that are not given.

    Gives a finding instead if a clock time is missing, or does not exist exactly once.
    """
    order = settled.order
    clock = _clock(order, site)
    if clock is None:
        message = (
            f"{order.id}: the site has no clock times for {order.times} doses a day; add them "
            "to the site file"
        )
        yield Finding("clock-missing", "stop", Place.of("site", "clock", order.times), message, ())
        return
    doses: dict[tuple[Moment | None, int, StatedDose | None], Dose] = {}
    planned_slots = [due.placed.slot for due in dues if due.placed.slot.number <= order.times]
    numbers = {slot: number for number, slot in enumerate(planned_slots, 1)}
    for due in dues:
        slot, _, start = due.placed
        at = due.clock or clock[slot.number - 1]
        when = moment(due.on, at, site.time_zone)
        if due.recorded and due.recorded.moment:
            when = due.recorded.moment  # another zone of the site does not change it
        if when is None and (due.absent or due.recorded):
            when = datetime.combine(due.on, at, site.time_zone.info)  # nothing is planned then
        if when is None:
            yield _clock_change(slot, at, due, site)
            continue
        index, changed_dose = after.patient.get(slot, 0), after.changed_doses.get(slot)
        current = times[index]
        if (start, index, changed_dose) not in doses:
            doses[start, index, changed_dose] = _dose(settled, current, start, changed_dose)
        planned = doses[start, index, changed_dose].amount
        if due.recorded and due.recorded.amount.dimension != planned.dimension:
            message = f"{slot} is planned as {planned}, recorded as {due.recorded.amount}"
            raise CourseError({"changes": f"{message}; record it in the unit of the dose"})
        yield Administration(
            slot=slot,
            order=order,
            at=when,
            dose=doses[start, index, changed_dose],
            position=Position(
                number=numbers[slot._replace(number=min(slot.number, order.times))],
                of=len(planned_slots),
                slot=slot,
                by_cycle=len(settled.days.numbers) > 1,
                again=slot.number > order.times,
                recorded=due.recorded is not None,
            ),
            size=current.sizes[order.id],
            weight=current.patient.weight,
            recorded=due.recorded,
            shifted=(due.on - due.placed.date).days,
            late=_late(due, when, clock[min(slot.number, order.times) - 1], site),
        )


def _late(due: Due, when: datetime, at: time, site: Site) -> int:
    """Count the days by which a recorded dose lies beside its planned day, if only by hours.

    Hours are less than 12, Posology's own number: a daily dose is then nearer to its own time than
    to that of the next. The time between the two doses is judged as it was.
    """
    if due.before is None or due.recorded is None:
        return 0
    day, clock = due.before
    planned = datetime.combine(day, clock or at, site.time_zone.info)
    apart = abs(when.astimezone(UTC) - planned.astimezone(UTC))
    return (when.date() - day).days if apart < _HALF_A_DAY else 0


def _dose(
    settled: Settled, current: Measured, start: Moment | None, instead: StatedDose | None
) -> Dose:
    order, patient = settled.order, current.patient
    stated = _stated_dose(order, patient, start)
    days = len(settled.days.numbers)
    computed = dose(order, instead or stated, patient, current.sizes[order.id], days)
    fitting = row(order, patient) if start is None else None
    if instead:
        return computed._replace(working=f"{computed.working} ({instead} in place of {stated})")
    return (
        computed._replace(working=f"{computed.working} ({fitting.when})") if fitting else computed
    )


def _clock(order: Order, site: Site) -> tuple[time, ...] | None:
    if order.at == "bedtime":
        return (site.bedtime,)
    clock = site.clock.get(order.times)
    return clock.times if clock else None


def _stated_dose(order: Order, patient: Patient, start: Moment | None) -> StatedDose:
    """Find the stated dose: of the later start, else of the fitting row, else of the order."""
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
