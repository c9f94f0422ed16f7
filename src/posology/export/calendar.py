"""A plan as an iCalendar file (RFC 5545, RFC 7986), by the rules that real programs need.

One event for each dose, or for equal doses in a row. Its UID is made of the course and the
slot, never of date or dose. Of a course file every event ever planned stays: one that is no
longer planned is cancelled. Same plan, same bytes. Before the bytes leave they are read again,
and every id, summary, start, end, repetition and status must be the plan's.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import uuid5

from icalendar import Alarm, Calendar, Event, vDate, vDatetime, vDuration, vInt, vRecur, vText

from posology import __version__
from posology.errors import ExportError
from posology.export.read_back import Written, read_again
from posology.export.repeats import UnrepeatableError, check_repeats, not_given_within
from posology.export.text import release_status
from posology.export.vtimezone import vtimezone
from posology.model import Event as PlannedEvent
from posology.model import Mark, Plan
from posology.model.zone import Zone
from posology.record.entries import Marked, cancelled_entries, marked_entries

Privacy = Literal["standard", "full", "discreet"]
"""Standard shows no identifier; full the course reference; discreet no drug and no dose."""

_CONSTANT = {"CLASS": vText("PRIVATE"), "TRANSP": vText("TRANSPARENT")}
_DISPLAY = {"ACTION": vText("DISPLAY")}


class Part(NamedTuple):
    """Some entries of a calendar, as a file of their own."""

    name: str
    keys: frozenset[str]


def can_repeat(plan: Plan) -> bool:
    """Tell whether equal doses in a row may be one entry: every reader gives the plan's moments.

    A plan where that is not so is written dose by dose.
    """
    try:
        marked = marked_entries(plan, compact=True)
        _written(plan, marked, "standard", "", reminders=False)
    except UnrepeatableError:
        return False
    return True


def not_compact(plan: Plan) -> str:
    """Say why equal doses in a row are not one entry; an empty text where they may be."""
    if can_repeat(plan):
        return ""
    return (
        f"Not compact: in {plan.site.time_zone} calendar programs would read repeated entries at a "
        "wrong time when the clocks change. Each dose is an entry of its own."
    )


def cancellations(plan: Plan, privacy: Privacy = "standard") -> bytes:
    """Write the cancelled events of a course file alone, even where the plan is stopped.

    That less is given may always be said. Raises ExportError where nothing is cancelled.
    """
    gone = cancelled_entries(plan)
    if not gone:
        within = not_given_within(plan)
        message = "no entry of this course is cancelled as a whole"
        if within:
            raise ExportError(f"{message}, but {within}. Write the whole calendar: --ics")
        raise ExportError(message)
    return _written(plan, gone, privacy, "cancelled", reminders=False)


def calendar(
    plan: Plan, privacy: Privacy = "standard", *, compact: bool = False, part: Part | None = None,
    reminders: bool = True,
) -> bytes:  # fmt: skip
    """Write the calendar of a plan, or a part of it.

    ``compact`` is for a plan that is not kept; a course file says itself. Where the plan cannot
    be repeated, ``compact`` has no effect. Raises ExportError where the plan holds a finding of
    level stop, has a reference but no course file or is not the one of its file, or the calendar,
    read again, would not say what the plan says.
    """
    if plan.stopped:
        raise ExportError("the plan holds a finding of level stop; no calendar is made of it")
    if plan.issued is None and (privacy == "discreet" or plan.course.reference is not None):
        message = (
            "a calendar that is discreet, or of a course with a reference, needs a course file. "
            "Without one its ids can be guessed, and a corrected one has the same entries, of "
            "which programs keep the old doses. Keep the course with --save, change it with revise"
        )
        raise ExportError(message)
    marked = marked_entries(plan, compact=compact and can_repeat(plan))
    if part:
        marked = [entry for entry in marked if entry.key in part.keys]
    return _written(plan, marked, privacy, part.name if part else "", reminders=reminders)


def _written(
    plan: Plan,
    marked: Sequence[Marked],
    privacy: Privacy,
    name: str,
    *,
    reminders: bool,
) -> bytes:
    """Write events, and read them again."""
    zone = plan.site.time_zone
    edges = list(_edges(marked, zone))
    # An end in the hour that the clocks repeat has no clock time of its own.
    plain = zone.name != "UTC" and not any(edge.fold for edge in edges)
    rule = vtimezone(zone, edges) if plain and edges else None
    whole = Calendar()
    for label, value in _head(plan, privacy, name).items():
        whole.add(label, value)
    if rule:  # else no zone is named: some readers move a moment in UTC to its clock time
        whole.add("X-WR-TIMEZONE", zone.name)
        whole.add_component(rule)
    expected = []
    for entry in marked:
        event, written = _event(plan, entry, privacy, zone if rule else None)
        expected.append(written)
        if not reminders:
            event.subcomponents.clear()
        whole.add_component(event)
    content: bytes = whole.to_ical()
    read_again(content, zone, expected)
    if any(entry.event and entry.event.every for entry in marked):
        check_repeats(content, plan, whole=not name)
    return content


def _edges(marked: Iterable[Marked], zone: Zone) -> Iterator[datetime]:
    """Give every start and end of a timed event, to the last repetition."""
    for _, planned, mark in marked:
        for edge in _moments(planned, mark, zone):
            if isinstance(edge, datetime):
                last = (
                    timedelta(days=planned.every * (planned.times - 1)) if planned else timedelta(0)
                )
                yield from (edge, edge + last) if last else (edge,)


def _moments(
    planned: PlannedEvent | None, mark: Mark, zone: Zone
) -> tuple[datetime | date, datetime | date]:
    """Give start and end; of a cancelled event those that it had last."""
    if planned:
        edges = (planned.start, planned.end)
    else:
        edges = tuple(_moment(text) for text in (mark.line.start, mark.line.end))  # type: ignore[assignment]  # two of two
    start, end = (
        edge.astimezone(UTC).astimezone(zone.info) if isinstance(edge, datetime) else edge
        for edge in edges
    )
    return start, end


def _moment(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _event(
    plan: Plan, marked: Marked, privacy: Privacy, zone: Zone | None
) -> tuple[Event, Written]:
    key, planned, mark = marked
    start, end = _moments(planned, mark, plan.site.time_zone)
    texts = _texts(plan, planned, mark, privacy)
    summary, description = (vText(clean(text)) for text in texts)
    uid = str(uuid5(plan.course_id, key))
    status = "CANCELLED" if planned is None else "CONFIRMED" if plan.released else "TENTATIVE"
    event = Event(_CONSTANT)
    event["DTSTAMP"] = event["LAST-MODIFIED"] = _alike(vDatetime, mark.modified)
    event["CREATED"] = _alike(vDatetime, mark.created)
    event["SEQUENCE"] = _alike(vInt, mark.sequence)
    event["STATUS"] = _alike(vText, status)
    event["UID"] = vText(uid)
    for name, edge in (("DTSTART", start), ("DTEND", end)):
        event[name] = _edge(edge, zone)
    if planned and planned.every:
        event["RRULE"] = vRecur(FREQ="DAILY", INTERVAL=planned.every, COUNT=planned.times)
    event["SUMMARY"] = summary
    event["DESCRIPTION"] = description
    if planned and isinstance(planned.start, datetime) and not planned.given:
        alarm = Alarm(_DISPLAY)
        alarm["TRIGGER"] = _alike(vDuration, timedelta(minutes=-plan.site.reminder_minutes))
        alarm["DESCRIPTION"] = summary
        event.add_component(alarm)
    repeats = f"{planned.every} x {planned.times}" if planned and planned.every else "once"
    written = Written(
        uid=uid,
        summary=str(summary),
        start=start,
        end=end,
        repeats=repeats,
        status=status,
        sequence=mark.sequence,
    )
    return event, written


@lru_cache(maxsize=256)
def _alike(kind: Callable[[object], object], value: object) -> object:
    """Make a property that many events have in common once; making them is half of our time."""
    return kind(value)


def _head(plan: Plan, privacy: Privacy, part: str) -> dict[str, str]:
    revision = plan.issued.revision if plan.issued else 0
    # No comma: programs differ in whether they read it escaped.
    name = f"{'' if plan.released else 'DRAFT '}{_course(plan, privacy)} revision {revision}"
    if privacy != "discreet":
        name = f"{name} {plan.course.regimen}"
    if part:
        name = f"{name} {part}"
    return {
        "PRODID": f"-//Posology//Posology {__version__}//EN",
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
        "NAME": name,
        "X-WR-CALNAME": name,
    }


def _course(plan: Plan, privacy: Privacy) -> str:
    named = privacy == "full" and plan.course.reference
    return f"course {named or plan.course_id.hex[:8]}"


def _texts(
    plan: Plan, planned: PlannedEvent | None, mark: Mark, privacy: Privacy
) -> tuple[str, str]:
    """Give the summary and the description of an event."""
    release = plan.released
    begins = "CANCELLED: " if planned is None else "" if release else "DRAFT: "
    of = f"{_course(plan, privacy)}, revision {mark.revision}"
    if privacy == "discreet":
        status = "cancelled" if planned is None else "released" if release else "not released"
        what = f"{'To do' if mark.line.drug == '-' else 'Treatment'} {mark.number}"
        return f"{begins}{what}", f"{of}, {status}"
    whose = f" [{plan.course.reference}]" if privacy == "full" and plan.course.reference else ""
    if planned is None:
        why = mark.why.capitalize()
        reason = f"{why}." if mark.why == "not given" else f"{why}: do not give."
        return f"{begins}{mark.line.summary}{whose}", f"{reason}\n{of}"
    status = "DRAFT: not released. For a pharmacist's check, not for giving."
    if release:
        status = f"{release_status(plan)}."
        if release.acknowledged:
            status = f"{status} Acknowledged: {', '.join(release.acknowledged)}."
    return (
        f"{begins}{planned.summary}{whose}",
        f"{status}\n{planned.about}\n{of}, {planned.key}; Posology {mark.software}",
    )


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
