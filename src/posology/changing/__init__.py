"""What changes do to a course: when each dose is due, for which measures, by which strength.

Changes are applied in order, each to what the earlier ones left. What is recorded as given
never changes. Knows no drugs and computes no dose.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pydantic import ValidationError

from posology.changing.dates import APPLY, Due, Refused, held_by, reached_by
from posology.course import Settled
from posology.errors import CourseError
from posology.model import (
    Change,
    Course,
    Extend,
    Measures,
    Patient,
    Reduce,
    Slot,
    Strength,
    Undo,
    print_date,
)
from posology.model.change import describe
from posology.scheduling import Placed

__all__ = ["Changed", "Due", "changed", "extended", "in_force"]


class Changed(NamedTuple):
    """A course after its changes."""

    dues: Mapping[Slot, Due]
    patients: tuple[tuple[Patient, date], ...]
    """The measures, each from its day on; the first are those of the course."""
    patient: Mapping[Slot, int]
    """Which of them a dose is computed for; the first where it is not named."""
    strengths: Mapping[Slot, Strength]
    """In place of the regimen's."""


def in_force(changes: Sequence[Change]) -> list[Change]:
    """Drop what was taken back; raises CourseError where there is nothing to take back."""
    kept: list[Change] = []
    for change in changes:
        if not isinstance(change, Undo):
            kept.append(change)
        elif kept and kept[-1].kind != "replan":
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


def changed(course: Course, settled: Mapping[str, Settled], slots: Sequence[Placed]) -> Changed:
    """Apply the changes of a course, in order; raises CourseError for one that cannot be taken."""
    dues = {one.slot: Due(one, one.date, one.date) for one in slots}
    patients = [(course.patient, course.start)]
    patient: dict[Slot, int] = {}
    strengths: dict[Slot, Strength] = {}
    before = date.min
    for number, change in enumerate(in_force(course.changes), 1):
        try:
            if change.on < before:
                raise Refused(f"is dated before the change that precedes it, {print_date(before)}")  # noqa: TRY301 - told below
            before = change.on
            if isinstance(change, Measures):
                reached = _computed_anew(change, dues, settled, course.start)
                patients.append((_measured(patients[-1][0], change), dues[reached[0]].on))
                patient |= dict.fromkeys(reached, len(patients) - 1)
            elif isinstance(change, Reduce):
                reached = _computed_anew(change, dues, settled, course.start)
                _is_a_step(change, settled)
                strengths |= dict.fromkeys(reached, change.to)
            elif type(change) in APPLY:
                APPLY[type(change)](change, dues, settled)
        except Refused as refused:
            message = f"change {number} ({describe(change)}) {refused}"
            raise CourseError({"changes": message}) from None
    return Changed(dues, tuple(patients), patient, strengths)


def _computed_anew(
    change: Measures | Reduce, dues: Mapping[Slot, Due], settled: Mapping[str, Settled], start: date
) -> list[Slot]:
    """List the doses that are computed anew; none of them may lie in the past."""
    if isinstance(change, Measures) and not change.what.order:
        # Where no dose depends on a measure the cycles of that order do not count.
        settled = {
            name: one for name, one in settled.items()
            if one.order.by_weight or one.order.by_surface or one.order.measures
        } or settled  # fmt: skip
    own = {slot: due for slot, due in dues.items() if slot.order in settled}
    reached = reached_by(change.what, own, settled)
    if isinstance(change, Reduce) and len({slot.order for slot in reached}) > 1:
        raise Refused(f'must name its order, as in "{change.what} of {reached[0].order}"')
    first = dues[reached[0]].on
    if first < change.on and change.on > start:
        message = (
            f"would change {reached[0]} of {print_date(first)}, before {print_date(change.on)}; "
            "record what was given, and choose a later cycle"
        )
        raise Refused(message)
    return [*reached, *held_by(change.what, own)]


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
    for name in change.values:
        for old in replaced.get(name, ()):
            texts.pop(old, None)
    try:
        return Patient.model_validate({**texts, **change.values})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        told = fault.get("ctx", {}).get("error", fault["msg"])
        raise Refused(f"gives a measure that cannot be read: {told}") from None


def _is_a_step(change: Reduce, settled: Mapping[str, Settled]) -> None:
    name = change.what.order or next(iter(settled))
    steps = [step.dose for step in settled[name].order.steps]
    if change.to not in steps and not change.exception:
        listed = " or ".join(map(str, steps)) or "none"
        message = (
            f"is no step of the regimen (steps: {listed}); an exception needs two names "
            "(--by and --checked-by)"
        )
        raise Refused(message)
