"""A plan as an iCalendar file (RFC 5545, RFC 7986), by the rules that real programs need.

One event for each administration. Its UID is made of the course and the slot, never of date
or dose. Same plan, same bytes. Before the bytes leave they are read again, and every start
must be the plan's.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid5

from icalendar import Alarm, Calendar, Event, vDate, vDatetime, vDuration, vInt, vText

from posology import __version__
from posology.errors import ExportError
from posology.export.text import weight
from posology.export.vtimezone import vtimezone
from posology.infusion import shown
from posology.model import Administration, Dated, Plan

Privacy = Literal["full", "standard", "discreet"]
"""Full shows the course reference; standard no identifier; discreet no drug and no dose."""

_STAMP = datetime(2000, 1, 1, tzinfo=UTC)
"""A plan that is not yet a course has no revision record, so no time of revision."""
_REVISION = 0


def calendar(plan: Plan, privacy: Privacy = "standard") -> bytes:
    """Write the calendar of a plan.

    Raises ExportError where the plan holds a finding of level stop, or the file, read again,
    would not give the plan's starts.
    """
    if plan.stopped:
        raise ExportError("the plan holds a finding of level stop; no calendar is made of it")
    if privacy == "discreet" and plan.course.reference is None:
        message = (
            "a discreet calendar needs a course reference: without one its ids follow from the "
            "patient's data"
        )
        raise ExportError(message)
    ends = [one.ends(plan.site.entry_minutes).astimezone(UTC) for one in plan.administrations]
    zone = plan.site.time_zone
    edges = [one.at for one in plan.administrations] + [end.astimezone(zone.info) for end in ends]
    # An end in the hour that the clocks repeat has no clock time of its own.
    plain = zone.name != "UTC" and not any(edge.fold for edge in edges)
    rule = vtimezone(zone, edges) if plain else None
    whole = Calendar()
    for name, value in _head(plan, privacy).items():
        whole.add(name, value)
    if rule:
        whole.add_component(rule)
    tzid = zone.name if rule else None
    alarm = _alarm(plan)
    constant = _constant()
    meant = []
    described: dict[tuple[object, ...], str] = {}
    for number, (one, end) in enumerate(zip(plan.administrations, ends, strict=True), 1):
        alike = (one.order.id, id(one.dose), id(one.prepared), id(one.infusion))
        if alike not in described:
            described[alike] = _about(plan, one)
        said = _said(plan, one, number, privacy, described[alike])
        summary, description = (vText(clean(text)) for text in said)
        meant.append((_uid(plan, one), str(summary), one.at.astimezone(UTC), end))
        event = Event(constant)
        event["UID"] = vText(_uid(plan, one))
        event["DTSTART"] = _start(one.at, tzid)
        event["DTEND"] = _start(end.astimezone(zone.info), tzid)
        event["SUMMARY"] = summary
        event["DESCRIPTION"] = description
        reminder = Alarm(alarm)
        reminder["DESCRIPTION"] = summary
        event.add_component(reminder)
        whole.add_component(event)
    if privacy != "discreet":
        for item in plan.items:
            whole.add_component(_item_event(plan, item, constant))
    content: bytes = whole.to_ical()
    _read_again(content, plan, meant)
    return content


def _item_event(plan: Plan, dated: Dated, constant: Mapping[str, object]) -> Event:
    """Write something to do as an entry of a whole day, its end exclusive (RFC 5545, 3.6.1)."""
    event = Event(constant)
    slot = f"item.{dated.number}.{(dated.on - plan.course.start).days}"
    event["UID"] = vText(str(uuid5(plan.course_id, slot)))
    for name, day in (("DTSTART", dated.on), ("DTEND", dated.on + timedelta(days=1))):
        event[name] = vDate(day)
        event[name].params["VALUE"] = "DATE"
    event["SUMMARY"] = vText(clean(f"DRAFT: {dated.item.name} ({dated.item.kind})"))
    event["DESCRIPTION"] = vText(clean(f'Source: "{dated.item.quote}"'))
    return event


def _head(plan: Plan, privacy: Privacy) -> dict[str, str]:
    name = f"DRAFT {_course(plan, privacy)}, revision {_REVISION}"
    if privacy != "discreet":
        name = f"{name}, {plan.course.regimen}"
    return {
        "PRODID": f"-//Posology//Posology {__version__}//EN",
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
        "NAME": name,
        "X-WR-CALNAME": name,
        "X-WR-TIMEZONE": plan.site.time_zone.name,
    }


def _course(plan: Plan, privacy: Privacy) -> str:
    named = privacy == "full" and plan.course.reference
    return f"course {named or plan.course_id.hex[:8]}"


def _said(
    plan: Plan, one: Administration, number: int, privacy: Privacy, about: str
) -> tuple[str, str]:
    """Give the summary and the description of an event."""
    if privacy == "discreet":
        count = len(plan.administrations)
        return f"DRAFT: Treatment {number} of {count}", f"{_course(plan, privacy)}, not released"
    summary = f"DRAFT: {one.order.drug} {one.given}, {one.order.route}, {one.label}"
    slot = f"{_course(plan, privacy)}, revision {_REVISION}, {one.slot}; Posology {__version__}"
    return summary, f"{about}\n{slot}"


def _about(plan: Plan, one: Administration) -> str:
    """Describe a dose: the part that equal doses of an order have in common."""
    ready, infusion = one.prepared, one.infusion
    lines = [
        "DRAFT: not released. For a pharmacist's check, not for giving.",
        *([f"Given: {ready}, {ready.product}", f"Rounding: {ready.working}"] if ready else []),
        f"Computed: {one.dose.working}",
        *([f"Rates: {shown(infusion)}"] if infusion else []),
        f"Computed for {weight(plan)}",
        f'Source: "{one.order.quote}" ({plan.regimen.sources[one.order.source].cite})',
        *(f"Look again: {one_finding}" for one_finding in _reviews(plan, one)),
        (
            f"Regimen: {plan.course.regimen} version {plan.regimen.version}, "
            f"sha256 {plan.regimen_sha256}"
        ),
    ]
    return "\n".join(lines)


def _reviews(plan: Plan, one: Administration) -> list[str]:
    own = f"orders[{plan.regimen.orders.index(one.order)}]."
    return [
        finding.message
        for finding in plan.findings
        if finding.level == "review"
        and (
            finding.where.startswith((own, "weight"))
            or (finding.where == one.order.drug and finding.code.startswith("over-"))
        )
    ]


def _constant() -> dict[str, vText | vDatetime | vInt]:
    """Make the properties that all events have in common, once."""
    stamp = vDatetime(_STAMP)
    return {
        "DTSTAMP": stamp,
        "CREATED": stamp,
        "LAST-MODIFIED": stamp,
        "SEQUENCE": vInt(_REVISION),
        "STATUS": vText("TENTATIVE"),
        "CLASS": vText("PRIVATE"),
        "TRANSP": vText("TRANSPARENT"),
    }


def _alarm(plan: Plan) -> Alarm:
    alarm = Alarm()
    alarm["ACTION"] = vText("DISPLAY")
    alarm["TRIGGER"] = vDuration(timedelta(minutes=-plan.site.reminder_minutes))
    return alarm


def clean(text: str) -> str:
    """Remove what calendar programs break on, and write line ends as RFC 5545 does.

    A backslash before n would be read as a line end by some, so it becomes a slash.
    """
    text = unicodedata.normalize("NFC", text).replace("\\", "/")
    return "\n".join(
        line if line.isprintable() else "".join(c for c in line if c.isprintable())
        for line in text.split("\n")
    )


def _start(moment: datetime, tzid: str | None) -> vDatetime:
    if tzid is None:
        return vDatetime(moment.astimezone(UTC))
    local = vDatetime(moment.replace(tzinfo=None))
    local.params["TZID"] = tzid
    return local


_PROPERTY = re.compile(r"^(UID|SUMMARY|DTSTART|DTEND)(?:;TZID=([^:]+))?:(.*)$", re.MULTILINE)


def _read_again(
    content: bytes, plan: Plan, meant: list[tuple[str, str, datetime, datetime]]
) -> None:
    """Compare every id, summary, start and end of the file with the plan; raises ExportError."""
    text = content.decode().replace("\r\n ", "").replace("\r\n", "\n")
    zone = plan.site.time_zone
    read = []
    for event in text.split("BEGIN:VEVENT\n")[1 : len(meant) + 1]:
        found = {name: (tzid, value) for name, tzid, value in _PROPERTY.findall(event)}
        moments = []
        for tzid, value in (found["DTSTART"], found["DTEND"]):
            at = datetime.fromisoformat(value.removesuffix("Z"))
            if tzid not in {"", zone.name} or (tzid == "") != value.endswith("Z"):
                break
            moments.append(at.replace(tzinfo=zone.info if tzid else UTC).astimezone(UTC))
        summary = found["SUMMARY"][1].replace("\\,", ",").replace("\\;", ";")
        read.append((found["UID"][1], summary, *moments))
    if read != meant:
        message = "the calendar, read again, does not say what the plan says; please report this"
        raise ExportError(message)


def _uid(plan: Plan, one: Administration) -> str:
    return str(uuid5(plan.course_id, str(one.slot)))
