"""What changes do to a course: when each dose is due, for which measures, by which strength.

Changes are applied in order, each to what the earlier ones left. What is recorded as given
changes by another record only. Knows no drugs and computes no dose.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pydantic import ValidationError

from posology.course.inputs import Settled
from posology.course.moves import Due, Dues, Refused, move, reached_by
from posology.errors import CourseError
from posology.model import Course, Patient, Slot, StatedDose, print_date
from posology.model.change import (
    Change,
    Extend,
    Measures,
    Reduce,
    Replan,
    Undo,
    describe,
)
from posology.scheduling.dates import Placed, onto_working_days

__all__ = ["Changed", "Due", "changed", "extended", "in_force"]


class Changed(NamedTuple):
    """A course after its changes."""

    dues: Mapping[Slot, Due]
    patients: tuple[tuple[Patient, date], ...]
    """The measures, each from its day on; the first are those of the course."""
    patient: Mapping[Slot, int]
    """Which of them a dose is computed for; the first where it is not named."""
    changed_doses: Mapping[Slot, StatedDose]
    """In place of the regimen's."""


def in_force(changes: Sequence[Change]) -> list[Change]:
    """Drop what was taken back; raises CourseError where there is nothing to take back."""
    return [change for _, change in _numbered(changes)]


def _numbered(changes: Sequence[Change]) -> list[tuple[int, Change]]:
    """Give what is in force, with the number of its revision."""
    kept: list[tuple[int, Change]] = []
    for number, change in enumerate(changes, 1):
        if not isinstance(change, Undo):
            kept.append((number, change))
        elif kept and not isinstance(kept[-1][1], Replan):
            kept.pop()
        else:
            message = "there is no change that could be taken back"
            raise CourseError({"changes": message})
    return kept


def extended(course: Course) -> Course:
    """Add the cycles that changes add."""
    more = sum(one.cycles for one in in_force(course.changes) if isinstance(one, Extend))
    if not more:
        return course
    if course.cycles is None:
        message = "the source states the duration, so no cycles are added"
        raise CourseError({"changes": message})
    return course.model_copy(update={"cycles": course.cycles + more})


def changed(
    course: Course, settled: Mapping[str, Settled], slots: Sequence[Placed],
    works: Callable[[date], bool],
) -> Changed:  # fmt: skip
    """Apply the changes of a course, in order; raises CourseError for one that cannot be taken.

    What is given on working days only is shifted onto them first, as it stands in the regimen;
    later only what a change has put on another day.
    """
    dues = {one.slot: Due(one, one.date, one.date) for one in slots}
    _onto_working_days(dues, dues, settled, works, date.min)
    dues = {slot: due._replace(planned=due.on) for slot, due in dues.items()}
    so_far = _SoFar(dues, [(course.patient, course.start)], {}, {})
    before = date.min
    for number, change in _numbered(course.changes):
        was = dict(dues)
        try:
            if change.on < before:
                raise Refused(f"is dated before the change that precedes it, {print_date(before)}")  # noqa: TRY301 - told below
            before = change.on
            _apply(change, so_far, settled)
        except Refused as refused:
            message = f"revision {number} ({describe(change)}) {refused}"
            raise CourseError({"changes": message}) from None
        shifted = {slot: due for slot, due in dues.items() if due.on != was[slot].on}
        _onto_working_days(dues, shifted, settled, works, change.on)
    return Changed(dues, tuple(so_far.patients), so_far.patient, so_far.changed_doses)


class _SoFar(NamedTuple):
    """What the changes so far have left: the parts of Changed, while they grow."""

    dues: Dues
    patients: list[tuple[Patient, date]]
    patient: dict[Slot, int]
    changed_doses: dict[Slot, StatedDose]


def _apply(change: Change, so_far: _SoFar, settled: Mapping[str, Settled]) -> None:
    """Apply one change to what the earlier ones left; raises Refused."""
    match change:
        case Measures():
            _measure(change, so_far, settled)
        case Reduce():
            reached = _computed_anew(change, so_far.dues, settled)
            _is_a_step(change, settled[reached[0].order], so_far.changed_doses.get(reached[0]))
            so_far.changed_doses.update(dict.fromkeys(reached, change.to))
        case Extend() | Replan() | Undo():
            pass  # extended() adds cycles; record replans; in_force() takes back
        case _:  # all that is left acts on dates: mypy holds it against move's Moving
            move(change, so_far.dues, settled)


