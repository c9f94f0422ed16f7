"""What changes do to a course: when each dose is due, for which measures, by which dose.

Each change applies to the result of the earlier ones. Only another record changes what is
recorded as given. Knows no drugs and computes no dose.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from pydantic import ValidationError

from posology.course.moves import LEFT_OUT, NOT_GIVEN, Due, Dues, Refused, move, reached_by
from posology.course.settled import Settled
from posology.course.steps import require_steps
from posology.dosing.dose import row
from posology.errors import CourseError, DosingError
from posology.model import Course, Patient, Slot, StatedDose, Stock, print_date
from posology.model.change import (
    Change,
    Delay,
    Extend,
    Measures,
    Raise,
    Reduce,
    Replan,
    Switch,
    Undo,
)
from posology.model.changing import describe
from posology.scheduling.dates import Placed, onto_working_days

__all__ = ["Changed", "Due", "changed", "extended", "in_force"]


Links = Mapping[Slot, tuple[Slot, int]]
"""For a dose that follows one of another order: that dose, and by how many days."""


class Changed(NamedTuple):
    """A course after its changes."""

    dues: Mapping[Slot, Due]
    patients: tuple[tuple[Patient, date], ...]
    """The measures, each from its day on; the first are those of the course."""
    patient: Mapping[Slot, int]
    """Which of them a dose is computed for, by index; a dose that is missing uses the first."""
    changed_doses: Mapping[Slot, StatedDose]
    """Doses that replace those of the regimen."""
    products: Mapping[Slot, Stock]
    """Products that replace the one picked at the beginning, or the site's."""
    links: Links
    """The doses that follow one of another order."""


def in_force(changes: Sequence[Change]) -> list[Change]:
    """Drop the changes that were taken back; raises CourseError if there is none to take back."""
    return [change for _, change in _numbered(changes)]


def _numbered(changes: Sequence[Change]) -> list[tuple[int, Change]]:
    """Give the changes in force, each with the number of its revision."""
    kept: list[tuple[int, Change]] = []
    for number, change in enumerate(changes, 1):
        if not isinstance(change, Undo):
            kept.append((number, change))
        elif kept and not isinstance(kept[-1][1], Replan):
            kept.pop()
        else:
            message = "there is no change to take back"
            raise CourseError({"changes": message})
    return kept


def extended(course: Course) -> Course:
    """Add the cycles that changes add."""
    added = sum(change.cycles for change in in_force(course.changes) if isinstance(change, Extend))
    if not added:
        return course
    if course.cycles is None:
        message = "the source states the duration, so cycles cannot be added"
        raise CourseError({"changes": message})
    return course.model_copy(update={"cycles": course.cycles + added})


def changed(  # noqa: PLR0913 - what a course consists of before its changes
    course: Course, settled: Mapping[str, Settled], slots: Sequence[Placed],
    works: Callable[[date], bool], links: Links, *, kept: int = 0,
) -> Changed:  # fmt: skip
    """Apply the changes of a course, in order; raises CourseError for one that cannot be taken.

    ``kept``: how many of them a course file holds; whether a step was the next one was judged then.

    First shifts orders for working days only, at their days in the regimen. Later shifts only the
    doses that a change has put on another day.
    """
    dues = {placed.slot: Due(placed, placed.date, placed.date) for placed in slots}
    _onto_working_days(dues, dues, settled, works, date.min)
    _follow(dues, links)
    dues = {slot: due._replace(planned=due.on) for slot, due in dues.items()}
    so_far = _SoFar(dues, [(course.patient, course.start)], {}, {}, {})
    previous = date.min
    for number, change in _numbered(course.changes):
        before_change = dict(dues)
        try:
            if change.on < previous:
                raise Refused(f"is dated before the previous change, {print_date(previous)}")  # noqa: TRY301 - reported below
            previous = change.on
            _must_lead(change, settled)
            _apply(change, so_far, settled, new=number > kept)
            _follow(dues, links)
        except Refused as refused:
            message = f"revision {number} ({describe(change)}) {refused}"
            raise CourseError({"changes": message}) from None
        shifted = {
            slot: due for slot, due in dues.items()
            if slot in before_change and due.on != before_change[slot].on
        }  # fmt: skip
        _onto_working_days(dues, shifted, settled, works, change.on)
        _follow(dues, links)
    return Changed(
        dues=so_far.dues,
        patients=tuple(so_far.patients),
        patient=so_far.patient,
        changed_doses=so_far.changed_doses,
        products=so_far.products,
        links=links,
    )


