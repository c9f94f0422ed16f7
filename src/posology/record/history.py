"""What became of a calendar's events over the revisions, and the difference in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from posology.model import Change, Issued, Line, Mark, Record, Release, print_date
from posology.model.changing import why_gone
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
    for index, kept in enumerate(record.revisions[: number + 1]):
        state = _State(kept.at, index, kept.software)
        others = set(marks).difference(kept.gone, kept.events) if signed else ()
        marks |= {key: _raised(marks[key], state) for key in others if not marks[key].cancelled}
        for key in kept.gone:
            why = _why(kept.change, key)
            marks[key] = _raised(marks[key], state)._replace(cancelled=True, why=why)
        for key, line in kept.events.items():
            new = Mark(
                line=line,
                cancelled=False,
                sequence=-1,
                created=kept.at,
                modified=kept.at,
                revision=index,
                number=len(marks) + 1,
                software=kept.software,
            )
            marks[key] = _raised(marks.get(key, new), state)._replace(
                line=line, cancelled=False, why=""
            )
        signed = None
        for signed in (release for release in record.releases if release.revision == index):
            state = _State(signed.at, index, kept.software)
            marks |= {
                key: _raised(mark, state) for key, mark in marks.items() if not mark.cancelled
            }
    last = number == len(record.revisions) - 1
    if signed and last and signed.content_sha256 != content_sha256(record, form=signed.form):
        signed = None
    return Issued(number, signed, marks, record.form == "compact")


def _why(change: Change | None, key: str) -> str:
    """Say why an event is no longer planned."""
    return why_gone(change, key) if change else "no longer planned"


def _raised(mark: Mark, state: _State) -> Mark:
    return mark._replace(sequence=mark.sequence + 1, modified=state.at, revision=state.revision,
                         software=state.software)  # fmt: skip


def differences(record: Record, old: int, new: int) -> list[str]:
    """Say in words what differs between two revisions: moved, changed, cancelled, new."""
    why = {key: mark.why for key, mark in issued(record, new).marks.items() if mark.cancelled}
    return event_differences(lines_at(record, old), lines_at(record, new), why)


def event_differences(
    old: Mapping[str, Line], new: Mapping[str, Line], why: Mapping[str, str] | None = None
) -> list[str]:
    """Say in words what differs between two lists of events, in order of time."""
    found = []
    for key in sorted({**old, **new}, key=lambda key: (new.get(key) or old[key]).start):
        was, now = old.get(key), new.get(key)
        if was is not None and now is None:
            reason = f" ({why[key]})" if why and why.get(key) else ""
            found.append(f"cancelled{reason}  {_at(was)}  {was.summary}  [{key}]")
        elif was is None and now is not None:
            found.append(f"new  {_at(now)}  {now.summary}  [{key}]")
        elif was is not None and now is not None and not _alike(was, now):
            found.append(f"{_difference(was, now)}  [{key}]")
    return found


def _alike(was: Line, now: Line) -> bool:
    """Tell whether two lines say the same; one of form 1 holds no digest of values to compare."""
    if was.of_form_1 != now.of_form_1:
        return was._replace(digest=now.digest) == now
    return was == now


def _difference(was: Line, now: Line) -> str:
    """Say all that is different about an event: when, what, how long, or its details."""
    when = _at(now) if was.start == now.start else f"{_at(was)} → {_at(now)}"
    what = now.summary if was.summary == now.summary else f"{was.summary} → {now.summary}"
    details = []
    if _lasts(was) != _lasts(now):
        details.append(f"lasts {_lasts(now)} min, before {_lasts(was)} min")
    if was.repeats != now.repeats:
        details.append(f"repeats {now.repeats}, before {was.repeats}")
    only_details = was.start == now.start and was.summary == now.summary and not details
    details += ["the description differs"] if only_details else []
    kind = "changed" if was.start == now.start else "moved"
    listed = f" ({'; '.join(details)})" if details else ""
    return f"{kind}  {when}  {what}{listed}"


def _lasts(line: Line) -> int:
    start, end = (datetime.fromisoformat(text) for text in (line.start, line.end))
    return int((end - start).total_seconds()) // 60


def _at(line: Line) -> str:
    at = datetime.fromisoformat(line.start)
    return f"{print_date(at)} {at:%H:%M}" if "T" in line.start else print_date(at)