def _measure(change: Measures, so_far: _SoFar, settled: Mapping[str, Settled]) -> None:
    """Compute later doses for new measures."""
    dues, patients, patient, _ = so_far
    reached = _computed_anew(change, dues, settled)
    known = {patient.get(slot, 0) for slot in reached}
    if len(known) > 1:
        raise Refused("reaches doses with different measures; change the later first")
    first = dues[reached[0]].on
    patients.append((_measured(patients[known.pop()][0], change), first))
    orders = {slot.order for slot in reached}
    also = [
        slot for slot, due in dues.items()
        if slot.order not in orders and due.on >= first and due.open and not change.what.order
    ]  # fmt: skip
    patient.update(dict.fromkeys([*reached, *also], len(patients) - 1))


def _onto_working_days(
    dues: dict[Slot, Due], some: Mapping[Slot, Due], settled: Mapping[str, Settled],
    works: Callable[[date], bool], since: date,
) -> None:  # fmt: skip
    """Shift some doses, cycle by cycle, onto working days; not before a day, nor what is fixed."""
    cycles: dict[tuple[str, int], list[Slot]] = {}
    for slot, due in some.items():
        if settled[slot.order].order.on and not due.fixed and due.open:
            cycles.setdefault((slot.order, slot.cycle), []).append(slot)
    for (name, _), own in cycles.items():
        tolerance = settled[name].order.tolerance
        days = sorted({dues[slot].on for slot in own})
        most = tolerance.fewest_days if tolerance else 0
        moved = onto_working_days(days, lambda day: day >= since and works(day), most)
        new = dict(zip(days, moved or days, strict=True))
        for slot in own:
            dues[slot] = dues[slot]._replace(on=new[dues[slot].on])


def _computed_anew(
    change: Measures | Reduce, dues: Mapping[Slot, Due], settled: Mapping[str, Settled]
) -> list[Slot]:
    """List the doses that are computed anew; none of them may lie in the past."""
    if isinstance(change, Measures) and not change.what.order:
        # Where no dose depends on a measure the cycles of that order do not count.
        settled = {
            name: one for name, one in settled.items()
            if one.order.by_weight or one.order.by_surface or one.order.measures
        } or settled  # fmt: skip
    own = {slot: due for slot, due in dues.items() if slot.order in settled}
    reached = reached_by(change.what, own, settled, change.on)
    if isinstance(change, Reduce) and not change.what.order and len(settled) > 1:
        raise Refused(f'must name its order, as in "{change.what} of {reached[0].order}"')
    return reached


def _measured(patient: Patient, change: Measures) -> Patient:
    """Give the patient with new measures; an old one that they replace is dropped."""
    texts = {**patient.texts}
    if "weight" in change.values:
        texts["last_weight"] = texts["weight"]
        texts.pop("weighed", None)
    replaced = {
        "creatinine": ("sampled", "creatinine_clearance"),
        "creatinine_clearance": ("creatinine", "sampled"),
        "age": ("birth_year",),
        "birth_year": ("age",),
    }
    for day in ("weighed", "sampled"):
        if change.values.get(day, "") > change.on.isoformat():
            raise Refused(f"is dated {print_date(change.on)}, before the measure was taken")
    for name in change.values:
        for old in replaced.get(name, ()):
            texts.pop(old, None)
    try:
        return Patient.model_validate({**texts, **change.values})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        told = fault.get("ctx", {}).get("error", fault["msg"])
        raise Refused(f"gives a measure that cannot be read: {told}") from None


def _is_a_step(change: Reduce, settled: Settled, now: StatedDose | None) -> None:
    """Take the step below the strength in force; anything else is an exception."""
    order = settled.order
    stated = [stage.dose for stage in order.stages]
    if not any(one.amount.dimension == change.to.amount.dimension for one in stated):
        unit = stated[0].amount.unit if stated else "none"
        raise Refused(
            f"is in another unit than the regimen's dose, which is in {unit}; write it so"
        )
    steps = [step.dose for step in order.steps]
    below = steps[steps.index(now) + 1 :] if now in steps else steps if now is None else []
    if change.to not in below[:1] and not change.exception:
        listed = str(below[0]) if below else "none"
        message = (
            f"is not the next step of the regimen (next: {listed}); an exception needs two names "
            "(by, checked by)"
        )
        raise Refused(message)