def _must_lead(change: Change, settled: Mapping[str, Settled]) -> None:
    """Refuse to delay an order that follows another one, by itself."""
    entry = settled.get(change.what.order) if isinstance(change, Delay) else None
    if entry and entry.order.beside:
        other = entry.order.beside.order
        message = (
            f"delays {entry.order.id}, which follows {other}; delay {other}, or move single doses"
        )
        raise Refused(message)


def _follow(dues: Dues, links: Links) -> None:
    """Put each dose that follows another one where that one is; what is not given is not followed.

    A dose that was recorded, or moved by hand, stays where it is.
    """
    for slot, (other, days) in links.items():
        due, first = dues[slot], dues[other]
        if not due.open or due.fixed:
            continue
        if first.absent and not due.absent:
            gone = LEFT_OUT if first.absent == NOT_GIVEN else first.absent
            due = due._replace(absent=gone, inherited=True)
        elif not first.absent and due.inherited:
            due = due._replace(absent="", inherited=False)
        on = first.on + timedelta(days=days)
        dues[slot] = due._replace(on=on, planned=on)


class _SoFar(NamedTuple):
    """The result of the changes so far: the parts of Changed, still growing."""

    dues: Dues
    patients: list[tuple[Patient, date]]
    patient: dict[Slot, int]
    changed_doses: dict[Slot, StatedDose]
    products: dict[Slot, Stock]


def _apply(change: Change, so_far: _SoFar, settled: Mapping[str, Settled], *, new: bool) -> None:
    """Apply one change to the result of the earlier ones; raises Refused."""
    match change:
        case Measures():
            _apply_measures(change, so_far, settled)
        case Reduce() | Raise():
            reached = _doses_to_compute(change, so_far.dues, settled)
            of = settled[reached[0].order]
            if new:
                require_steps(change, of, _in_force(reached, of, so_far))
            so_far.changed_doses.update(dict.fromkeys(reached, change.to))
        case Switch():
            reached = _doses_to_compute(change, so_far.dues, settled)
            so_far.products.update(dict.fromkeys(reached, change.to))
        case Extend() | Replan() | Undo():
            pass  # extended() adds cycles; record replans; in_force() takes back
        case _:  # the other kinds act on dates; mypy checks them against Moving
            move(change, so_far.dues, settled)


def _in_force(
    reached: Sequence[Slot], settled: Settled, so_far: _SoFar
) -> dict[Slot, StatedDose | None]:
    """Give the dose in force of each dose reached; None where a table leaves it open."""
    parts = settled.parts
    return {
        slot: so_far.changed_doses.get(slot)
        or parts[so_far.dues[slot].placed.start].dose
        or _of_the_table(settled, so_far.patients[so_far.patient.get(slot, 0)][0])
        for slot in reached
    }


def _of_the_table(settled: Settled, patient: Patient) -> StatedDose | None:
    try:
        fitting = row(settled.order, patient)
    except DosingError:  # as where a clearance is still to be computed
        return None
    return fitting.dose if fitting else None


