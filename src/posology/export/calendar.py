"""A plan as an iCalendar file (RFC 5545, RFC 7986), by the rules that real programs need.

One event for each dose, or for equal doses in a row. Its UID is made of the course and the
slot, never of date or dose. Of a course file every event ever planned stays: one that is no
longer planned is cancelled. Same plan, same bytes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import uuid5

from posology.errors import ExportError
from posology.export.events import Entry, written
from posology.export.repeats import UnrepeatableError, check_repeats, not_given_within
from posology.export.text import release_status
from posology.model import Event as PlannedEvent
from posology.model import Mark, Plan
from posology.record.entries import Marked, cancelled_entries, marked_entries

Privacy = Literal["standard", "full", "discreet"]
"""Standard shows no identifier; full the course reference; discreet no drug and no dose."""


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
    before = plan.site.reminder_minutes if reminders else None
    entries = [_entry(plan, each, privacy, before) for each in marked]
    content = written(entries, plan.site.time_zone, _name(plan, privacy, name))
    if any(entry.event and entry.event.every for entry in marked):
        check_repeats(content, plan, whole=not name)
    return content


def _entry(plan: Plan, marked: Marked, privacy: Privacy, reminder: int | None) -> Entry:
    key, planned, mark = marked
    summary, description = _texts(plan, planned, mark, privacy)
    start, end = (planned.start, planned.end) if planned else mark.line.edges
    reminded = planned and isinstance(start, datetime) and not planned.given
    return Entry(
        uid=str(uuid5(plan.course_id, key)),
        summary=summary,
        description=description,
        start=start,
        end=end,
        every=planned.every if planned else 0,
        times=planned.times if planned else 1,
        status="CANCELLED" if planned is None else "CONFIRMED" if plan.released else "TENTATIVE",
        mark=mark,
        reminder=reminder if reminded else None,
    )


def _name(plan: Plan, privacy: Privacy, part: str) -> str:
    revision = plan.issued.revision if plan.issued else 0
    # No comma: programs differ in whether they read it escaped.
    name = f"{'' if plan.released else 'DRAFT '}{_course(plan, privacy)} revision {revision}"
    if privacy != "discreet":
        name = f"{name} {plan.course.regimen}"
    return f"{name} {part}" if part else name


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
