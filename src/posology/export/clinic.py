"""One calendar of many courses, made of their course files alone; nothing is computed anew.

Its entries have the ids that they have in the calendar of their own course, and say whose they
are: two infusions at 08:00 can be told apart.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import uuid5

from posology.export.events import Entry, written
from posology.model import Line, Mark, Record
from posology.model.zone import Zone
from posology.record import issued

ClinicPrivacy = Literal["standard", "discreet"]
"""Standard shows reference, drug and dose; discreet the reference alone."""


class Listed(NamedTuple):
    """A course of the calendar."""

    reference: str
    record: Record
    released: bool
    """Whether it is released, and its release still holds."""
    problem: str
    """Why it does not come out as its file says; empty where it does."""
    ended: bool
    """Whether it is closed, so that what is still planned of it is not given."""


def clinic(courses: Iterable[Listed], zone: Zone, privacy: ClinicPrivacy = "standard") -> bytes:
    """Write the calendar of all courses; what is no longer planned stays, as cancelled."""
    entries = [entry for each in courses for entry in _entries(each, zone, privacy)]
    return written(entries, zone, "All courses")


def alone(of: Listed, zone: Zone, privacy: ClinicPrivacy = "discreet") -> bytes:
    """Write the calendar of one course, which its reader knows: no entry names it."""
    return written(list(_entries(of._replace(reference=""), zone, privacy)), zone, "Treatment")


def _entries(of: Listed, zone: Zone, privacy: ClinicPrivacy) -> Iterator[Entry]:
    marks = issued(of.record).marks
    for (key, number), line in _every_line(of.record).items():
        mark = marks[key]
        given = ", given" in line.summary
        # Of a closed course nothing is to come, but where it could not be stopped any more.
        left = of.ended and bool(of.problem) and not given
        gone = mark.cancelled or number >= mark.line.times or left
        moved = timedelta(days=number * line.every)
        start, end = (_later(edge, moved, zone) for edge in line.edges)
        summary, description = _texts(of, line, mark, privacy, gone=gone)
        yield Entry(
            uid=str(uuid5(of.record.id, f"{key}+{number}" if number else key)),
            summary=summary, description=description, start=start, end=end, every=0, times=1,
            status="CANCELLED" if gone else "CONFIRMED" if of.released else "TENTATIVE",
            mark=mark, reminder=None,
        )  # fmt: skip


def _every_line(record: Record) -> dict[tuple[str, int], Line]:
    """Give each dose and item that was ever planned, with the line that had it last.

    A repeated line is one of each of its days: programs would repeat it at a wrong time where
    the clocks change, and a shorter repetition would take entries away that stand elsewhere.
    """
    return {
        (key, number): line
        for revision in record.revisions
        for key, line in revision.events.items()
        for number in range(line.times)
    }


def _later(edge: datetime | date, moved: timedelta, zone: Zone) -> datetime | date:
    """Move a start or an end by days; it keeps its clock time."""
    if not isinstance(edge, datetime) or not moved:
        return edge + moved
    return edge.astimezone(zone.info) + moved


def _texts(
    of: Listed, line: Line, mark: Mark, privacy: ClinicPrivacy, *, gone: bool
) -> tuple[str, str]:
    """Give the summary and the description of an entry."""
    begins = "CANCELLED: " if gone else "" if of.released else "DRAFT: "
    what = f"{'to do' if line.drug == '-' else 'treatment'} {mark.number}"
    if privacy == "standard":
        what = f"{line.drug} {line.summary}" if line.drug not in line.summary else line.summary
        what = what.removeprefix("- ")
    status = f"{(mark.why or 'no longer planned').capitalize()}: do not give"
    if not gone:
        draft = "DRAFT: not released. For a pharmacist's check, not for giving"
        status = "released" if of.released else draft
    # The finding itself may hold a weight; posology due tells it.
    look = " Look at this course first: a finding says stop." if of.problem else ""
    about = f"{status}.{look}\nrevision {mark.revision}"
    whose = f"{of.reference}: {what}" if of.reference else f"{what[0].upper()}{what[1:]}"
    return f"{begins}{whose}", about
