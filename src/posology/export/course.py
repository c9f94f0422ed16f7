"""The files of a course's revision, by their names; beside a calendar what has changed."""

from collections.abc import Iterable

from posology import record
from posology.export import table
from posology.export.calendar import Privacy, calendars, cancellations
from posology.export.text import changed_so, stands
from posology.model import Plan, Record


def exports(
    kept: Record, computed: Plan, kinds: Iterable[str], privacy: Privacy
) -> dict[str, bytes]:
    """Make the files of a plan of a course file: of the kinds ics, csv, json, cancellations."""
    revision = computed.issued.revision if computed.issued else 0
    stem = f"course-{kept.id.hex[:8]}-r{revision}{'' if computed.released else '-draft'}"
    files: dict[str, bytes] = {}
    for kind in kinds:
        if kind == "cancellations":
            files[f"{stem}-cancellations.ics"] = cancellations(computed, privacy)
        elif kind == "ics":
            made = calendars(computed, privacy)
            files |= {f"{stem}{f'-{of}' if of else ''}.ics": one for of, one in made.items()}
            if revision and privacy != "discreet":
                files[f"{stem}-changes.txt"] = _what_changed(kept, computed, revision).encode()
        else:
            make = table.csv_bytes if kind == "csv" else table.json_bytes
            files[f"{stem}.{kind}"] = make(computed)
    return files


def _what_changed(kept: Record, computed: Plan, revision: int) -> str:
    """List what differs from the last revision that was released before, else from the first."""
    before = max((one.revision for one in kept.releases if one.revision < revision), default=0)
    changes = [
        f"  {changed_so(number, one.change)}"
        for number, one in enumerate(kept.revisions[: revision + 1])
        if number > before and one.change
    ]
    lines = record.differences(kept, before, revision) or ["nothing that a calendar shows"]
    head = [
        f"{stands(computed)}  course {kept.id.hex[:8]}, revision {revision}",
        "Changes:",
        *changes,
        f"Against revision {before}:",
    ]
    return "\n".join([*head, *(f"  {line}" for line in lines)]) + "\n"
