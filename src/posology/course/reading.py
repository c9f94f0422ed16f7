"""A typed change read: a command with its texts becomes a Change."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from posology.course.commands import ALWAYS, COMMANDS, OPTIONS
from posology.errors import CourseError
from posology.model import Administration, Change, Plan, Slot, print_date
from posology.model.change import NOT_GIVEN, AnyChange
from posology.model.kinds import read_date
from posology.model.patient import MEASURE_FIELDS
from posology.quantity import Quantity
from posology.text import shown

REACHES: Mapping[str, str] = {
    "dose": "{}", "cycle": "cycle {}", "from_cycle": "from cycle {}", "from": "from {}",
}  # fmt: skip
"""The options that say which doses a change concerns, and how its text says so."""
VALUES = ("weight", "weighed", "set")
"""The options that give a measure."""
_WORDS = {
    "string_too_long": "must have at most 400 characters",
    "string_too_short": "must not be empty",
    "too_short": "give at least one measure",
}
_Given = Mapping[str, Sequence[str]]
_T = TypeVar("_T")


def read_change(
    command: str, texts: Mapping[str, str | Sequence[str]], computed: Plan, today: str
) -> Change:
    """Read a change as it is typed, such as ``delay`` with ``days`` and ``from_cycle``.

    ``texts`` maps options to what is written; an empty text counts as not given. ``computed`` is
    the plan that is changed. Raises CourseError, whose problems name the options; ``change`` is
    the change as a whole.
    """
    given = _given_of(command, texts)
    data: dict[str, Any] = {
        "kind": COMMANDS[command].kind,
        "on": _text(given, "on") or today,
        "reason": _text(given, "reason"),
        "by": _text(given, "by") or None,
        "checked_by": _text(given, "checked_by") or None,
    }
    takes = COMMANDS[command].takes
    if data["kind"] == "give":
        data["doses"] = _doses(command, given, computed)
    else:
        if not REACHES.keys().isdisjoint(takes):
            data["what"] = _what(command, given)
        if "set" in takes:
            data["values"] = _values(given)
        own = [name for name in takes if name not in {*REACHES, *VALUES, "of"}]
        data |= {name: _text(given, name) for name in own if name in given}
        if "missed" in data:
            data["missed"] = data["missed"].replace("-", " ")
    try:
        change: Change = TypeAdapter(AnyChange).validate_python(data)
    except ValidationError as error:
        raise _problem(command, given, error) from None
    return change


def _given_of(command: str, texts: Mapping[str, str | Sequence[str]]) -> _Given:
    """Give what is written of each option; refuse what the change does not take."""
    if command not in COMMANDS:
        raise CourseError({"change": f"{shown(command)} is no change; give {_all(COMMANDS)}"})
    given = {
        name: [text] if isinstance(text, str) else list(text)
        for name, text in texts.items()
        if text
    }
    takes = COMMANDS[command].takes
    for name, written in given.items():
        if name not in {*takes, *ALWAYS}:
            message = f"is not for {command}; it takes {_all(takes) or 'nothing'}"
            raise CourseError({name: message})
        if len(written) > 1 and not OPTIONS[name].several:
            raise CourseError({name: "is given twice; give it once"})
    return given


def _text(given: _Given, name: str) -> str:
    return given[name][0] if name in given else ""


def _all(names: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _problem(command: str, given: _Given, error: ValidationError) -> CourseError:
    """Say what is wrong, and of which option."""
    fault = error.errors(include_url=False)[0]
    reach = next((name for name in REACHES if name in given), "change")
    options = {"what": reach, "values": "set", "doses": "dose"}
    names = [options.get(str(step), str(step)) for step in fault["loc"]]
    name = next((name for name in reversed(names) if name in OPTIONS), "change")
    told = _WORDS.get(fault["type"]) or str(fault.get("ctx", {}).get("error", fault["msg"]))
    if fault["type"] == "missing":
        told = f"is needed for {command}"
    if name == "reason" and name not in given:
        told = "say why; it stands in the course file"
    if name == "missed":
        told = "write left-out or postponed: what was missed is left out, or all is postponed"
    return CourseError({name: told})


def _what(command: str, given: _Given) -> str:
    """Read which doses a change concerns."""
    named = [name for name in REACHES if name in given]
    written = [given[named[0]][0]] if named else []
    if named == ["dose"]:
        written = " ".join(given["dose"]).split()
    if len(named) != 1 or len(written) != 1:
        accepted = [name for name in REACHES if name in COMMANDS[command].takes]
        raise CourseError({"change": f"{command}: say which doses, by one of {_all(accepted)}"})
    if "of" in given and named == ["dose"]:
        raise CourseError({"of": "a dose names its order itself; leave it out"})
    if named == ["from"]:
        _read("from", read_date, written[0])
    of = f" of {_text(given, 'of')}" if "of" in given else ""
    return REACHES[named[0]].format(written[0]) + of


def _values(given: _Given) -> dict[str, str]:
    values = {name: _text(given, name) for name in ("weight", "weighed") if name in given}
    for text in given.get("set", ()):
        name, equals, value = text.partition("=")
        if not equals or not value:
            message = f'{shown(text)} cannot be read; write "creatinine=90 umol/L"'
            raise CourseError({"set": message})
        field = {"clearance": "creatinine_clearance"}.get(name, name.replace("-", "_"))
        if field not in MEASURE_FIELDS:
            listed = ", ".join(MEASURE_FIELDS).replace("_", "-")
            raise CourseError({"set": f"{shown(name)} is no measure; measures: {listed}"})
        if field in values:
            raise CourseError({"set": f"{shown(name)} is given twice"})
        values[field] = value
    return values


def _doses(command: str, given: _Given, computed: Plan) -> dict[str, str]:
    """Read what was given: as planned, where nothing else is said."""
    planned = {one.slot: one for one in computed.administrations}
    slots = [_read("dose", Slot.parse, text) for text in " ".join(given.get("dose", ())).split()]
    at = _text(given, "at")
    if at and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", at):
        raise CourseError({"at": f"{shown(at)} is not a clock time, as in 08:00"})
    if command == "not-given":
        if not slots:
            raise CourseError({"dose": "name the dose that was not given"})
        return {str(slot): NOT_GIVEN for slot in slots}
    if bool(slots) == ("until" in given):
        raise CourseError({"change": f"{command}: name the doses (dose), or the last day (until)"})
    if slots and "of" in given:
        raise CourseError({"of": "a dose names its order itself; leave it out"})
    if "until" in given:
        if not given.keys().isdisjoint({"amount", "day", "at"}):
            raise CourseError({"until": "takes the doses as planned; name others by dose"})
        until = _read("until", read_date, _text(given, "until"))
        slots = [
            slot for slot, one in planned.items()
            if one.at.date() <= until and not one.recorded
            and _text(given, "of") in {"", slot.order}
        ]  # fmt: skip
        if not slots:
            raise CourseError({"until": f"nothing is open to {print_date(until)}"})
    return {str(slot): _record(slot, planned.get(slot), given) for slot in slots}


def _record(slot: Slot, one: Administration | None, given: _Given) -> str:
    """Write what was given of a dose: as planned, where nothing else is said."""
    if one is None and not {"amount", "day", "at"} <= given.keys():
        message = f"{slot} is not planned; give amount, day and at as well"
        raise CourseError({"dose": message})
    amount = one.amount if one else None
    day = one.at.date() if one else None
    if "amount" in given:
        amount = _read("amount", Quantity.parse, _text(given, "amount"))
    if "day" in given:
        day = _read("day", read_date, _text(given, "day"))
    at = _text(given, "at") or (f"{one.at:%H:%M}" if one else "")
    return f"{amount.plain if amount else ''} on {day} at {at}"


def _read(name: str, read: Callable[[str], _T], text: str) -> _T:
    """Read a text; what is wrong with it is told of its option."""
    try:
        return read(text)
    except ValueError as error:
        raise CourseError({name: str(error)}) from None
