"""The kinds of files that a plan leaves as, each described once; and the files of a revision.

The command line, the page and ``verify`` offer what stands in EXPORTS. Imports nothing before a
file is made, so that ``posology --help`` may import it.
"""

TYPE_CHECKING = False  # importing typing for it would cost a third of "posology --help"
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from posology.export.calendar import Privacy
    from posology.model import Plan, Record


IN_PARTS = (
    "The calendar is in several files, since Google takes at most 1 MB in one. Import each of them."
)


class Style:
    """How a calendar is written; other kinds do not ask."""

    def __init__(
        self, privacy: "Privacy" = "standard", *, compact: bool = False, reminders: bool = True,
        whole: bool = False,
    ) -> None:  # fmt: skip
        """Keep it.

        ``compact`` is for a plan that is not kept. ``whole``: one file, however many entries.
        """
        self.privacy = privacy
        self.compact = compact
        self.reminders = reminders
        self.whole = whole


class Export:
    """A kind of file: how it is made of a plan, and what the rest must know of it."""

    def __init__(  # noqa: PLR0913 - all that there is to know, each by its name
        self,
        make: "Callable[[Plan, Style], Mapping[str, bytes]]",
        *,
        suffix: str,
        words: str,
        mime: str,
        revision_of: "Callable[[str], int | None] | None",
        styled: bool = False,
        of_any_plan: bool = False,
        on_page: bool = True,
        though_stopped: bool = False,
    ) -> None:
        """Keep it.

        ``make`` gives the bytes by what each file is of: empty for all, else a drug.
        ``suffix`` ends the name of the file, ``words`` name it for people. ``revision_of`` reads
        the revision out of the text of such a file; None: ``verify`` cannot compare it.
        ``styled``: a Style shows in it. ``of_any_plan``: made also of a plan that is not kept as a
        course. ``on_page``: one of the page's downloads. ``though_stopped``: it leaves even where
        a finding says stop.
        """
        self.make = make
        self.suffix = suffix
        self.words = words
        self.mime = mime
        self.revision_of = revision_of
        self.styled = styled
        self.of_any_plan = of_any_plan
        self.on_page = on_page
        self.though_stopped = though_stopped


def _ics(plan: "Plan", style: Style) -> "Mapping[str, bytes]":
    from posology.export.calendar import calendar  # noqa: PLC0415 - slow to import
    from posology.export.parts import calendars  # noqa: PLC0415 - as above

    privacy, compact, reminders = style.privacy, style.compact, style.reminders
    if style.whole:
        return {"": calendar(plan, privacy, compact=compact, reminders=reminders)}
    return calendars(plan, privacy, compact=compact, reminders=reminders)


def _cancellations(plan: "Plan", style: Style) -> "Mapping[str, bytes]":
    from posology.export.calendar import cancellations  # noqa: PLC0415 - as above

    return {"": cancellations(plan, style.privacy)}


def _worksheet(plan: "Plan", _style: Style) -> "Mapping[str, bytes]":
    from posology.export.sheet import worksheet  # noqa: PLC0415 - as above

    return {"": worksheet(plan)}


def _patient(plan: "Plan", _style: Style) -> "Mapping[str, bytes]":
    from posology.export.sheet import patient_calendar  # noqa: PLC0415 - as above

    return {"": patient_calendar(plan)}


def _xlsx(plan: "Plan", _style: Style) -> "Mapping[str, bytes]":
    from posology.export.workbook import xlsx_bytes  # noqa: PLC0415 - as above

    return {"": xlsx_bytes(plan)}


def _csv(plan: "Plan", _style: Style) -> "Mapping[str, bytes]":
    from posology.export.table import csv_bytes  # noqa: PLC0415 - as above

    return {"": csv_bytes(plan)}


def _json(plan: "Plan", _style: Style) -> "Mapping[str, bytes]":
    from posology.export.document import json_bytes  # noqa: PLC0415 - as above

    return {"": json_bytes(plan)}


def _revision_in_name(text: str) -> int | None:
    """Read the revision in the name of a calendar."""
    return _found(r"^NAME:[^\r\n]*revision ([0-9]{1,6})", text.replace("\r\n ", ""))


