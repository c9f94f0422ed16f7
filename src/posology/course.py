"""The inputs of a pharmacist to a course, and whether they settle what a regimen leaves open.

Decides nothing about doses or dates. What is missing is asked for, never guessed.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TypeVar
from uuid import UUID, uuid5

from pydantic import ValidationError

from posology.errors import CourseError
from posology.model import Course, Days, Period, Regimen
from posology.quantity import shown

T = TypeVar("T")
_NAMESPACE = UUID("6d6f0c1e-7a58-5f0b-9d3c-0b6f3f0a2f51")
"""Ours alone; made once, so that a course keeps its id in every release."""


def make(  # noqa: PLR0913 - a course has six inputs, all named
    *,
    regimen: str,
    weight: str,
    start: str,
    cycles: str | int | None = None,
    choices: Mapping[str, str] | None = None,
    reference: str | None = None,
) -> Course:
    """Read a course from texts; raises CourseError with every input that cannot be used."""
    data = {
        "regimen": regimen,
        "patient": {"weight": weight},
        "start": start,
        "cycles": cycles,
        "choices": dict(choices or {}),
        "reference": reference or None,
    }
    try:
        return Course.model_validate(data)
    except ValidationError as error:
        raise CourseError(
            {
                str(next(step for step in fault["loc"] if step != "patient")): str(
                    fault.get("ctx", {}).get("error", fault["msg"])
                )
                for fault in error.errors(include_url=False)
            }
        ) from None


def settle(course: Course, regimen: Regimen) -> dict[str, tuple[Period, Days]]:
    """Give each order's period and days as chosen; raises CourseError for what is not settled."""
    problems: dict[str, str] = {}
    wrong = []
    for name, options in regimen.choices.items():
        picked = course.choices.get(name)
        if picked not in options:
            offered = " or ".join(f'"{option}"' for option in options)
            got = f", not {shown(picked)}" if picked is not None else ""
            wrong.append(f"{name}: the source leaves this open; choose {offered}{got}")
    for name in course.choices:
        if name not in regimen.choices:
            open_fields = ", ".join(regimen.choices) or "nothing"
            wrong.append(f"{shown(name)} is not left open by this regimen; open: {open_fields}")
    if wrong:
        problems["choices"] = "; ".join(wrong)
    stated = regimen.duration
    unstated = stated == "not stated" and any(not order.duration for order in regimen.orders)
    if unstated and course.cycles is None:
        problems["cycles"] = "the source states no duration; give the number of cycles, as in 6"
    if not unstated and course.cycles is not None:
        problems["cycles"] = f"the source states the duration, {stated}; leave the cycles out"
    if problems:
        raise CourseError(problems)
    return {
        order.id: (
            _picked(order.every, course.choices.get(f"{order.id}.every")),
            _picked(order.days, course.choices.get(f"{order.id}.days")),
        )
        for order in regimen.orders
    }


def _picked(options: tuple[T, ...], text: str | None) -> T:
    return next(option for option in options if text is None or str(option) == text)


def identity(course: Course) -> UUID:
    """Give the id of a course.

    With a reference it is that of the reference and the regimen, whatever else changes.
    Without one it follows from all inputs: a calendar of changed inputs then stands beside the
    old one and cannot overwrite another patient's.
    """
    if course.reference:
        return uuid5(_NAMESPACE, f"{course.reference}/{course.regimen}")
    return uuid5(_NAMESPACE, json.dumps(course.inputs, sort_keys=True))


def inputs_hash(course: Course) -> str:
    """Give the sha256 of all inputs, to tell whether two plans were computed from the same."""
    return hashlib.sha256(json.dumps(course.inputs, sort_keys=True).encode()).hexdigest()
