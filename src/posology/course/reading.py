"""The options of ``posology revise`` read as a change."""

import argparse
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from posology.errors import RecordError
from posology.model import Administration, Plan, Slot, print_date
from posology.model.change import AnyChange
from posology.model.kinds import read_date
from posology.model.patient import MEASURE_FIELDS
from posology.quantity import Quantity
from posology.text import shown

_REACHES = {"dose": "{}", "cycle": "cycle {}", "from_cycle": "from cycle {}", "from": "from {}"}
TAKES: Mapping[str, tuple[str, ...]] = {
    "measures": ("weight", "weighed", "set", "from_cycle", "of"),
    "delay": ("days", "dose", "cycle", "from_cycle", "from", "of"),
    "move": ("dose", "to", "at"),
    "reduce": ("to", "cycle", "from_cycle", "of"),
    "hold": ("from", "of"),
    "resume": ("from", "missed", "of"),
    "stop": ("from", "of"),
    "extend": ("cycles",),
    "given": ("dose", "until", "amount", "day", "at", "of"),
    "not-given": ("dose",),
    "replan": (),
    "undo": (),
}
"""What each change takes besides its reason, its day and its names."""
_WORDS = {
    "string_too_long": "must have at most 400 characters",
    "string_too_short": "must not be empty",
    "too_short": "give at least one measure",
}
_ALL = {one for takes in TAKES.values() for one in takes}


def read_change(options: argparse.Namespace, computed: Plan, today: str) -> AnyChange:
    """Read the change that the options describe; raises RecordError for one that cannot be."""
    given = {name: getattr(options, name) for name in _ALL if getattr(options, name)}
    kind = options.change
    _must_take(kind, given)
    data: dict[str, Any] = {
        "kind": "give" if kind in {"given", "not-given"} else kind,
        "on": options.on or today,
        "reason": options.reason or "",
        "by": options.by,
        "checked_by": options.checked_by,
    }
    if data["kind"] == "give":
        data["doses"] = _doses(options, computed)
    elif any(name in TAKES[kind] for name in _REACHES):
        data["what"] = _what(kind, given)
    own = ("days", "to", "cycles", *(("at",) if kind == "move" else ()))
    data |= {name: given[name] for name in own if name in given}
    if "missed" in TAKES[kind]:
        data["missed"] = given.get("missed", "").replace("-", " ")
    if kind == "measures":
        data["values"] = _values(given)
    try:
        change: AnyChange = TypeAdapter(AnyChange).validate_python(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = str([one for one in fault["loc"] if isinstance(one, str)][-1])
        told = _WORDS.get(fault["type"]) or fault.get("ctx", {}).get("error", fault["msg"])
        if fault["type"] == "missing":
            told = f"is needed for {kind}"
        if field == "reason" and not options.reason:
            told = "say why; it stands in the course file"
        if field == "missed":
            told = "write left-out or postponed: what was missed is left out, or all is postponed"
        if field in {*TAKES, "give"}:  # the change as a whole: its names, or its reach
            raise RecordError(str(told)) from None
        option = {"what": "which dose", "values": "--set", "checked_by": "--checked-by"}.get(
            field, f"--{field.replace('_', '-')}"
        )
        raise RecordError(f"{option}: {told}") from None
    return change


def _must_take(kind: str, given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in TAKES[kind]:
            takes = ", ".join(f"--{one.replace('_', '-')}" for one in TAKES[kind]) or "nothing"
            raise RecordError(f"--{name.replace('_', '-')} is not for {kind}; it takes {takes}")


def _what(kind: str, given: Mapping[str, Any]) -> str:
    """Read which doses a change concerns."""
    named = [name for name in _REACHES if name in given]
    if len(named) != 1 or len(given.get("dose", ["one"])) != 1:
        options = [f"--{name.replace('_', '-')}" for name in _REACHES if name in TAKES[kind]]
        raise RecordError(f"{kind}: say which doses, by one of {', '.join(options)}")
    value = given["dose"][0] if named == ["dose"] else given[named[0]]
    if "of" in given and named == ["dose"]:
        raise RecordError("--of: a dose names its order itself; leave it out")
    of = f" of {given['of']}" if "of" in given else ""
    return _REACHES[named[0]].format(value) + of


def _values(given: Mapping[str, Any]) -> dict[str, str]:
    values = {name: given[name] for name in ("weight", "weighed") if name in given}
    for one in given.get("set", []):
        name, equals, value = one.partition("=")
        if not equals or not value:
            raise RecordError(f'--set: {shown(one)} cannot be read; write "creatinine=90 umol/L"')
        field = {"clearance": "creatinine_clearance"}.get(name, name.replace("-", "_"))
        if field not in MEASURE_FIELDS:
            listed = ", ".join(MEASURE_FIELDS).replace("_", "-")
            raise RecordError(f"--set: {shown(name)} is no measure; measures: {listed}")
        if field in values:
            raise RecordError(f"--set: {shown(name)} is given twice")
        values[field] = value
    return values


def _doses(options: argparse.Namespace, computed: Plan) -> dict[str, str]:
    """Read what was given: as planned, where nothing else is said."""
    planned = {one.slot: one for one in computed.administrations}
    slots = [Slot.parse(text) for text in options.dose]
    if options.at and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", options.at):
        raise RecordError(f"--at: {shown(options.at)} is not a clock time, as in 08:00")
    if options.change == "not-given":
        if not slots:
            raise RecordError("--dose: name the dose that was not given")
        return {str(slot): "not given" for slot in slots}
    if bool(slots) == bool(options.until):
        raise RecordError("given: name the doses (--dose), or the last day (--until)")
    if options.until:
        if options.amount or options.day or options.at:
            raise RecordError("--until takes the doses as planned; name others with --dose")
        until = _day("until", options.until)
        slots = [
            slot for slot, one in planned.items()
            if one.at.date() <= until and not one.recorded
            and options.of in {None, slot.order}
        ]  # fmt: skip
        if not slots:
            raise RecordError(f"--until: nothing is open to {print_date(until)}")
    return {str(slot): _given(slot, planned.get(slot), options) for slot in slots}


def _given(slot: Slot, one: Administration | None, options: argparse.Namespace) -> str:
    """Write what was given of a dose: as planned, where nothing else is said."""
    if one is None and not (options.amount and options.day and options.at):
        message = f"--dose: {slot} is not planned; give --amount, --day and --at as well"
        raise RecordError(message)
    amount = Quantity.parse(options.amount) if options.amount else one.given if one else None
    day = _day("day", options.day) if options.day else one.at.date() if one else None
    at = options.at or (f"{one.at:%H:%M}" if one else "")
    return f"{amount.plain if amount else ''} on {day} at {at}"


def _day(option: str, written: str) -> date:
    try:
        return read_date(written)
    except ValueError as error:
        raise RecordError(f"--{option}: {error}") from None
