"""The commands for a course file: course, revise, changes, release, verify, publish."""

import argparse
import re
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from uuid import uuid4

from posology import clock, library, record
from posology.cli.opened import opened
from posology.cli.output import moment, out, progress, refusing
from posology.course.commands import OPTIONS
from posology.course.reading import read_change
from posology.disk import write
from posology.errors import RecordError
from posology.export.kinds import EXPORTS, IN_PARTS, exports
from posology.export.text import changed_so, findings, release_status, text
from posology.model import Course, Plan, Record
from posology.record import saving
from posology.text import shown


def new_course(
    course: Course, loaded: library.Library, site: library.SiteFile, options: argparse.Namespace
) -> tuple[Plan, Record]:
    """Begin a course file under a random id; return its plan, and the file."""
    path = Path(options.save or "of-the-register.json")
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
    return computed, kept


def _hints(computed: Plan, wanted: Collection[str], files: Iterable[str]) -> None:
    """Say what a person must know of the calendars that were written."""
    if "cancellations" in wanted:
        from posology.export.repeats import not_given_within  # noqa: PLC0415 - slow to import

        if within := not_given_within(computed):
            out(f"Not in the file of cancellations: {within}. Write the whole calendar: --ics")
    if sum(name.endswith(".ics") and "-cancellations" not in name for name in files) > 1:
        out(IN_PARTS)
    if "ics" in wanted:
        out(
            "Before you import it: Evolution, khal and CalDAV servers replace an earlier revision; "
            "Outlook, Google and Thunderbird do not: delete the old calendar there first."
        )


def _today(computed: Plan) -> Plan:
    """Add what only the day tells: past doses without a record."""
    return record.with_unrecorded(computed, clock.today(computed.site.time_zone.info))


@refusing
def run_course(options: argparse.Namespace) -> int:
    """Show a course, and write the exports that the options name."""
    course = opened(options)
    computed = record.planned(course.record, course.library, course.site)
    if options.intensity:
        from posology.export.intensity import intensity_text  # noqa: PLC0415 - for those who ask

        first = record.planned(course.record, course.library, course.site, 0)
        out(intensity_text(course.record, first, computed))
        return 0
    wanted = [kind for kind in EXPORTS if getattr(options, kind)]
    for name in ("to", "privacy"):
        if getattr(options, name) and not wanted:
            raise RecordError(f"--{name}: say also what to write, as in --ics")
    if computed.stopped and not all(EXPORTS[kind].though_stopped for kind in wanted):
        lines = ["posology course: stopped, nothing is written", *findings(computed)]
        sys.stderr.write("\n".join(lines) + "\n")
        return 1
    files = exports(course.record, computed, wanted, options.privacy or "standard")
    folder = Path(options.to or ".")
    if wanted:
        if not folder.is_dir():
            raise RecordError(f"--to: there is no folder {shown(str(folder))}; make it first")
        write({folder / name: content for name, content in files.items()}, force=options.force)
    out(text(_today(computed)))
    for name in files:
        out(f"Written: {folder / name}")
    _hints(computed, wanted, files)
    return 1 if computed.stopped else 0


@refusing
def run_revise(options: argparse.Namespace) -> int:
    """Show what a change would do; with --take keep it."""
    course = opened(options)
    at = clock.now()
    today = at.astimezone(course.site.site.time_zone.info).date()
    before = record.planned(course.record, course.library, course.site)
    texts = {name: getattr(options, name) for name in OPTIONS if getattr(options, name)}
    change = read_change(options.change, texts, before, today.isoformat())
    revised, computed = record.revise(course.record, change, course.library, course.site, at)
    number = len(revised.revisions) - 1
    if options.take is not None and options.take != str(number):
        message = f"--take: this would be revision {number}, not {shown(options.take)}; look again"
        raise RecordError(message)
    if options.take is None:
        out(f"Revision {changed_so(number, change)}")
        lines = record.differences(revised, number - 1, number)
        out("\n".join(f"  {line}" for line in lines) or "  no dose changes")
        out("\n".join(["Findings", *_new_findings(before, computed)]))
        out(f"Nothing is kept yet. To keep it: the same command with --take {number}")
        return 0
    course.save(revised, computed)
    draft = "; it is a DRAFT again" if before.released else ""
    stopped = "; a finding says stop: nothing can be exported" if computed.stopped else ""
    out(f"Saved: {course.name}, revision {number}{draft}{stopped}")
    return 0


