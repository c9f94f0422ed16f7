"""Reads a typed change: a command with its texts becomes a Change."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from posology.course.commands import ALWAYS, COMMANDS, OPTIONS
from posology.course.records import Typed, record
from posology.errors import CourseError
from posology.model import Change, Plan, Recorded, Slot, print_date
from posology.model.change import NOT_GIVEN, AnyChange
from posology.model.kinds import read_date
from posology.model.patient import MEASURE_FIELDS
from posology.model.reasons import listed
from posology.model.recorded import lot_key
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
_Texts = Mapping[str, Sequence[str]]
_T = TypeVar("_T")


def read_change(
    command: str, texts: Mapping[str, str | Sequence[str]], computed: Plan, today: str
) -> Change:
    """Read a change as it is typed, such as ``delay`` with ``days`` and ``from_cycle``.

    ``texts`` maps options to what is written; an empty text counts as missing. ``computed`` is
    the plan to change. Raises CourseError, whose problems name the options; ``change`` is
    the change as a whole.
    """
    entered = _entered(command, texts)
    data: dict[str, Any] = {
        "kind": COMMANDS[command].kind,
        "on": _text(entered, "on") or today,
        "reason": _text(entered, "reason"),
        "by": _text(entered, "by") or None,
        "checked_by": _text(entered, "checked_by") or None,
    }
    takes = COMMANDS[command].takes
    if data["kind"] == "give":
        data["doses"] = _doses(command, entered, computed)
    else:
        if not REACHES.keys().isdisjoint(takes):
            data["what"] = _what(command, entered)
        if "set" in takes:
            data["values"] = _values(entered)
        if "choose" in entered:
            data["choices"] = _choices(entered)
        fields = [name for name in takes if name not in {*REACHES, *VALUES, "of", "choose"}]
        data |= {name: _text(entered, name) for name in fields if name in entered}
        if "missed" in data:
            data["missed"] = data["missed"].replace("-", " ")
    try:
        change: Change = TypeAdapter(AnyChange).validate_python(data)
    except ValidationError as error:
        raise _problem(command, entered, error) from None
    reasons = computed.site.reasons
    if reasons and listed(change.reason, reasons) is None:
        message = f"begin with one of {', '.join(reasons)}; then a comma, and what you like"
        raise CourseError({"reason": message})
    return change


def _entered(command: str, texts: Mapping[str, str | Sequence[str]]) -> _Texts:
    """Give the texts of each option; refuse options that the change does not take."""
    if command not in COMMANDS:
        raise CourseError(
            {"change": f"{shown(command)} is not a change; changes: {_all(COMMANDS)}"}
        )
    entered = {
        name: [text] if isinstance(text, str) else list(text)
        for name, text in texts.items()
        if text
    }
    takes = COMMANDS[command].takes
    for name, written in entered.items():
        if name not in {*takes, *ALWAYS}:
            message = f"is not for {command}; it takes {_all(takes) or 'nothing'}"
            raise CourseError({name: message})
        if len(written) > 1 and not OPTIONS[name].several:
            raise CourseError({name: "is given twice; give it once"})
    return entered


def _text(entered: _Texts, name: str) -> str:
    return entered[name][0] if name in entered else ""


def _all(names: Sequence[str] | Mapping[str, object]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _problem(command: str, entered: _Texts, error: ValidationError) -> CourseError:
    """Say what is wrong, and with which option."""
    fault = error.errors(include_url=False)[0]
    reach = next((name for name in REACHES if name in entered), "change")
    options = {"what": reach, "values": "set", "doses": "dose"}
    names = [options.get(str(step), str(step)) for step in fault["loc"]]
    name = next((name for name in reversed(names) if name in OPTIONS), "change")
    message = _WORDS.get(fault["type"]) or str(fault.get("ctx", {}).get("error", fault["msg"]))
    if fault["type"] == "missing":
        message = f"is needed for {command}"
    if name == "reason" and name not in entered:
        message = "say why; the course file keeps the reason"
    if name == "missed":
        message = "write left-out or postponed: what was missed is left out, or all is postponed"
    return CourseError({name: message})


def _what(command: str, entered: _Texts) -> str:
    """Read which doses a change concerns."""
    named = [name for name in REACHES if name in entered]
    written = [entered[named[0]][0]] if named else []
    if named == ["dose"]:
        written = " ".join(entered["dose"]).split()
    if len(named) != 1 or len(written) != 1:
        accepted = [name for name in REACHES if name in COMMANDS[command].takes]
        raise CourseError({"change": f"{command}: say which doses, by one of {_all(accepted)}"})
    if "of" in entered and named == ["dose"]:
        raise CourseError({"of": "the id of a dose names its order; leave this out"})
    if named == ["from"]:
        _read("from", read_date, written[0])
    of = f" of {_text(entered, 'of')}" if "of" in entered else ""
    return REACHES[named[0]].format(written[0]) + of


def _values(entered: _Texts) -> dict[str, str]:
    values = {name: _text(entered, name) for name in ("weight", "weighed") if name in entered}
    for text in entered.get("set", ()):
        name, equals, value = text.partition("=")
        if not equals or not value:
            message = f'{shown(text)} cannot be read; write "creatinine=90 umol/L"'
            raise CourseError({"set": message})
        field = {"clearance": "creatinine_clearance"}.get(name, name.replace("-", "_"))
        if field not in MEASURE_FIELDS:
            listed = ", ".join(MEASURE_FIELDS).replace("_", "-")
            raise CourseError({"set": f"{shown(name)} is not a measure; measures: {listed}"})
        if field in values:
            raise CourseError({"set": f"{shown(name)} is given twice; give it once"})
        values[field] = value
    return values


def _choices(entered: _Texts) -> dict[str, str]:
    choices = {}
    for text in entered["choose"]:
        name, equals, value = text.partition("=")
        if not equals or not value or name in choices:
            message = f'{shown(text)} cannot be read; write each once, as "lenalidomide.market=eu"'
            raise CourseError({"choose": message})
        choices[name] = value
    return choices


def _doses(command: str, entered: _Texts, computed: Plan) -> dict[str, object]:
    """Read what was given; what is not entered is as planned."""
    planned = {each.slot: each for each in computed.administrations}
    slots = [_read("dose", Slot.parse, text) for text in " ".join(entered.get("dose", ())).split()]
    at = _text(entered, "at")
    if at and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", at):
        raise CourseError({"at": f"{shown(at)} is not a clock time, as in 08:00"})
    if command == "not-given":
        if not slots:
            raise CourseError({"dose": "name the dose that was not given"})
        return {str(slot): NOT_GIVEN for slot in slots}
    if bool(slots) == ("until" in entered):
        raise CourseError({"change": f"{command}: name the doses (dose), or the last day (until)"})
    if slots and "of" in entered:
        raise CourseError({"of": "the id of a dose names its order; leave this out"})
    if "until" in entered:
        if not entered.keys().isdisjoint({"amount", "day", "at", "as", "product"}):
            message = "records doses as planned; for others (amount, time, product) name each dose"
            raise CourseError({"until": message})
        until = _read("until", read_date, _text(entered, "until"))
        slots = [
            slot for slot, administration in planned.items()
            if administration.at.date() <= until and not administration.recorded
            and _text(entered, "of") in {"", slot.order}
        ]  # fmt: skip
        if not slots:
            raise CourseError({"until": f"no dose without a record up to {print_date(until)}"})
    pairs = [(slot, _slot(slot, entered, computed)) for slot in slots]
    return {str(to): _record(slot, to, entered, computed) for slot, to in pairs}


def _slot(slot: Slot, entered: _Texts, computed: Plan) -> Slot:
    """Give the slot of a record; a dose that is given once more has the next number of its day."""
    planned = {each.slot: each for each in computed.administrations}
    how, administration = _text(entered, "as"), planned.get(slot)
    recorded = administration.recorded if administration else None
    same_day = [each for each in planned.values() if each.slot[:3] == slot[:3]]
    times = max((each.position.times for each in same_day), default=0)
    if how not in {"", "correction", "second"}:
        raise CourseError({"as": f"{shown(how)} is not accepted; write correction or second"})
    if recorded and not how:
        message = (
            f"{slot} is recorded already, {recorded.words}; add as: correction, if that is wrong, "
            "or second, if the dose was given once more, as after vomiting"
        )
        raise CourseError({"dose": message})
    if how and not recorded:
        raise CourseError({"as": f"{slot} is not recorded as given; leave this out"})
    if times and slot.number > times and not recorded:
        first = slot._replace(number=1)
        raise CourseError({"dose": f"{slot} is not planned; record {first} with as: second"})
    if how == "second" and times:
        if not {"at", "day"} & entered.keys():
            raise CourseError({"at": "say when the dose was given once more"})
        known = [*planned, *(each.slot for each in computed.absent)]
        numbers = [each.number for each in known if each[:3] == slot[:3]]
        return slot._replace(number=max(times, *numbers) + 1)
    return slot


def _record(named: Slot, slot: Slot, entered: _Texts, computed: Plan) -> Recorded:
    """Write what was given of a dose; what is not entered is as planned, or as it was recorded.

    ``slot``: that of the record; of a dose that is given once more another than the one named.
    """
    planned = {each.slot: each for each in computed.administrations}
    of, again = planned.get(named), slot != named
    read: dict[str, Any] = {
        name: _read(name, reader, _text(entered, name))
        for name, reader in (
            ("amount", Quantity.parse), ("day", read_date), ("expiry", read_date), ("at", str),
            ("product", str), ("lot", str),
        )
        if name in entered
    }  # fmt: skip
    if "lot" in read and not lot_key(read["lot"]):
        raise CourseError({"lot": f"{shown(read['lot'])} is no lot; write letters and digits"})
    if of and of.recorded and not again and "product" not in read:
        lot = of.recorded.lot or ""
        # Another lot has an expiry of its own.
        same = lot_key(read.get("lot", lot)) == lot_key(lot)
        read = {"lot": lot, "expiry": of.recorded.expiry if same else None, **read}
    return record(slot, of, Typed(**read), computed)


def _read(name: str, read: Callable[[str], _T], text: str) -> _T:
    """Read a text; raises CourseError that names its option."""
    try:
        return read(text)
    except ValueError as error:
        raise CourseError({name: str(error)}) from None
