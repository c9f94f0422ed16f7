"""Whether a course file and its exports belong together, byte for byte; if not, what differs."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from itertools import product
from typing import get_args

from posology import record
from posology.errors import ExportError
from posology.export.calendar import Privacy
from posology.export.kinds import EXPORTS, exports
from posology.export.text import release_status
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
    differs = [each.message for each in computed.findings if each.code == "computed-differently"]
    good = not differs
    lines = [
        f"course {kept.id.hex[:8]}, revision {last}: {differs[0]}" if differs
        else f"course {kept.id.hex[:8]}, revision {last}: computed anew, it is the same"
    ]  # fmt: skip
    for (kind, name), content in contents.items():
        fits, file_lines = _file(kept, library, site, (kind, name), content)
        good = good and fits
        lines += file_lines
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
    current = release_status(record.planned(kept, library, site))
    try:
        for words, made in _candidates(kept, library, site, kind, of):
            if made == content:
                outdated = ""
                if of != last:
                    outdated = f"; the course is at revision {last}: replace the file"
                elif not words.endswith(current):
                    outdated = f"; it is {current} since: replace the file"
                line = f"{name}: byte for byte that of revision {of} ({words}){outdated}"
                return not outdated, [line]
            nearest = nearest or (words, made)
    except ExportError as error:
        return False, [f"{name}: revision {of} cannot be computed anew: {error}"]
    if nearest is None:
        return False, [f"{name}: is no export of this course"]
    own, file_lines = (part.decode(errors="replace").splitlines() for part in (nearest[1], content))
    lines = list(unified_diff(own, file_lines, f"revision {of}", name, n=0, lineterm=""))
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"and {len(lines) - _MOST_LINES} more lines"]
    head = f"{name}: differs from revision {of} ({nearest[0]}):"
    return False, [head, *(f"  {line}" for line in lines)]


def _candidates(
    kept: Record, library: Library, site: SiteFile, kind: str, revision: int
) -> Iterator[tuple[str, bytes]]:
    """Make every export of a revision: released and as a draft, at each level of privacy."""
    signed = [release for release in kept.releases if release.revision == revision]
    before = [release for release in kept.releases if release.revision < revision]
    # Each signature was an edition of its own; the first had none.
    for number in range(len(signed), -1, -1):
        state = kept.model_copy(update={"releases": (*before, *signed[:number])})
        computed = record.planned(state, library, site, revision)
        for made_kind in (kind, *_related_kinds(kind)):
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
                        yield f"{privacy}, {release_status(computed)}", made


def _related_kinds(kind: str) -> list[str]:
    """List the other kinds of such a file: what is cancelled is a calendar too."""
    ending = EXPORTS[kind].suffix.rpartition(".")[2]
    return [
        name for name, export in EXPORTS.items()
        if name != kind and export.revision_of and export.suffix.rpartition(".")[2] == ending
    ]  # fmt: skip
