"""The course file: what is kept of a course; everything else is computed anew each time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from posology import __version__
from posology.errors import CourseError, LibraryError, RecordError
from posology.guards.unjudged import Entered
from posology.library import Entry, Library, SiteFile, entry_of
from posology.library.tree import Tree
from posology.library.versions import difference
from posology.model import (
    LEVELS,
    Change,
    Course,
    Finding,
    Issued,
    Line,
    Place,
    Plan,
    Record,
    Replan,
    Revision,
    print_date,
)
from posology.model.changing import describe, is_fact, needs_effect
from posology.model.record import FORM
from posology.planning import plan
from posology.planning.own import shipped_regimen
from posology.record.compared import formulary_changed, older_form, recomputed
from posology.record.entries import events, kept_lines
from posology.record.file import (
    LARGEST_BYTES,
    content,
    content_sha256,
    course_at,
    exact_content,
    last_entry,
    lines_at,
    read,
    revision_sha256,
)
from posology.record.given import with_unrecorded
from posology.record.history import differences, issued
from posology.record.release import holds_for, moment, release
from posology.text import shown

__all__ = [
    "LARGEST_BYTES",
    "begin", "content", "content_sha256", "course_at", "differences", "exact_content", "issued",
    "lines_at",
    "planned", "read", "release", "revise", "with_unrecorded",
]  # fmt: skip


def begin(  # noqa: PLR0913 - what a course file begins with, all named
    course: Course, library: Library, site_file: SiteFile, *, id_: UUID, at: datetime,
    compact: bool = False, own_file: bool = False,
) -> tuple[Record, Plan]:  # fmt: skip
    """Begin the record of a course; raises CourseError where its plan holds a stop."""
    at = moment(at)
    entry = library.regimens[course.regimen]
    form = "compact" if compact else "explicit"
    entered = _entered((), site_file, new=True, at=at)
    computed = plan(course, library, site_file, entered)._replace(course_id=id_)
    _refuse_stops(computed)
    record = Record(
        id=id_,
        form=form,
        origin="file" if own_file else "library",
        inputs=course.inputs,
        regimens={},
        revisions=(_revision(computed, {}, None, at, form),),
    )
    return _with_regimen(record, entry), computed


def _refuse_stops(computed: Plan) -> None:
    stops = [finding.message for finding in computed.findings if finding.level == "stop"]
    if stops:
        raise CourseError({"plan": f"stopped, nothing is kept: {'; '.join(stops)}"})


def _with_regimen(record: Record, entry: Entry) -> Record:
    regimens = {**record.regimens, entry.sha256: entry.tree.value}
    return record.model_copy(update={"regimens": regimens})


def _revision(
    computed: Plan, before: Mapping[str, Line], change: Change | None, at: datetime, form: str
) -> Revision:
    lines = kept_lines(events(computed, compact=form == "compact"), before, renew=True)
    return Revision(
        at=at,
        software=__version__,
        regimen_version=computed.regimen.version,
        regimen_sha256=computed.regimen_sha256,
        site_sha256=computed.site_sha256,
        formulary_sha256=computed.origin.formulary_sha256 or None,
        change=change,
        events={key: line for key, line in lines.items() if before.get(key) != line},
        gone=tuple(key for key in before if key not in lines),
    )


def planned(
    record: Record, library: Library, site_file: SiteFile, revision: int | None = None
) -> Plan:
    """Compute a revision anew, with the regimen that it was computed with.

    What differs from the course file, and a regimen that has changed since, are findings.
    """
    number = len(record.revisions) - 1 if revision is None else revision
    kept_revision = record.revisions[number]
    entry, found = _entry(record, kept_revision, library)
    shelf = library._replace(regimens={record.inputs["regimen"]: entry})
    entered = _entered(record.revisions[: number + 1], site_file, new=False)
    computed = plan(course_at(record, number), shelf, site_file, entered)
    before = lines_at(record, number)
    lines = kept_lines(events(computed, compact=record.form == "compact"), before)
    found += recomputed(before, lines)
    found += formulary_changed(kept_revision, computed)
    found += older_form(before, same_site=site_file.sha256 == kept_revision.site_sha256)
    if all(each.recorded for each in computed.administrations):  # no dose is left to stop
        found = [
            finding._replace(level="review") if finding.code.startswith("regimen-") else finding
            for finding in found
        ]
    kept = issued(record, number)
    findings = [*computed.findings, *found]
    findings += _release_lapsed(kept, findings)
    findings.sort(key=lambda finding: LEVELS.index(finding.level))
    return computed._replace(course_id=record.id, findings=tuple(findings), issued=kept)


def _entered(
    revisions: Sequence[Revision], site_file: SiteFile, *, new: bool, at: datetime | None = None
) -> Entered:
    """Say when the course and its changes were entered, in the zone of the site.

    ``at``: the moment of a change that is not yet among the revisions.
    """
    zone = site_file.site.time_zone.info
    moments = [*(each.at for each in revisions), *([at] if at else [])]
    return Entered(tuple(each.astimezone(zone).date() for each in moments), new, tuple(moments))


def _release_lapsed(kept: Issued, findings: Sequence[Finding]) -> list[Finding]:
    """Stop where a release has not seen a finding that must be looked at by now."""
    release_ = kept.release
    if release_ is None or holds_for(release_, findings):
        return []
    message = (
        "what must be looked at differs from what was acknowledged at its release; release it again"
    )
    return [Finding("release-lapsed", "stop", Place.of("release"), message, ())]


def _entry(
    record: Record, kept_revision: Revision, library: Library
) -> tuple[Entry, list[Finding]]:
    """Give the regimen of a revision, and say whether that of the library differs."""
    name = record.inputs["regimen"]
    current = library.regimens.get(name)
    held = record.regimens[kept_revision.regimen_sha256]
    for known in (current, shipped_regimen(name)):
        if known and known.sha256 == kept_revision.regimen_sha256 and known.tree.value != held:
            raise RecordError(
                f"holds another regimen under the sha256 of {name}; it was changed outside "
                "Posology; take the last good copy"
            )
    if current is not None and current.sha256 == kept_revision.regimen_sha256:
        return current, []
    where = Tree(f"{name}.yaml", held, {}, {})
    try:
        entry = entry_of(name, kept_revision.regimen_sha256, where)
    except LibraryError as error:
        raise RecordError(f"holds a regimen that this Posology cannot read: {error}") from None
    regimen = entry.regimen
    if current is None:
        if record.origin == "file":
            return entry, []
        message = (
            f"{name} is not in the library: it was withdrawn, or it stands in your hospital's own "
            "folder (posology --library FOLDER); stop the course, or ask"
        )
        return entry, [Finding("regimen-withdrawn", "stop", Place.of("regimen"), message, (name,))]
    if current.regimen.status == "retired":
        instead = current.regimen.replaced_by
        message = f"the regimen is retired, {instead} replaces it; stop the course, or ask"
        return entry, [
            Finding("regimen-retired", "stop", Place.of("regimen"), message, (instead or "",))
        ]
    found = difference(entry, current)
    if not any(found):
        return entry, []  # the same regimen, written otherwise
    listed = "; ".join(found.patient) or "nothing that a patient would notice"
    if found.review:
        plural = "s" if len(found.review) > 1 else ""
        listed += f"; and {len(found.review)} difference{plural} in quotes, sources, cases or notes"
    message = (
        f"{name} is now version {current.regimen.version}; this course is computed with version "
        f"{regimen.version}. What differs: {listed}. To plan anew with version "
        f"{current.regimen.version}: posology revise COURSE replan"
    )
    return entry, [
        Finding("regimen-changed", "review", Place.of("regimen"), message, (current.sha256,))
    ]


def revise(
    record: Record, change: Change, library: Library, site_file: SiteFile, at: datetime
) -> tuple[Record, Plan]:
    """Take a change: the record with one revision more, and its plan.

    Raises CourseError where the change cannot be taken, or its plan holds a stop; what was given
    is recorded all the same.
    """
    at = moment(at)
    last_at = last_entry(record)
    if at < last_at:
        message = f"the clock stands before the last entry, {last_at}; set it"
        raise CourseError({"changes": message})
    if change.on > at.astimezone(site_file.site.time_zone.info).date():
        message = f"{print_date(change.on)} is still to come; date a change when it is decided"
        raise CourseError({"on": message})
    name = record.inputs["regimen"]
    current = library.regimens.get(name)
    if isinstance(change, Replan):
        if current is None:
            raise CourseError({"regimen": f"{shown(name)} is not in the library; give its file"})
        entry = current
    else:
        computed = planned(record, library, site_file)
        # A plan that was stopped by what was given may be mended; not one computed differently.
        differs = [
            each.message for each in computed.findings if each.code == "computed-differently"
        ]
        if differs and not is_fact(change):
            raise CourseError({"plan": differs[0]})
        entry, _ = _entry(record, record.revisions[-1], library)
    course = course_at(record)
    if isinstance(change, Replan):
        wanted = {**course.choices, **(change.choices or {})}
        choices = {name: wanted[name] for name in entry.regimen.choices if name in wanted}
        unknown = (change.choices or {}).keys() - choices.keys()
        choices |= {name: wanted[name] for name in unknown}  # settling them refuses them by name
        new = None if choices == course.choices else choices
        change = change.model_copy(update={"choices": new})
        course = course.model_copy(update={"choices": choices})
    course = course.model_copy(update={"changes": (*course.changes, change)})
    shelf = library._replace(regimens={name: entry})
    entered = _entered(record.revisions, site_file, new=True, at=at)
    computed = plan(course, shelf, site_file, entered)._replace(course_id=record.id)
    if not is_fact(change):
        _refuse_stops(computed)
    last = len(record.revisions) - 1
    revision = _revision(computed, lines_at(record, last), change, at, record.form)
    before = revision_sha256(record.revisions[last])
    revision = revision.model_copy(update={"before_sha256": before})
    if needs_effect(change) and not (revision.events or revision.gone):
        message = f"{describe(change)}: changes no dose, so there is nothing to keep"
        raise CourseError({"changes": message})
    record = record.model_copy(update={"revisions": (*record.revisions, revision), "version": FORM})
    record = _with_regimen(record, entry) if isinstance(change, Replan) else record
    return record, computed._replace(issued=issued(record, last + 1))
