"""What became of a calendar's events over the revisions, and the difference in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from posology.model import Issued, Line, Mark, Record, Release, print_date
from posology.record.file import content_sha256, lines_at


class _State(NamedTuple):
    """A revision, or its release: when it was, and by which software."""

    at: datetime
    revision: int
    software: str


def issued(record: Record, revision: int | None = None) -> Issued:
    """Tell what became of each event up to a revision, by RFC 5545: sequence, cancellation.

    A revision and a release are each a state of the calendar. An event's sequence counts the
    states in which it differs from the one before; to be released, or a draft again, is one.
    """
    number = len(record.revisions) - 1 if revision is None else revision
    marks: dict[str, Mark] = {}
    signed: Release | None = None
    for index, one in enumerate(record.revisions[: number + 1]):
        state = _State(one.at, index, one.software)
        others = set(marks).difference(one.gone, one.events) if signed else ()
        marks |= {key: _again(marks[key], state) for key in others if not marks[key].cancelled}
        marks |= {key: _again(marks[key], state)._replace(cancelled=True) for key in one.gone}
        for key, line in one.events.items():
            new = Mark(line, False, -1, one.at, one.at, index, len(marks) + 1, one.software)  # noqa: FBT003 - a new event is not cancelled
            marks[key] = _again(marks.get(key, new), state)._replace(line=line, cancelled=False)
        signed = None
        for signed in (each for each in record.releases if each.revision == index):
            state = _State(signed.at, index, one.software)
            marks |= {key: _again(mark, state) for key, mark in marks.items() if not mark.cancelled}
    last = number == len(record.revisions) - 1
    if signed and last and signed.content_sha256 != content_sha256(record):
        signed = None
    return Issued(number, signed, marks, record.form == "compact")


def _again(mark: Mark, state: _State) -> Mark:
    return mark._replace(sequence=mark.sequence + 1, modified=state.at, revision=state.revision,
                         software=state.software)  # fmt: skip


def differences(record: Record, old: int, new: int) -> list[str]:
    """Say in words what differs between two revisions: moved, changed, cancelled, new."""
    return told(lines_at(record, old), lines_at(record, new))


def told(old: Mapping[str, Line], new: Mapping[str, Line], most: int | None = None) -> list[str]:
    """Say in words what differs between two lists of events; at most so many lines."""
    found = []
    for key in sorted({**old, **new}, key=lambda key: (new.get(key) or old[key]).start):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        if now is None and was is not None:
            found.append(f"cancelled  {_at(was)}  {was.summary}  [{key}]")
        elif was is None and now is not None:
            found.append(f"new        {_at(now)}  {now.summary}  [{key}]")
        elif was is not None and now is not None:
            found.append(_differs(was, now, key))
    if most is not None and len(found) > most:
        found = [*found[:most], f"and {len(found) - most} more"]
    return found


def _differs(was: Line, now: Line, key: str) -> str:
    if was.start != now.start:
        same = f"  {now.summary}" if was.summary == now.summary else (
            f"  {was.summary} → {now.summary}")  # fmt: skip
        return f"moved      {_at(was)} → {_at(now)}{same}  [{key}]"
    if was.summary != now.summary:
        return f"changed    {_at(now)}  {was.summary} → {now.summary}  [{key}]"
    what = "repeats" if was.repeats != now.repeats else "end" if was.end != now.end else "details"
    return f"changed    {_at(now)}  {now.summary} ({what})  [{key}]"


def _at(line: Line) -> str:
    at = datetime.fromisoformat(line.start)
    return (
        print_date(at) if len(line.start) == len("2027-01-11") else f"{print_date(at)} {at:%H:%M}"
    )
