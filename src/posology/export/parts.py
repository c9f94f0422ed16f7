"""A large calendar in several files: one for each drug, in parts where one is still too large."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

from posology.export.calendar import Part, Privacy, calendar, can_repeat
from posology.guards.dates import MANY_EVENTS
from posology.model import Plan
from posology.record.entries import Marked, marked_entries

MOST_BYTES = 1_000_000
"""Google's calendar is reported to import files of at most one megabyte; we read no document."""


def calendars(
    plan: Plan, privacy: Privacy = "standard", *, compact: bool = False, reminders: bool = True
) -> dict[str, bytes]:
    """Write the calendar of a plan, as one file; where that is too large, as several.

    Gives the bytes by what the file is of: empty for all, else a drug or ``to-do``, and its part.
    Of a discreet calendar no name holds a drug.
    """
    compact = compact and can_repeat(plan)
    write = partial(calendar, plan, privacy, compact=compact, reminders=reminders)
    whole = write()
    if _fits(whole):
        return {"": whole}
    marked = marked_entries(plan, compact=compact)
    if privacy == "discreet":
        return _in_parts(write, "part", marked)
    found: dict[str, bytes] = {}
    for drug in sorted({entry.drug for entry in marked}):
        of_drug = [entry for entry in marked if entry.drug == drug]
        found |= _in_parts(write, drug or "to-do", of_drug)
    return found


def _fits(content: bytes) -> bool:
    return len(content) < MOST_BYTES and content.count(b"BEGIN:VEVENT") <= MANY_EVENTS


def _in_parts(
    write: Callable[..., bytes], name: str, entries: Sequence[Marked]
) -> dict[str, bytes]:
    """Write entries in as few files of about equal length as fit."""
    for parts in count(1):
        size = -(-len(entries) // parts)
        slices = [entries[first : first + size] for first in range(0, len(entries), size)]
        files = {}
        for number, part in enumerate(slices, 1):
            label = f"{name}-{number}" if parts > 1 else name
            keys = frozenset(entry.key for entry in part)
            files[label] = write(part=Part(label, keys))
        if all(map(_fits, files.values())) or size == 1:
            return files
    raise AssertionError  # count never ends
