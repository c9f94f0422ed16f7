"""The inputs of a pharmacist to a course, and whether they settle what a regimen leaves open.

Decides nothing about doses or dates. What is missing is asked for, never guessed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter, ValidationError

from posology.errors import CourseError
from posology.model import (
    Course,
)
from posology.model.change import AnyChange
from posology.model.kinds import read_date
from posology.model.patient import MEASURE_FIELDS
from posology.model.people import SECOND_NAME, could_be_one, may_hold_a_year
from posology.quantity import Quantity
from posology.text import shown

_NAMESPACE = UUID("6d6f0c1e-7a58-5f0b-9d3c-0b6f3f0a2f51")
"""The namespace of our ids. It never changes, so a course keeps its id in every version."""


def make(  # noqa: PLR0913 - the inputs of a course, all named
    *,
    regimen: str,
    weight: str | Quantity,
    start: str | date,
    cycles: str | int | None = None,
    choices: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    reference: str | None = None,
    products: Mapping[str, str] | None = None,
    risks: Iterable[str] = (),
    others: Iterable[str] = (),
    last: Mapping[str, str] | None = None,
    first_cycle: str | int | None = None,
    before: Mapping[str, str] | None = None,
    **measures: str | None,
) -> Course:
    """Read a course from texts; raises CourseError with every input that cannot be used.

    ``measures`` are the fields of a Patient, such as ``height`` or ``creatinine``.
    """
    texts = {
        # A bare number has no unit. As a text it is refused with a message that says so.
        name: str(text) if isinstance(text, Fraction) else text
        for name, text in measures.items()
        if text is not None
    }
    data = {
        "regimen": regimen,
        "patient": {"weight": weight, **texts},
        "start": start,
        "cycles": cycles,
        "choices": {} if choices is None else choices,
        "without": without,
        "reference": None if reference == "" else reference,
        "products": {} if products is None else products,
        "risks": risks,
        "others": others,
        "last": {} if last is None else last,
        "first_cycle": first_cycle,
        "before": {} if before is None else before,
    }
    try:
        return Course.model_validate(data)
    except ValidationError as error:
        problems = {}
        for fault in error.errors(include_url=False):
            field = str(next(step for step in fault["loc"] if step != "patient"))
            problems[field] = _explain(
                fault, f"is not an input; measures: {', '.join(MEASURE_FIELDS)}"
            )
        raise CourseError(problems) from None


def make_new(*, reference: str | None = None, **inputs: Any) -> Course:  # noqa: ANN401 - as of make
    """Read a new course, as ``make`` does; its reference may not hold a year of birth either."""
    course = make(reference=reference, **inputs)
    if course.reference and may_hold_a_year(course.reference) == "yes":
        message = (
            f"{shown(course.reference)} may hold a year of birth; write a pseudonym with other "
            'digits, such as four that are no year: "IG-0042"'
        )
        raise CourseError({"reference": message})
    return course


def make_day(field: str, text: object) -> date:
    """Read a day; raises CourseError under the name of its field."""
    try:
        return read_date(text)
    except ValueError as error:
        raise CourseError({field: str(error)}) from None


def make_change(kind: str, *, on: str | date, reason: str, **fields: object) -> AnyChange:
    """Read a change of a course from texts; raises CourseError with every text that cannot be used.

    ``fields`` are those of the change, such as ``what="cycle 3"`` and ``days=7`` of a Delay; and
    ``by`` and ``checked_by``, the two names of an exception.
    """
    data = {"kind": kind, "on": on, "reason": reason, **fields}
    try:
        change: AnyChange = TypeAdapter(AnyChange).validate_python(data)
    except ValidationError as error:
        problems = {}
        for fault in error.errors(include_url=False):
            _, field, *_ = (*fault["loc"], "change") if fault["loc"] else ("", "kind")
            problems[str(field)] = _explain(fault, f"is not for {kind}")
        raise CourseError(problems) from None
    if change.by and change.checked_by and could_be_one(change.by, change.checked_by):
        raise CourseError({"checked_by": f"{shown(change.checked_by)} {SECOND_NAME}"})
    return change


_FAULTS = {
    "missing": "is needed; enter it",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most 400 characters",
    "mapping_type": 'must be names with their values, as in {"immunoglobulin.days": "1-5"}',
    "tuple_type": "must be a list of texts",
    "too_short": "must have at least one entry",
    "too_long": "must have at most 100 entries",
}


def _explain(fault: Any, extra: str) -> str:  # noqa: ANN401 - pydantic's own kind
    """Say what is wrong with an input and what is accepted."""
    if fault["type"] == "extra_forbidden":
        return extra
    if fault["type"] in {"literal_error", "union_tag_invalid"}:
        accepted = fault["ctx"].get("expected", fault["ctx"].get("expected_tags"))
        value = fault["ctx"].get("tag", fault["input"])
        accepted = accepted.replace("'", "")
        return f"{shown(str(value))} is not accepted; give {accepted}"
    return _FAULTS.get(fault["type"]) or str(fault.get("ctx", {}).get("error", fault["msg"]))


def identity(course: Course, regimen_sha256: str, site_sha256: str) -> UUID:
    """Give the id of a course.

    With a reference the id depends only on the reference and the regimen. Without one it depends
    on everything that decides the doses, regimen and site included. A changed calendar then stands
    beside the old one and does not overwrite it.
    """
    if course.reference:
        return uuid5(_NAMESPACE, f"{course.reference}/{course.regimen}")
    decides = [course.inputs, regimen_sha256, site_sha256]
    return uuid5(_NAMESPACE, json.dumps(decides, sort_keys=True))


def inputs_hash(course: Course) -> str:
    """Give the sha256 of all inputs; it is equal for plans with equal inputs."""
    return hashlib.sha256(json.dumps(course.inputs, sort_keys=True).encode()).hexdigest()
