"""Turn due doses into administrations, each with the measures in force on its day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import NamedTuple

from posology.course.changes import Changed, Due
from posology.course.settled import Settled
from posology.dosing import weight
from posology.dosing.dose import dose, limited, row
from posology.dosing.measures import Measured, known
from posology.errors import CourseError
from posology.model import (
    Administration,
    Course,
    Dose,
    Finding,
    Moment,
    Needed,
    Order,
    Part,
    Patient,
    Place,
    Position,
    Regimen,
    Site,
    Slot,
    StatedDose,
    print_date,
)
from posology.model.periods import HOURS_A_DAY
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
        rhythms = {
            (fitting.every, fitting.days, fitting.times or (fitting.every and fitting.every.times))
            for fitting in rows if fitting
        }  # fmt: skip
        if len(rhythms) > 1:
            message = (
                f"the new measures change the rhythm of {order.id}; stop the order, and start a "
                "new course"
            )
            raise CourseError({"changes": message})
    return found


class Around(NamedTuple):
    """What an order is placed in: the site, and the doses of the orders before it."""

    site: Site
    doses: Mapping[Slot, Administration]
    before: int = 0
    """How many doses of the order were given before this course, in its earlier cycles."""


def placed_doses(
    settled: Settled,
    dues: Sequence[Due],
    after: Changed,
    times: Sequence[Measured],
    around: "Around",
) -> Iterator[Administration | Finding]:
    """Place every dose of an order at its moment, including doses that are not given.

    Gives a finding instead if a clock time is missing, or does not exist exactly once.
    """
    order, parts, site = settled.order, settled.parts, around.site
    clocks = {due.placed.start: _clock(parts[due.placed.start], site) for due in dues}
    for start in (start for start, clock in clocks.items() if not clock):
        message = (
            f"{order.id}: the site has no clock times for {parts[start].times} doses a day; add "
            "them to the site file"
        )
        place = Place.of("site", "clock", parts[start].times)
        yield Finding("clock-missing", "stop", place, message, ())
        return
    doses: dict[tuple[Moment | None, int, StatedDose | None], Dose] = {}
    positions = _positions(dues, parts, around.before)
    for due in dues:
        slot, _, start, a_day = due.placed
        hour = clocks[start][min(slot.number, a_day, len(clocks[start])) - 1]
        other = around.doses.get(after.links[slot][0]) if slot in after.links else None
        when = _beside(due, order, other) or _moment(due, hour, site)
        if when is None:
            yield _clock_change(slot, due.clock or hour[1], due, site)
            continue
        index, changed_dose = after.patient.get(slot, 0), after.changed_doses.get(slot)
        current = times[index]
        shared = _share(order, other, current.patient)
        if shared is None and (start, index, changed_dose) not in doses:
            doses[start, index, changed_dose] = _dose(settled, current, start, changed_dose)
        computed = shared or doses[start, index, changed_dose]
        planned = computed.amount
        if due.recorded and due.recorded.amount.dimension != planned.dimension:
            message = f"{slot} is planned as {planned}, recorded as {due.recorded.amount}"
            raise CourseError({"changes": f"{message}; record it in the unit of the dose"})
        yield Administration(
            slot=slot,
            order=order,
            at=when,
            dose=computed,
            position=positions[slot],
            size=current.sizes[order.id],
            weight=current.patient.weight,
            recorded=due.recorded,
            shifted=(due.on - due.placed.date).days,
            late=_late(due, when, hour, site),
        )


def _positions(
    dues: Sequence[Due], parts: Mapping[Moment | None, Part], before: int
) -> dict[Slot, Position]:
    """Say where each dose stands among all of its order, those before the course included."""
    planned = [due.placed.slot for due in dues if not due.again]
    numbers = {slot: number for number, slot in enumerate(planned, before + 1)}
    by_cycle = any(len(part.days.numbers) > 1 for part in parts.values())
    return {
        slot: Position(
            number=numbers[slot._replace(number=min(slot.number, times))],
            of=before + len(planned),
            slot=slot,
            by_cycle=by_cycle,
            again=due.again,
            recorded=due.recorded is not None,
            times=times,
        )
        for due in dues
        for slot, times in [(due.placed.slot, due.placed.times)]
    }


def _beside(due: Due, order: Order, other: Administration | None) -> datetime | None:
    """Give the moment of a dose that is given so long before or after another one."""
    when = order.beside.when if order.beside else None
    if when is None or other is None or not when.timed or due.recorded or due.clock:
        return None
    at = other.at.astimezone(UTC) + timedelta(minutes=when.minutes)
    return at.astimezone(other.at.tzinfo)


def _share(order: Order, other: Administration | None, patient: Patient) -> Dose | None:
    """Compute a dose that is a part of another one, as that one is computed."""
    if order.beside is None or order.beside.share is None or other is None:
        return None
    share = order.beside.share
    amount = other.dose.amount * (Fraction(share.removesuffix(" %")) / 100)
    working = f"{share} of {other.dose.amount} {other.order.drug} = {amount}"
    return limited(order, patient, Dose(amount, working))


def _moment(due: Due, hour: tuple[int, time], site: Site) -> datetime | None:
    """Give the moment of a dose; None if it does not exist exactly once."""
    later, at = hour
    on = due.on if due.clock or due.recorded else due.on + timedelta(days=later)
    at = due.clock or at
    zone = due.zone if not due.clock and not due.recorded else None
    when = moment(on, at, zone or site.time_zone)
    if when and zone:
        when = when.astimezone(UTC).astimezone(site.time_zone.info)
    if due.recorded and due.recorded.moment:
        when = due.recorded.moment  # another zone of the site does not change it
    if when is None and (due.absent or due.recorded):
        when = datetime.combine(on, at, site.time_zone.info)  # nothing is planned then
    return when


def _late(due: Due, when: datetime, hour: tuple[int, time], site: Site) -> int:
    """Count the days by which a recorded dose lies beside its planned day, if only by hours.

    A dose by the clocks of another zone counts for its day there.

    Hours are less than 12, Posology's own number: a daily dose is then nearer to its own time than
    to that of the next. The time between the two doses is judged as it was.
    """
    if due.recorded is None and due.zone and not due.clock:
        return (when.date() - due.on - timedelta(days=hour[0])).days
    if due.before is None or due.recorded is None:
        return 0
    day, clock = due.before
    later, at = (0, clock) if clock else hour
    zone = due.zone if due.zone and not clock else site.time_zone
    planned = datetime.combine(day + timedelta(days=later), at, zone.info)
    apart = abs(when.astimezone(UTC) - planned.astimezone(UTC))
    return (when.date() - day).days if apart < _HALF_A_DAY else 0


def _dose(
    settled: Settled, current: Measured, start: Moment | None, instead: StatedDose | None
) -> Dose:
    order, patient = settled.order, current.patient
    part = settled.parts[start]
    stated = _stated_dose(order, patient, part)
    size = current.sizes[order.id]
    computed = dose(order, instead or stated, patient, size, (len(part.days.numbers), part.times))
    fitting = row(order, patient) if part.dose is None else None
    if instead:
        return computed._replace(working=f"{computed.working} ({instead} in place of {stated})")
    return (
        computed._replace(working=f"{computed.working} ({fitting.when})") if fitting else computed
    )


def as_needed(settled: Iterable[Settled], current: Measured) -> tuple[Needed, ...]:
    """Compute one dose of each order that is taken only as needed."""
    return tuple(
        Needed(each.order, *_dose(each, current, None, None)) for each in settled
        if each.order.as_needed
    )  # fmt: skip


def _clock(part: Part, site: Site) -> list[tuple[int, time]]:
    """Give the clock time of each dose of a day, and how many days later it falls.

    Empty if the site names none.
    """
    if part.at == "bedtime":
        return [(0, site.bedtime)]
    if part.at:
        return [(0, at) for at in part.at.times]
    if part.every.unit != "hour":
        named = site.clock.get(part.times)
        return [(0, at) for at in named.times] if named else []
    single = site.clock.get(1)
    if single is None:
        return []
    # True intervals from the hour of a single dose; the last may fall on the next date.
    first = single.times[0]
    hours = [first.hour + part.every.number * number for number in range(part.times)]
    return [(hour // HOURS_A_DAY, first.replace(hour=hour % HOURS_A_DAY)) for hour in hours]


def _stated_dose(order: Order, patient: Patient, part: Part) -> StatedDose:
    """Find the stated dose: of the later start or the order, else of the fitting row."""
    if part.dose is not None:
        return part.dose
    fitting = row(order, patient)
    if fitting is not None:
        return fitting.dose
    raise CourseError({"regimen": f"{order.id} has neither a dose nor a table of doses"})


def _clock_change(slot: Slot, at: time, due: Due, site: Site) -> Finding:
    message = (
        f"{slot.order}: {at:%H:%M} on {print_date(due.on)} does not exist once in "
        f"{due.zone or site.time_zone}, because the clocks change; choose another clock time in "
        "the site file"
    )
    return Finding(
        "clock-change", "stop", Place.of("site", "clock"), message, (f"{at:%H:%M}", due.on)
    )