def _apply_measures(change: Measures, so_far: _SoFar, settled: Mapping[str, Settled]) -> None:
    """Compute later doses for new measures."""
    dues, patients, patient = so_far[:3]
    reached = _doses_to_compute(change, dues, settled)
    known = {patient.get(slot, 0) for slot in reached}
    if len(known) > 1:
        raise Refused("reaches doses with different measures; change the later doses first")
    first = dues[reached[0]].on
    patients.append((_with_measures(patients[known.pop()][0], change), first))
    orders = {slot.order for slot in reached}
    also = [
        slot for slot, due in dues.items()
        if slot.order not in orders and due.on >= first and due.open and not change.what.order
    ]  # fmt: skip
    patient.update(dict.fromkeys([*reached, *also], len(patients) - 1))


def _onto_working_days(
    dues: dict[Slot, Due], to_shift: Mapping[Slot, Due], settled: Mapping[str, Settled],
    works: Callable[[date], bool], since: date,
) -> None:  # fmt: skip
    """Shift doses onto working days, cycle by cycle; not before ``since``, and no fixed dose."""
    cycles: dict[tuple[str, int], list[Slot]] = {}
    for slot, due in to_shift.items():
        if settled[slot.order].order.on and not due.fixed and due.open:
            cycles.setdefault((slot.order, slot.cycle), []).append(slot)
    for (name, _), in_cycle in cycles.items():
        tolerance = settled[name].order.tolerance
        days = sorted({dues[slot].on for slot in in_cycle})
        most = tolerance.fewest_days if tolerance else 0
        moved = onto_working_days(days, lambda day: day >= since and works(day), most)
        new = dict(zip(days, moved or days, strict=True))
        for slot in in_cycle:
            dues[slot] = dues[slot]._replace(on=new[dues[slot].on])


def _doses_to_compute(
    change: Measures | Reduce | Raise | Switch,
    dues: Mapping[Slot, Due],
    settled: Mapping[str, Settled],
) -> list[Slot]:
    """List the doses that the change computes again; none may lie in the past."""
    if isinstance(change, Measures) and not change.what.order:
        # Where no dose depends on a measure the cycles of that order do not count.
        settled = {
            name: entry for name, entry in settled.items()
            if entry.order.by_weight or entry.order.by_surface or entry.order.measures
        } or settled  # fmt: skip
    concerned = {slot: due for slot, due in dues.items() if slot.order in settled}
    reached = reached_by(change.what, concerned, settled, change.on)
    named = change.what.order or change.what.kind == "dose"
    if not isinstance(change, Measures) and not named and len(settled) > 1:
        raise Refused(f'must name its order, as in "{change.what} of {reached[0].order}"')
    return reached


def _with_measures(patient: Patient, change: Measures) -> Patient:
    """Give the patient with new measures; an old one that they replace is dropped."""
    texts = {**patient.texts}
    if "weight" in change.values:
        texts["last_weight"] = texts["weight"]
        texts.pop("weighed", None)
    replaced = {
        "creatinine": ("sampled", "creatinine_clearance"),
        "creatinine_clearance": ("creatinine", "sampled"),
        "neutrophils": ("counted",),
        "platelets": ("counted",),
        "age": ("birth_year",),
        "birth_year": ("age",),
    }
    for day in ("weighed", "sampled", "counted"):
        if change.values.get(day, "") > change.on.isoformat():
            raise Refused(f"is dated {print_date(change.on)}, before the measure was taken")
    counts = {"neutrophils", "platelets"} & texts.keys()
    if "counted" in change.values and not counts <= change.values.keys():
        raise Refused(f"dates the counts; enter {' and '.join(sorted(counts))} of that day, each")
    new_counts = {"neutrophils", "platelets"} & change.values.keys()
    if new_counts and "counted" in texts and "counted" not in change.values:
        raise Refused("gives a count without its day; enter counted, the day of the blood count")
    for name in change.values:
        for old in replaced.get(name, ()):
            texts.pop(old, None)
    try:
        return Patient.model_validate({**texts, **change.values})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        reason = fault.get("ctx", {}).get("error", fault["msg"])
        raise Refused(f"gives a measure that cannot be read: {reason}") from None
