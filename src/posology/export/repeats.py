"""Repeated entries expanded again, by dateutil and not by us, and compared with the plan."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

from dateutil.rrule import rrulestr
from dateutil.tz import tzical

from posology.errors import ExportError
from posology.model import Plan, print_date

_EDGE = re.compile(r"^DTSTART(?:;TZID=([^:]+))?:(\d{8}T\d{6})Z?$", re.MULTILINE)
_REPEATED = re.compile(r"^RRULE:(.+)$", re.MULTILINE)
_NEAR = timedelta(hours=3)


class UnrepeatableError(ExportError):
    """The calendar's rules would not give the plan's moments in every reader."""


def check_repeats(content: bytes, plan: Plan, *, whole: bool) -> None:
    """Compare the expanded doses with the plan; raises UnrepeatableError.

    ``whole``: every dose is there; else each that is there is one of the plan.

    A clock time within some hours of a clock change is never repeated: readers differ about it.
    Nor is a moment in UTC: it would leave the clock time when the clocks change.
    """
    zone = plan.site.time_zone
    in_utc = zone.name != "UTC" and b"BEGIN:VTIMEZONE" not in content
    doses = plan.administrations
    edges = [edge for dose in doses for edge in (dose.at, dose.ends(plan.site.entry_minutes))]
    unclear = any(_beside_a_change(edge) for edge in edges)
    moments, found = Counter(dose.at.astimezone(UTC) for dose in doses), Counter(_starts(content))
    if in_utc or unclear or not found <= moments or (whole and found != moments):
        raise UnrepeatableError(
            f"repeated entries would be read at a wrong time in {zone} when the "
            "clocks change; no calendar is written. Plan a course without --compact"
        )


def not_given_within(plan: Plan) -> str:
    """Name the doses of a compact course that are not given and have no cancelled entry.

    They lie within repeated entries, which end earlier or are cut in the whole calendar. Empty
    where there are none.
    """
    if plan.issued is None or not plan.issued.compact:
        return ""
    marks = plan.issued.marks
    within = [
        each
        for each in plan.absent
        if not (str(each.slot) in marks and marks[str(each.slot)].cancelled)
    ]
    if not within:
        return ""
    named = "; ".join(f"{print_date(each.on)} {each.slot}: {each.why}" for each in within)
    return f"{len(within)} doses within repeated entries are not given: {named}"


def _beside_a_change(edge: datetime) -> bool:
    """Tell whether the clocks change near a moment: there a reader may be an hour off.

    Not only in the hour that comes twice: dateutil is wrong in the hour after it in Dublin, whose
    rule has its summer time as the standard one.
    """
    at = edge.astimezone(UTC)
    offsets = {
        (at + hours).astimezone(edge.tzinfo).utcoffset() for hours in (-_NEAR, timedelta(0), _NEAR)
    }
    return len(offsets) > 1


def _starts(content: bytes) -> Iterator[datetime]:
    """Give every moment in UTC at which a dose of the file starts."""
    text = content.decode().replace("\r\n ", "").replace("\r\n", "\n")
    head, *events = text.split("BEGIN:VEVENT\n")
    zones = tzical(StringIO(head)) if "BEGIN:VTIMEZONE" in head else None
    for event in events:
        found = _EDGE.search(event)
        if found is None or "\nSTATUS:CANCELLED\n" in event:
            continue
        start = datetime.fromisoformat(found[2])
        rule = _REPEATED.search(event)
        zone = zones.get(found[1]) if zones and found[1] else UTC
        for at in rrulestr(rule[1], dtstart=start) if rule else (start,):
            yield at.replace(tzinfo=zone).astimezone(UTC)
