"""Entries as an iCalendar file (RFC 5545, RFC 7986), by the rules that real programs need.

Before the bytes leave they are read again, and every id, summary, start, end, repetition and
status must be the one that was meant.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from icalendar import Alarm, Calendar, Event, vDate, vDatetime, vDuration, vInt, vRecur, vText

from posology import __version__
from posology.export.read_back import Written, read_again
from posology.export.vtimezone import vtimezone
from posology.model import Mark
from posology.model.zone import Zone

_CONSTANT = {"CLASS": vText("PRIVATE"), "TRANSP": vText("TRANSPARENT")}
_DISPLAY = {"ACTION": vText("DISPLAY")}


class Entry(NamedTuple):
    """An entry of a calendar as it is to be written."""

    uid: str
    summary: str
    description: str
    start: datetime | date
    end: datetime | date
    every: int
    """Days from one repetition to the next; 0 if it is not repeated."""
    times: int
    status: str
    mark: Mark
    """When it was planned and changed, and how often."""
    reminder: int | None
    """Minutes before; None where there is none."""


def written(entries: Sequence[Entry], zone: Zone, name: str) -> bytes:
    """Write a calendar of this name; raises ExportError where it reads otherwise again."""
    local = [
        each._replace(start=_local(each.start, zone), end=_local(each.end, zone))
        for each in entries
    ]  # fmt: skip
    edges = list(_edges(local))
    # An end in the hour that the clocks repeat has no clock time of its own.
    plain = zone.name != "UTC" and not any(edge.fold for edge in edges)
    rule = vtimezone(zone, edges) if plain and edges else None
    whole = Calendar()
    for label, value in _head(name).items():
        whole.add(label, value)
    if rule:  # else no zone is named: some readers move a moment in UTC to its clock time
        whole.add("X-WR-TIMEZONE", zone.name)
        whole.add_component(rule)
    expected = []
    for entry in local:
        event, meant = _event(entry, zone if rule else None)
        expected.append(meant)
        whole.add_component(event)
    content: bytes = whole.to_ical()
    read_again(content, zone, expected)
    return content


def _head(name: str) -> dict[str, str]:
    return {
        "PRODID": f"-//Posology//Posology {__version__}//EN",
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
        "NAME": name,
        "X-WR-CALNAME": name,
    }


def _local(edge: datetime | date, zone: Zone) -> datetime | date:
    return edge.astimezone(UTC).astimezone(zone.info) if isinstance(edge, datetime) else edge


def _edges(entries: Iterable[Entry]) -> Iterator[datetime]:
    """Give every start and end of a timed event, to the last repetition."""
    for each in entries:
        last = timedelta(days=each.every * (each.times - 1))
        for edge in (each.start, each.end):
            if isinstance(edge, datetime):
                yield from (edge, edge + last) if last else (edge,)


def _event(entry: Entry, zone: Zone | None) -> tuple[Event, Written]:
    summary, description = (vText(clean(text)) for text in (entry.summary, entry.description))
    mark, repeated = entry.mark, bool(entry.every)
    event = Event(_CONSTANT)
    event["DTSTAMP"] = event["LAST-MODIFIED"] = _alike(vDatetime, mark.modified)
    event["CREATED"] = _alike(vDatetime, mark.created)
    event["SEQUENCE"] = _alike(vInt, mark.sequence)
    event["STATUS"] = _alike(vText, entry.status)
    event["UID"] = vText(entry.uid)
    for name, edge in (("DTSTART", entry.start), ("DTEND", entry.end)):
        event[name] = _edge(edge, zone)
    if repeated:
        event["RRULE"] = vRecur(FREQ="DAILY", INTERVAL=entry.every, COUNT=entry.times)
    event["SUMMARY"] = summary
    event["DESCRIPTION"] = description
    if entry.reminder is not None:
        alarm = Alarm(_DISPLAY)
        alarm["TRIGGER"] = _alike(vDuration, timedelta(minutes=-entry.reminder))
        alarm["DESCRIPTION"] = summary
        event.add_component(alarm)
    meant = Written(
        uid=entry.uid,
        summary=str(summary),
        start=entry.start,
        end=entry.end,
        repeats=f"{entry.every} x {entry.times}" if repeated else "once",
        status=entry.status,
        sequence=mark.sequence,
    )
    return event, meant


@lru_cache(maxsize=256)
def _alike(kind: Callable[[object], object], value: object) -> object:
    """Make a property that many events have in common once; making them is half of our time."""
    return kind(value)


def clean(text: str) -> str:
    """Remove what calendar programs break on, and write line ends as RFC 5545 does.

    A backslash before n would be read as a line end by some, so it becomes a slash.
    """
    text = unicodedata.normalize("NFC", text).replace("\\", "/")
    return "\n".join(
        line if line.isprintable() else "".join(c for c in line if c.isprintable())
        for line in text.split("\n")
    )


def _edge(edge: datetime | date, zone: Zone | None) -> vDatetime | vDate:
    """Write a start or an end: local with its zone, in UTC where that cannot be, or a whole day."""
    if not isinstance(edge, datetime):
        day = vDate(edge)
        day.params["VALUE"] = "DATE"
        return day
    if zone is None:
        return vDatetime(edge.astimezone(UTC))
    local = vDatetime(edge.replace(tzinfo=None))
    local.params["TZID"] = zone.name
    return local