def _revision_in_json(text: str) -> int | None:
    return _found(r'"revision": "([0-9]{1,6})"', text)


def _revision_in_row(text: str) -> int | None:
    """Read the revision in the first row of a table."""
    import csv  # noqa: PLC0415 - as above
    import io  # noqa: PLC0415 - as above

    try:
        row = next(csv.DictReader(io.StringIO(text)), {})
    except csv.Error:
        return None
    return _found(r"^([0-9]{1,6})\Z", row.get("revision") or "")


def _found(pattern: str, text: str) -> int | None:
    import re  # noqa: PLC0415 - as above

    found = re.search(pattern, text, re.MULTILINE)
    return int(found[1]) if found else None


EXPORTS: "Mapping[str, Export]" = {
    "ics": Export(
        _ics, suffix=".ics", words="calendar (.ics)", mime="text/calendar",
        revision_of=_revision_in_name, styled=True, of_any_plan=True,
    ),
    "worksheet": Export(
        _worksheet, suffix="-worksheet.pdf", words="worksheet (.pdf)",
        mime="application/pdf", revision_of=None,
    ),
    "patient": Export(
        _patient, suffix="-patient.pdf", words="patient's calendar (.pdf)",
        mime="application/pdf", revision_of=None,
    ),
    "xlsx": Export(
        _xlsx, suffix=".xlsx", words="spreadsheet (.xlsx)",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        revision_of=None,
    ),
    "csv": Export(
        _csv, suffix=".csv", words="table (.csv)", mime="text/csv",
        revision_of=_revision_in_row, of_any_plan=True,
    ),
    "json": Export(
        _json, suffix=".json", words="whole plan (.json)", mime="application/json",
        revision_of=_revision_in_json, of_any_plan=True,
        on_page=False,  # it would stand beside the course file, which is a .json too
    ),
    "cancellations": Export(
        _cancellations, suffix="-cancellations.ics", words="cancelled entries alone (.ics)",
        mime="text/calendar", revision_of=_revision_in_name, styled=True,
        on_page=False,  # the page offers it where something is cancelled
        though_stopped=True,  # that less is given may always be said
    ),
}  # fmt: skip


def exports(
    kept: "Record", computed: "Plan", kinds: "Iterable[str]", privacy: "Privacy", *,
    reminders: bool = True,
) -> dict[str, bytes]:  # fmt: skip
    """Make the files of a plan of a course file, of some of the kinds, by their names.

    Beside a calendar stands what has changed.
    """
    revision = computed.issued.revision if computed.issued else 0
    stem = f"course-{kept.id.hex[:8]}-r{revision}{'' if computed.released else '-draft'}"
    style = Style(privacy, reminders=reminders)
    files: dict[str, bytes] = {}
    for kind in kinds:
        made = EXPORTS[kind].make(computed, style)
        files |= {
            f"{stem}{f'-{of}' if of else ''}{EXPORTS[kind].suffix}": content
            for of, content in made.items()
        }
        if kind == "ics" and revision and privacy != "discreet":
            files[f"{stem}-changes.txt"] = _what_changed(kept, computed, revision).encode()
    return files


def _what_changed(kept: "Record", computed: "Plan", revision: int) -> str:
    """List what differs from the last revision that was released before, else from the first."""
    from posology import record  # noqa: PLC0415 - as above
    from posology.export.text import changed_so, release_status  # noqa: PLC0415 - as above

    before = max((each.revision for each in kept.releases if each.revision < revision), default=0)
    changes = [
        f"  {changed_so(number, each.change)}"
        for number, each in enumerate(kept.revisions[: revision + 1])
        if number > before and each.change
    ]
    lines = record.differences(kept, before, revision) or ["nothing that a calendar shows"]
    head = [
        f"{release_status(computed)}  course {kept.id.hex[:8]}, revision {revision}",
        "Changes:",
        *changes,
        f"Against revision {before}:",
    ]
    return "\n".join([*head, *(f"  {line}" for line in lines)]) + "\n"
