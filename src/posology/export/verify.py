"""Whether a course file and its exports belong together, byte for byte; if not, what differs."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from itertools import product
from typing import get_args

from posology import record
from posology.errors import ExportError
from posology.export.calendar import Privacy
from posology.export.kinds import exports
from posology.export.text import stands
from posology.library import Library, SiteFile
from posology.model import Record

_MOST_LINES = 12
_REVISION = (
    re.compile(r"^NAME:[^\r\n]*revision ([0-9]{1,6})", re.MULTILINE),
    re.compile(r'"revision": "([0-9]{1,6})"'),
)


def verify(
    kept: Record, library: Library, site: SiteFile, contents: Mapping[tuple[str, str], bytes]
) -> tuple[bool, list[str]]:
    """Compute the course anew and compare it, and each file, by kind and name, with its own.

    Gives whether all is as it must be, and a line for each.
    """
    last = len(kept.revisions) - 1
    computed = record.planned(kept, library, site)
    differs = [one.message for one in computed.findings if one.code == "computed-differently"]
    good = not differs
    lines = [
        f"course {kept.id.hex[:8]}, revision {last}: {differs[0]}" if differs
        else f"course {kept.id.hex[:8]}, revision {last}: computed anew, it is the same"
    ]  # fmt: skip
    for (kind, name), content in contents.items():
        fits, told = _file(kept, library, site, (kind, name), content)
        good = good and fits
        lines += told
    return good, lines


def _file(
    kept: Record, library: Library, site: SiteFile, file: tuple[str, str], content: bytes
) -> tuple[bool, list[str]]:
    last = len(kept.revisions) - 1
    kind, name = file
    of = _revision_of(content, kind)
    if of is None or of > last:
        return False, [f"{name}: names no revision of this course"]
    nearest: tuple[str, bytes] | None = None
    current = stands(record.planned(kept, library, site))
    try:
        for words, made in _candidates(kept, library, site, kind, of):
            if made == content:
                now = ""
                if of != last:
                    now = f"; the course is at revision {last}: replace the file"
                elif not words.endswith(current):
                    now = f"; it is {current} since: replace the file"
                return not now, [f"{name}: byte for byte that of revision {of} ({words}){now}"]
            nearest = nearest or (words, made)
    except ExportError as error:
        return False, [f"{name}: revision {of} cannot be computed anew: {error}"]
    if nearest is None:
        return False, [f"{name}: is no export of this course"]
    was, now_lines = (part.decode(errors="replace").splitlines() for part in (nearest[1], content))
    differs = list(unified_diff(was, now_lines, f"revision {of}", name, n=0, lineterm=""))
    more = [f"and {len(differs) - _MOST_LINES} more lines"] if len(differs) > _MOST_LINES else []
    head = f"{name}: differs from revision {of} ({nearest[0]}):"
    return False, [head, *(f"  {line}" for line in [*differs[:_MOST_LINES], *more])]


def _revision_of(content: bytes, kind: str) -> int | None:
    text = content.decode(errors="replace").replace("\r\n ", "")
    if kind == "csv":
        try:
            row = next(csv.DictReader(io.StringIO(text)), {})
        except csv.Error:
            return None
        written = row.get("revision") or ""
        return int(written) if re.fullmatch(r"[0-9]{1,6}", written) else None
    found = next((match for one in _REVISION if (match := one.search(text))), None)
    return int(found[1]) if found else None


def _candidates(
    kept: Record, library: Library, site: SiteFile, kind: str, revision: int
) -> Iterator[tuple[str, bytes]]:
    """Make every export of a revision: released and as a draft, at each level of privacy."""
    signed = [one for one in kept.releases if one.revision == revision]
    before = [one for one in kept.releases if one.revision < revision]
    # Each signature was an edition of its own; the first had none.
    for number in range(len(signed), -1, -1):
        state = kept.model_copy(update={"releases": (*before, *signed[:number])})
        computed = record.planned(state, library, site, revision)
        calendar = kind == "ics"
        marks = record.issued(state, revision).marks.values()
        gone = ["cancellations"] if calendar and any(one.cancelled for one in marks) else []
        for made_kind, privacy, reminders in product(
            [kind, *gone], get_args(Privacy) if calendar else ("standard",),
            (True, False) if calendar else (True,),
        ):  # fmt: skip
            for name, made in exports(
                kept, computed, [made_kind], privacy, reminders=reminders
            ).items():
                if name.endswith(f".{kind}"):
                    yield f"{privacy}, {stands(computed)}", made