def _new_findings(before: Plan, after: Plan) -> list[str]:
    """List the findings that a change brings; count those that were there before."""
    new = tuple(finding for finding in after.findings if finding not in before.findings)
    lines = findings(after._replace(findings=new))
    unchanged = len(after.findings) - len(new)
    return [*lines, f"  {unchanged} as before"] if lines else [f"  none new; {unchanged} as before"]


@refusing
def run_changes(options: argparse.Namespace) -> int:
    """List in words what differs between two revisions."""
    course = opened(options)
    last = len(course.record.revisions) - 1
    new = _number("to", options.to, last, last)
    old = _number("from", getattr(options, "from"), max(new - 1, 0), last)
    if old > new:
        raise RecordError(f"--from: revision {old} is later than {new}; swap --from and --to")
    zone = course.site.site.time_zone.info
    for number in range(old, new + 1):
        kept = course.record.revisions[number]
        if kept.change and number > old:
            out(f"Revision {changed_so(number, kept.change)}; kept {moment(kept.at, zone)}")
        for signed in course.record.releases:
            if signed.revision == number:
                second = f", checked by {signed.checked_by}" if signed.checked_by else ""
                out(f"Released  {number}  {moment(signed.at, zone)} by {signed.by}{second}")
    lines = record.differences(course.record, old, new)
    out("\n".join(lines) or f"No dose differs between revision {old} and revision {new}.")
    return 0


def _number(option: str, written: str | None, default: int, last: int) -> int:
    if written is None:
        return default
    if re.fullmatch(r"[0-9]{1,6}", written) and int(written) <= last:
        return int(written)
    raise RecordError(f"--{option}: {shown(written)} is not a revision; give 0 to {last}")


@refusing
def run_release(options: argparse.Namespace) -> int:
    """Sign the last revision."""
    course = opened(options)
    computed = _today(record.planned(course.record, course.library, course.site))
    acknowledged = {}
    for text_ in options.acknowledge:
        code, _, words = text_.partition("=")
        acknowledged[code] = words
    signed = record.release(
        course.record, computed, by=options.by, checked_by=options.checked_by,
        weight=options.weight, regimen=options.regimen, acknowledged=acknowledged,
        at=clock.now(),
    )  # fmt: skip
    computed = record.planned(signed, course.library, course.site)
    course.save(signed, computed)
    number = len(signed.revisions) - 1
    out(f"Saved: {course.name}, revision {number}: {release_status(computed)}")
    return 0


@refusing
def run_verify(options: argparse.Namespace) -> int:
    """Check that exports belong to a course file, byte for byte."""
    from posology.export.verify import verify  # noqa: PLC0415 - only the command that runs

    course = opened(options)
    contents = {
        (kind, name): saving.read_bytes(Path(name))
        for kind, export in EXPORTS.items()
        if export.revision_of
        for name in getattr(options, kind)
    }
    good, lines = verify(course.record, course.library, course.site, contents)
    out("\n".join(lines))
    return 0 if good else 1


@refusing
def run_publish(options: argparse.Namespace) -> int:
    """Put a released revision into a CalDAV calendar."""
    from posology.export.caldav import publish  # noqa: PLC0415 - only the command that runs

    course = opened(options)
    computed = record.planned(course.record, course.library, course.site)
    if computed.stopped and not options.cancellations:
        sys.stderr.write("\n".join(["posology publish: stopped", *findings(computed)]) + "\n")
        return 1
    done = publish(
        computed, options.to, options.privacy or "standard", progress,
        cancelled=options.cancellations,
    )  # fmt: skip
    out(f"Published: {done.written} entries; {done.unchanged} were there already")
    return 0
