"""What a hospital's script calls; ``docs/api.md`` shows each call with its output.

Whatever cannot be used is refused with a PosologyError (posology.errors) that names the field. No
clock is asked: moments are given. Only ``save_course`` writes to a disk.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import get_args
from uuid import uuid4

from posology import library as files
from posology import planning
from posology import record as records
from posology.checks import question
from posology.course import inputs
from posology.course.reading import read_change
from posology.disk import Where, path_of, write
from posology.errors import CourseError, ExportError, PosologyError, RecordError
from posology.export import calendar as calendars
from posology.export.calendar import Privacy
from posology.export.table import csv_bytes
from posology.guards.unjudged import Entered
from posology.library import Library, SiteFile
from posology.model import Administration, Change, Course, Plan, Record, Route
from posology.planning.inspection import Report, inspect
from posology.quantity import Quantity
from posology.record import saving
from posology.text import shown

_MADE_BY = {
    Library: "posology.load()",
    SiteFile: "posology.site(path)",
    Course: "posology.make(...)",
    Plan: "posology.plan(...)",
    Record: "posology.begin(...)",
}


def load(path: Where | None = None, *, beside: Where | None = None) -> Library:
    """Read the shipped library; or the regimens of one's own, from a .yaml file or a folder.

    A folder's ``drugs/`` replace those of the same name, its ``combinations.yaml`` the shipped one.
    ``beside`` adds a hospital's folder. Raises LibraryError with every problem of every file.
    """
    return files.load(path if path is None else path_of(path), beside)


def site(path: Where) -> SiteFile:
    """Read what a hospital decides: zone, clock times, products, policies.

    Raises LibraryError with every problem of the file.
    """
    return files.read_site(path)


def example_site() -> SiteFile:
    """Read the shipped example of a site, to try things out; each plan says that it is one."""
    return files.read_site()


def check(path: Where | None = None) -> Report:
    """Check a regimen file or a folder, or the shipped library, and run the worked cases.

    Each finding has its file, line and column. Raises PosologyError if there is nothing to check.
    """
    where = files.FOLDER if path is None else path_of(path)
    report = inspect([where])
    if not report.files:
        message = f"path: {shown(str(where))} holds no .yaml file; give one, or a folder"
        raise PosologyError(message)
    return report


def ask(  # noqa: PLR0913 - what is asked and for whom, all named
    text: str, *, drug: str, route: Route, library: Library,
    weight: str | Quantity | None = None, height: str | Quantity | None = None,
    site: SiteFile | None = None,
) -> question.Answer:  # fmt: skip
    """Judge a dose in free text, such as "200 mcg every other day", by each of the three nets.

    With ``weight`` and ``height`` for that patient, else for all adult weights of the ``site`` (by
    default the example). Raises CourseError, or QuantityError for a text that is not read whole.
    """
    _must_be(Library, library=library)
    _must_be(str, text=text, drug=drug, route=route)
    _must_be((SiteFile, type(None)), site=site)
    return question.ask(
        text, drug, route, library, weight=weight, height=height, site=site and site.site
    )


def make(  # noqa: PLR0913 - the inputs of a course, all named
    *,
    regimen: str,
    weight: str | Quantity,
    start: str | date,
    cycles: str | int | None = None,
    choices: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    reference: str | None = None,
    products: Mapping[str, str] | None = None,
    risks: Iterable[str] = (),
    others: Iterable[str] = (),
    last: Mapping[str, str] | None = None,
    **measures: str | None,
) -> Course:
    """Make a course: what is given to one patient by one regimen.

    Amounts are texts with units, as in ``weight="70.5 kg"``; days are written 2027-01-11.
    ``measures`` are those of the patient besides the weight, such as ``height="172 cm"``,
    ``age="70 years"``, ``sex="male"`` or ``creatinine="80 umol/L"``. ``choices`` settles what the
    source leaves open, ``without`` leaves out optional orders, ``reference`` is the hospital's own
    pseudonym of the course, ``products`` takes other products than the site's, ``others`` are the
    patient's other medicines, ``last`` says when a drug was last given before this course.

    Raises CourseError with every input that cannot be used.
    """
    return inputs.make_new(
        regimen=regimen, weight=weight, start=start, cycles=cycles, choices=choices,
        without=without, reference=reference, products=products, risks=risks, others=others,
        last=last, **measures,
    )  # fmt: skip


def plan(course: Course, library: Library, site: SiteFile, *, on: str | date | None = None) -> Plan:
    """Compute all administrations, totals and findings of a course.

    A pure function: no clock, no disk, no randomness, no locale. ``on`` is the day of planning:
    days far from it are findings; without it a note says that they are not judged. Raises
    CourseError for inputs that do not settle the regimen, DosingError for a dose that the
    patient's measures do not give. Everything else that is wrong is a finding of the plan: one
    that says stop forbids that anything leaves, one that says review must be looked at.
    """
    _must_be(Course, course=course)
    _must_be(Library, library=library)
    _must_be(SiteFile, site=site)
    entered = None if on is None else Entered((inputs.make_day("on", on),), new=True)
    return planning.plan(course, library, site, entered)


def dose(plan: Plan, order: str) -> Administration:
    """Give the first administration of an order of a plan, with its moment, dose and working.

    Raises CourseError for an order of which the plan gives nothing, ExportError where a finding
    says stop: then no dose of the plan is for use.
    """
    _must_not_be_stopped(plan)
    administrations = [each for each in plan.administrations if each.order.id == order]
    if not administrations:
        orders = ", ".join(dict.fromkeys(each.order.id for each in plan.administrations)) or "none"
        raise CourseError({"order": f"no dose of it is planned; orders: {orders}"})
    return administrations[0]


def calendar(plan: Plan, privacy: Privacy = "standard") -> bytes:
    """Write the calendar of a plan (.ics), read again and compared before it is given.

    ``standard`` shows no identifier of the patient, ``full`` the reference of the course,
    ``discreet`` neither drug nor dose. Raises ExportError where a finding says stop.
    """
    _must_not_be_stopped(plan)
    if privacy not in get_args(Privacy):
        raise CourseError({"privacy": f"is not accepted; give {' or '.join(get_args(Privacy))}"})
    return calendars.calendar(plan, privacy)


def table(plan: Plan) -> bytes:
    """Write the table of a plan (.csv, UTF-8), a row for each administration.

    Raises ExportError where a finding says stop.
    """
    _must_not_be_stopped(plan)
    return csv_bytes(plan)


def begin(course: Course, library: Library, site: SiteFile, *, at: datetime) -> Record:
    """Begin the record of a course, under a new random id: what a course file keeps.

    ``at`` is the moment, with its time zone, as in ``datetime(2027, 1, 4, 9, 0, tzinfo=UTC)``.
    Raises CourseError where the course cannot be planned, or its plan holds a finding that says
    stop.
    """
    plan(course, library, site)  # refuses what cannot be planned
    name = course.regimen
    shipped = files.load(name).regimens[name].sha256 if name in files.ids() else ""
    own_file = library.regimens[name].sha256 != shipped
    kept, _ = records.begin(course, library, site, id_=uuid4(), at=at, own_file=own_file)
    return kept


def planned(record: Record, library: Library, site: SiteFile) -> Plan:
    """Compute the plan of a course as it is now, with all its changes and signatures.

    A regimen that has changed since, and a course that comes out differently, are findings.
    """
    _must_be(Record, record=record)
    _must_be(Library, library=library)
    _must_be(SiteFile, site=site)
    return records.planned(record, library, site)


def change(
    kind: str, *, on: str | date, reason: str, plan: Plan | None = None, **fields: object
) -> Change:
    """Make a change of a course from texts, for ``revise``.

    ``kind`` is measures, delay, move, reduce, switch, hold, resume, stop, extend, give, replan or
    undo; ``fields`` what it takes, such as ``what="from cycle 3"``, ``days=7``, and ``by`` and
    ``checked_by``, the names of an exception. With ``plan`` they are the words of ``posology
    revise``, such as ``"given"``, ``dose`` and ``lot``. Raises CourseError with every wrong text.
    """
    if plan is None:
        return inputs.make_change(kind, on=on, reason=reason, **fields)
    texts = {name: str(text) for name, text in {**fields, "reason": reason}.items()}
    return read_change(kind, texts, plan, str(on))


def revise(
    record: Record, change: Change, library: Library, site: SiteFile, *, at: datetime
) -> Record:
    """Take a change: the record with one revision more, which is a draft again.

    Raises CourseError where the change cannot be taken, or its plan holds a finding that says
    stop; what was given is recorded all the same. ``planned`` gives the new plan.
    """
    _must_be(Record, record=record)
    _must_be(Library, library=library)
    _must_be(SiteFile, site=site)
    if not isinstance(change, get_args(Change)):
        raise CourseError({"change": "must be a change, as posology.change(...) gives it"})
    revised, _ = records.revise(record, change, library, site, at)
    return revised


def release(  # noqa: PLR0913 - what a signature consists of, all named
    record: Record, library: Library, site: SiteFile, *, by: str, at: datetime,
    acknowledged: Mapping[str, str] | None = None, checked_by: str | None = None,
    weight: str | Sequence[str] = (), regimen: str | None = None,
) -> Record:  # fmt: skip
    """Sign the last revision of a course, so that its exports no longer say DRAFT.

    ``acknowledged`` maps the code of each finding that says review to what was decided about it.
    A second person (``checked_by``) enters ``weight`` and ``regimen`` anew. Raises CourseError
    with all that forbids the signature.
    """
    acknowledged = {} if acknowledged is None else acknowledged
    weights = (weight,) if isinstance(weight, str) else weight
    _must_be(str, by=by)
    _must_be((str, type(None)), checked_by=checked_by, regimen=regimen)
    _must_be(Mapping, acknowledged=acknowledged)
    _must_be(Sequence, weight=weights)
    for number, text in enumerate([*weights, *acknowledged, *acknowledged.values()]):
        _must_be(str, **{"weight" if number < len(weights) else "acknowledged": text})
    return records.release(
        record, planned(record, library, site), by=by, checked_by=checked_by, weight=weights,
        regimen=regimen, acknowledged=acknowledged, at=at,
    )  # fmt: skip


def open_course(path: Where) -> tuple[Record, bytes]:
    """Read a course file; gives its record, and the bytes it holds, for ``save_course``.

    Raises RecordError for a file that is no course file, or was changed outside Posology.
    """
    return saving.load(path_of(path))


def save_course(path: Where, record: Record, before: bytes | None = None) -> None:
    """Save a course file whole: a new one, or in the place of the one that held ``before``.

    A new file must end in .json. Raises RecordError where another has changed the file since, and
    ExportError where a new one exists already; then the file is as it was.
    """
    where = path_of(path)
    _must_be(Record, record=record)
    _must_be((bytes, type(None)), before=before)
    if where.suffix != ".json":
        raise RecordError(f"path: {shown(where.name)} must end in .json")
    if before is None:
        write({where: records.exact_content(record)}, force=False)
    else:
        saving.save(where, record, before)


def _must_be(kind: "type | tuple[type, ...]", **values: object) -> None:
    """Refuse what is of another kind, by its name."""
    for field, value in values.items():
        if not isinstance(value, kind):
            first = kind[0] if isinstance(kind, tuple) else kind
            what = "a text" if first is str else f"a {first.__name__}"
            how = f", as {_MADE_BY[first]} gives it" if first in _MADE_BY else ""
            raise CourseError({field: f"must be {what}{how}, not {type(value).__name__}"})


def _must_not_be_stopped(plan: Plan) -> None:
    """Refuse a plan of which nothing may leave."""
    _must_be(Plan, plan=plan)
    if stops := "; ".join(each.message for each in plan.findings if each.level == "stop"):
        raise ExportError(f"the plan is stopped, nothing leaves: {stops}")
