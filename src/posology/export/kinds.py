"""The files of a course's revision, by their names; beside a calendar what has changed."""

from collections.abc import Iterable

from posology import record
from posology.export import table
from posology.export.calendar import Privacy, calendars, cancellations
from posology.export.text import changed_so, stands
from posology.model import Plan, Record

KINDS = ("ics", "csv", "xlsx", "json", "worksheet", "patient", "cancellations")


def exports(
    kept: Record, computed: Plan, kinds: Iterable[str], privacy: Privacy, *, reminders: bool = True
) -> dict[str, bytes]:
    """Make the files of a plan of a course file, of some of the kinds."""
    revision = computed.issued.revision if computed.issued else 0
    stem = f"course-{kept.id.hex[:8]}-r{revision}{'' if computed.released else '-draft'}"
    files: dict[str, bytes] = {}
    for kind in kinds:
        if kind == "cancellations":
            files[f"{stem}-cancellations.ics"] = cancellations(computed, privacy)
        elif kind == "ics":
            made = calendars(computed, privacy, reminders=reminders)
            files |= {f"{stem}{f'-{of}' if of else ''}.ics": one for of, one in made.items()}
            if revision and privacy != "discreet":
                files[f"{stem}-changes.txt"] = _what_changed(kept, computed, revision).encode()
        else:
            ending = f"-{kind}.pdf" if kind in {"worksheet", "patient"} else f".{kind}"
            files[stem + ending] = _made(kind, computed)
    return files


def _made(kind: str, computed: Plan) -> bytes:
    if kind in {"worksheet", "patient"}:
        from posology.export import sheet  # noqa: PLC0415 - typst is slow to import

        return (
            sheet.worksheet(computed) if kind == "worksheet" else sheet.patient_calendar(computed)
        )
    if kind == "xlsx":
        from posology.export.workbook import xlsx_bytes  # noqa: PLC0415 - as above

        return xlsx_bytes(computed)
    return table.csv_bytes(computed) if kind == "csv" else table.json_bytes(computed)


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
