"""Whether a course file and its exports belong together, byte for byte; if not, what differs."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from itertools import product
from typing import get_args

from posology import record
from posology.errors import ExportError
from posology.export.calendar import Privacy
from posology.export.kinds import EXPORTS, exports
from posology.export.text import stands
from posology.library import Library, SiteFile
from posology.model import Record

_MOST_LINES = 12


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
    revision_of = EXPORTS[kind].revision_of
    of = revision_of(content.decode(errors="replace")) if revision_of else None
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
        for made_kind in (kind, *_alike(kind)):
            export = EXPORTS[made_kind]
            for privacy, reminders in product(
                get_args(Privacy) if export.styled else ("standard",),
                (True, False) if export.styled else (True,),
            ):  # fmt: skip
                try:
                    files = exports(kept, computed, [made_kind], privacy, reminders=reminders)
                except ExportError:
                    if made_kind == kind:
                        raise
                    continue
                for name, made in files.items():
                    if name.endswith(export.suffix):
                        yield f"{privacy}, {stands(computed)}", made


def _alike(kind: str) -> list[str]:
    """List the other kinds of such a file: what is cancelled is a calendar too."""
    ending = EXPORTS[kind].suffix.rpartition(".")[2]
    return [
        name for name, export in EXPORTS.items()
        if name != kind and export.revision_of and export.suffix.rpartition(".")[2] == ending
    ]  # fmt: skip
