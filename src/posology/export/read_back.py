"""A calendar read again before it leaves: every event must be the one that was meant."""

import re
from datetime import UTC, date, datetime
from typing import NamedTuple

from posology.errors import ExportError
from posology.model.zone import Zone


class Written(NamedTuple):
    """An event as it is to stand in the file, and as it must be read again."""

    uid: str
    summary: str
    start: datetime | date
    end: datetime | date
    repeats: str
    status: str
    sequence: int


_PROPERTY = re.compile(
    r"^(UID|SUMMARY|DTSTART|DTEND|RRULE|STATUS|SEQUENCE)(?:;(?:TZID|VALUE)=([^:]+))?:(.*)$",
    re.MULTILINE,
)
_RULE = re.compile(r"FREQ=DAILY;COUNT=(\d+);INTERVAL=(\d+)")


def read_again(content: bytes, zone: Zone, expected: list[Written]) -> None:
    """Compare every event of the file with what was meant; raises ExportError."""
    text = content.decode().replace("\r\n ", "").replace("\r\n", "\n")
    read = []
    for event in text.split("BEGIN:VEVENT\n")[1:]:
        found = {name: (kind, value) for name, kind, value in _PROPERTY.findall(event)}
        edges = [_read_edge(*found[name], zone) for name in ("DTSTART", "DTEND")]
        rule = _RULE.fullmatch(found["RRULE"][1]) if "RRULE" in found else None
        repeats = f"{rule[2]} x {rule[1]}" if rule else "once"
        summary = found["SUMMARY"][1].replace("\\,", ",").replace("\\;", ";")
        read.append(
            (found["UID"][1], summary, *edges, repeats, found["STATUS"][1],
             int(found["SEQUENCE"][1]), "RRULE" in found)
        )  # fmt: skip
    wanted = [
        (event.uid, event.summary, _in_utc(event.start), _in_utc(event.end), event.repeats,
         event.status, event.sequence, event.repeats != "once")
        for event in expected
    ]  # fmt: skip
    if read != wanted:
        message = "the calendar, read again, does not say what the plan says; please report this"
        raise ExportError(message)


def _in_utc(edge: datetime | date) -> datetime | date:
    return edge.astimezone(UTC) if isinstance(edge, datetime) else edge


def _read_edge(kind: str, value: str, zone: Zone) -> datetime | date | None:
    if kind == "DATE":
        return date.fromisoformat(value)
    if kind not in {"", zone.name} or (kind == "") != value.endswith("Z"):
        return None
    at = datetime.fromisoformat(value.removesuffix("Z"))
    return at.replace(tzinfo=zone.info if kind else UTC).astimezone(UTC)
