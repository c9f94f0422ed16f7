"""The commands for a course file: course, revise, changes, release, verify, publish."""

import argparse
import re
import sys
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, tzinfo
from functools import wraps
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from posology import clock, library, record
from posology.course.commands import OPTIONS, option
from posology.course.reading import read_change
from posology.disk import write
from posology.errors import CourseError, PosologyError, RecordError
from posology.export.kinds import EXPORTS, IN_PARTS, exports
from posology.export.text import changed_so, findings, release_status, text
from posology.model import Course, Plan, Record, print_date
from posology.record import saving
from posology.text import shown

_NO_OPTIONS = ("change", "changes", "plan", "start")
"""Fields of a CourseError that no option sets."""


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")


def _progress(line: str) -> None:
    sys.stderr.write(line + "\n")


def _refusing(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Wrap a command: print in one line why it was refused; return exit code 2, or 1 for a stop."""

    @wraps(run)
    def refusing(options: argparse.Namespace) -> int:
        try:
            return run(options)
        except CourseError as error:
            stopped = list(error.problems) == ["plan"]
            message = "; ".join(
                problem if field in _NO_OPTIONS else f"{option(field)}: {problem}"
                for field, problem in error.problems.items()
            )
        except PosologyError as error:
            message, stopped = "; ".join(str(error).splitlines()), False
        sys.stderr.write(f"posology {options.command}: {message}\n")
        return 1 if stopped else 2

    return refusing


class _Opened(NamedTuple):
    """A course file, with the library and the site that its plan is computed from."""

    path: Path
    record: Record
    raw: bytes
    library: library.Library
    site: library.SiteFile


def _open(options: argparse.Namespace) -> _Opened:
    path = Path(options.course)
    kept, raw = saving.load(path)
    name = kept.inputs["regimen"]
    site = library.read_site(Path(options.site)) if options.site else library.read_site()
    if options.file:
        loaded = library.load(options.file)
        if list(loaded.regimens) != [name]:
            raise RecordError(f"--file: this course is of {name}; give its file, {name}.yaml")
    elif kept.origin == "library" and name in library.regimens(options.library):
        loaded = library.load(name, options.library)
    else:
        drugs = library.drugs_for(options.library or library.FOLDER)
        loaded = library.Library({}, drugs, library.read_combinations())
    return _Opened(path, kept, raw, loaded, site)


def new_course(
    course: Course, loaded: library.Library, site: library.SiteFile, options: argparse.Namespace
) -> tuple[Plan, dict[Path, bytes]]:
    """Begin a course file under a random id; return its plan, and its content by its path."""
    path = Path(options.save)
    if path.suffix != ".json":
        raise RecordError(f"--save: {shown(str(path))} must end in .json")
    if path.exists():
        raise RecordError(f"--save: {shown(str(path))} exists; a course file is never overwritten")
    kept, _ = record.begin(
        course, loaded, site, id_=uuid4(), at=clock.now(), compact=options.compact,
        own_file=library.is_path(options.regimen),
    )  # fmt: skip
    computed = record.planned(kept, loaded, site)
    if options.compact:
        from posology.export.calendar import can_repeat  # noqa: PLC0415 - slow to import

        if not can_repeat(computed):
            raise RecordError(
                f"--compact: in {site.site.time_zone} calendar programs would read repeated "
                "entries at a wrong time when the clocks change; leave out --compact"
            )
    return computed, {path: record.exact_content(kept)}


def _hints(computed: Plan, wanted: Collection[str], files: Iterable[str]) -> None:
    """Say what a person must know of the calendars that were written."""
    if "cancellations" in wanted:
        from posology.export.repeats import not_given_within  # noqa: PLC0415 - slow to import

        if within := not_given_within(computed):
            _out(f"Not in the file of cancellations: {within}. Write the whole calendar: --ics")
    if sum(name.endswith(".ics") and "-cancellations" not in name for name in files) > 1:
        _out(IN_PARTS)
    if "ics" in wanted:
        _out(
            "Before you import it: Evolution, khal and CalDAV servers replace an earlier revision; "
            "Outlook, Google and Thunderbird do not: delete the old calendar there first."
        )


def _today(computed: Plan) -> Plan:
    """Add what only the day tells: past doses without a record."""
    return record.with_unrecorded(computed, clock.today(computed.site.time_zone.info))


@_refusing
def run_course(options: argparse.Namespace) -> int:
    """Show a course, and write the exports that the options name."""
    opened = _open(options)
    computed = record.planned(opened.record, opened.library, opened.site)
    wanted = [kind for kind in EXPORTS if getattr(options, kind)]
    for name in ("to", "privacy"):
        if getattr(options, name) and not wanted:
            raise RecordError(f"--{name}: say also what to write, as in --ics")
    if computed.stopped and not all(EXPORTS[kind].though_stopped for kind in wanted):
        lines = ["posology course: stopped, nothing is written", *findings(computed)]
        sys.stderr.write("\n".join(lines) + "\n")
        return 1
    files = exports(opened.record, computed, wanted, options.privacy or "standard")
    folder = Path(options.to or ".")
    if wanted:
        if not folder.is_dir():
            raise RecordError(f"--to: there is no folder {shown(str(folder))}; make it first")
        write({folder / name: content for name, content in files.items()}, force=options.force)
    _out(text(_today(computed)))
    for name in files:
        _out(f"Written: {folder / name}")
    _hints(computed, wanted, files)
    return 1 if computed.stopped else 0


@_refusing
def run_revise(options: argparse.Namespace) -> int:
    """Show what a change would do; with --take keep it."""
    opened = _open(options)
    at = clock.now()
    today = at.astimezone(opened.site.site.time_zone.info).date()
    before = record.planned(opened.record, opened.library, opened.site)
    texts = {name: getattr(options, name) for name in OPTIONS if getattr(options, name)}
    change = read_change(options.change, texts, before, today.isoformat())
    revised, computed = record.revise(opened.record, change, opened.library, opened.site, at)
    number = len(revised.revisions) - 1
    if options.take is not None and options.take != str(number):
        message = f"--take: this would be revision {number}, not {shown(options.take)}; look again"
        raise RecordError(message)
    if options.take is None:
        _out(f"Revision {changed_so(number, change)}")
        lines = record.differences(revised, number - 1, number)
        _out("\n".join(f"  {line}" for line in lines) or "  no dose changes")
        _out("\n".join(["Findings", *_new_findings(before, computed)]))
        _out(f"Nothing is kept yet. To keep it: the same command with --take {number}")
        return 0
    saving.save(opened.path, revised, opened.raw)
    draft = "; it is a DRAFT again" if before.released else ""
    stopped = "; a finding says stop: nothing can be exported" if computed.stopped else ""
    _out(f"Saved: {opened.path}, revision {number}{draft}{stopped}")
    return 0


def _new_findings(before: Plan, after: Plan) -> list[str]:
    """List the findings that a change brings; count those that were there before."""
    new = tuple(finding for finding in after.findings if finding not in before.findings)
    lines = findings(after._replace(findings=new))
    unchanged = len(after.findings) - len(new)
    return [*lines, f"  {unchanged} as before"] if lines else [f"  none new; {unchanged} as before"]


@_refusing
def run_changes(options: argparse.Namespace) -> int:
    """List in words what differs between two revisions."""
    opened = _open(options)
    last = len(opened.record.revisions) - 1
    new = _number("to", options.to, last, last)
    old = _number("from", getattr(options, "from"), max(new - 1, 0), last)
    if old > new:
        raise RecordError(f"--from: revision {old} is later than {new}; swap --from and --to")
    zone = opened.site.site.time_zone.info
    for number in range(old, new + 1):
        kept = opened.record.revisions[number]
        if kept.change and number > old:
            _out(f"Revision {changed_so(number, kept.change)}; kept {_moment(kept.at, zone)}")
        for signed in opened.record.releases:
            if signed.revision == number:
                second = f", checked by {signed.checked_by}" if signed.checked_by else ""
                _out(f"Released  {number}  {_moment(signed.at, zone)} by {signed.by}{second}")
    lines = record.differences(opened.record, old, new)
    _out("\n".join(lines) or f"No dose differs between revision {old} and revision {new}.")
    return 0


def _moment(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{print_date(local)} {local:%H:%M}"


def _number(option: str, written: str | None, default: int, last: int) -> int:
    if written is None:
        return default
    if re.fullmatch(r"[0-9]{1,6}", written) and int(written) <= last:
        return int(written)
    raise RecordError(f"--{option}: {shown(written)} is not a revision; give 0 to {last}")


@_refusing
def run_release(options: argparse.Namespace) -> int:
    """Sign the last revision."""
    opened = _open(options)
    computed = _today(record.planned(opened.record, opened.library, opened.site))
    acknowledged = {}
    for text_ in options.acknowledge:
        code, _, words = text_.partition("=")
        acknowledged[code] = words
    signed = record.release(
        opened.record, computed, by=options.by, checked_by=options.checked_by,
        weight=options.weight, regimen=options.regimen, acknowledged=acknowledged,
        at=clock.now(),
    )  # fmt: skip
    saving.save(opened.path, signed, opened.raw)
    computed = record.planned(signed, opened.library, opened.site)
    number = len(signed.revisions) - 1
    _out(f"Saved: {opened.path}, revision {number}: {release_status(computed)}")
    return 0


@_refusing
def run_verify(options: argparse.Namespace) -> int:
    """Check that exports belong to a course file, byte for byte."""
    from posology.export.verify import verify  # noqa: PLC0415 - only the command that runs

    opened = _open(options)
    contents = {
        (kind, name): saving.read_bytes(Path(name))
        for kind, export in EXPORTS.items()
        if export.revision_of
        for name in getattr(options, kind)
    }
    good, lines = verify(opened.record, opened.library, opened.site, contents)
    _out("\n".join(lines))
    return 0 if good else 1


@_refusing
def run_publish(options: argparse.Namespace) -> int:
    """Put a released revision into a CalDAV calendar."""
    from posology.export.caldav import publish  # noqa: PLC0415 - only the command that runs

    opened = _open(options)
    computed = record.planned(opened.record, opened.library, opened.site)
    if computed.stopped and not options.cancellations:
        sys.stderr.write("\n".join(["posology publish: stopped", *findings(computed)]) + "\n")
        return 1
    done = publish(
        computed, options.to, options.privacy or "standard", _progress,
        cancelled=options.cancellations,
    )  # fmt: skip
    _out(f"Published: {done.written} entries; {done.unchanged} were there already")
    return 0
