"""The signature on a revision: every review acknowledged, and a second person who looks anew."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from pydantic import ValidationError

from posology.course.inputs import make
from posology.errors import CourseError
from posology.model import Finding, Plan, Record, Release
from posology.model.finding import named
from posology.model.people import SECOND_NAME, could_be_one, same_person
from posology.model.record import FORM
from posology.record.file import content_sha256, course_at, last_entry, lines_at
from posology.signin import may_release
from posology.text import shown

_YEARS = range(2000, 2100)
"""Those of which a course file can keep a moment."""


def release(  # noqa: PLR0913 - what a signature consists of, all named
    record: Record, computed: Plan, *, by: str, checked_by: str | None, weight: Sequence[str],
    regimen: str | None, acknowledged: Mapping[str, str], at: datetime,
) -> Record:  # fmt: skip
    """Sign the last revision; raises CourseError with all that forbids it.

    The second person enters weight and regimen anew, and both must be those of the course.
    """
    at = moment(at)
    problems = _why_not(record, computed, at)
    reviews = named(computed.findings)
    seen = findings_sha256(computed.findings)
    before = computed.released
    if before and (before.checked_by or not checked_by) and holds_for(before, computed.findings):
        problems["by"] = f"this revision is released already, by {before.by}"
    for field, name in (("by", by), ("checked_by", checked_by)):
        if name is not None and not may_release(name, computed.site.releases):
            problems[field] = f"{shown(name)} may not release; the site file lists who may"
    missing = [name for name in reviews if name not in acknowledged]
    unknown = [name for name in acknowledged if name not in reviews]
    if missing:
        problems["acknowledge"] = f"not acknowledged: {', '.join(missing)}; look at each"
    if unknown:
        listed = ", ".join(reviews) or "none"
        problems["acknowledge"] = f"{', '.join(map(shown, unknown))} is not open; open: {listed}"
    if checked_by is not None:
        problems |= _compare_second(computed, by, checked_by, weight, regimen)
    elif weight or regimen:
        problems["checked_by"] = "weight and regimen are entered by a second person; name them"
    try:
        signed = Release(
            revision=len(record.revisions) - 1, at=at, by=by, checked_by=checked_by,
            acknowledged=dict(acknowledged), content_sha256=content_sha256(record),
            accepted={each.signed_sha256: each.accepted
                      for each in computed.findings if each.accepted},
            findings_sha256=seen,
        )  # fmt: skip
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        reason = fault.get("ctx", {}).get("error", fault["msg"])
        field = str(fault["loc"][0]) if fault["loc"] else "by"  # of two fields: said above already
        raise CourseError({field: f"{shown(str(fault['input']))}: {reason}"} | problems) from None
    if problems:
        raise CourseError(problems)
    return record.model_copy(update={"releases": (*record.releases, signed), "version": FORM})


def moment(at: datetime) -> datetime:
    """Give a moment in UTC, to the second, as a course file keeps it.

    Raises CourseError for a date, a text, and a clock time that does not say of which zone it is.
    """
    message = ""
    if not isinstance(at, datetime):
        message = f"{shown(str(at))} is not a moment"
    elif at.utcoffset() is None:
        message = f"{shown(str(at))} does not say its time zone"
    elif at.year not in _YEARS:
        message = f"{shown(str(at))} is not from {_YEARS[0]} to {_YEARS[-1]}"
    if message:
        raise CourseError({"at": f"{message}; write datetime(2027, 1, 4, 9, 0, tzinfo=UTC)"})
    return at.astimezone(UTC).replace(microsecond=0)


def _why_not(record: Record, computed: Plan, at: datetime) -> dict[str, str]:
    """Say why a plan cannot be signed at all."""
    last = len(record.revisions) - 1
    is_last = computed.issued is not None and computed.issued.revision == last
    if not is_last or computed.course != course_at(record):
        return {"plan": "the plan is not that of the last revision; plan it anew from the file"}
    if any(line.of_form_1 for line in lines_at(record, last).values()):
        message = (
            "an older Posology wrote this course file, without products and rates; plan it again "
            "first: posology revise COURSE replan"
        )
        return {"plan": message}
    if at < last_entry(record):
        return {"plan": "the clock stands before the last entry of the course file; set it"}
    mended = {"release-lapsed"}  # what a new release mends
    stops = [
        finding.message
        for finding in computed.findings
        if finding.level == "stop" and finding.code not in mended
    ]
    return {"plan": f"stopped: {'; '.join(stops)}"} if stops else {}


def findings_sha256(findings: Iterable[Finding]) -> str:
    """Give the sha256 of all that must be looked at, by code, place and values, not by words.

    What nobody has recorded yet changes every day; a signature does not cover it.
    """
    signed = sorted(
        each.signed
        for each in findings
        if (each.level == "review" or each.accepted) and each.code != "unrecorded"
    )
    return hashlib.sha256("\n".join(signed).encode()).hexdigest()


def holds_for(release: Release, findings: Iterable[Finding]) -> bool:
    """Tell whether what must be looked at now is what was acknowledged at a release.

    A release of form 1 signed the words of its findings; of those only the codes can be compared.
    """
    findings = list(findings)
    if release.form == "1":
        return set(release.acknowledged) == {
            each.code for each in findings if each.level == "review"
        }
    accepted = {each.signed_sha256 for each in findings if each.accepted}
    stands = release.accepted.keys() <= accepted  # what it rests on was not taken back
    return stands and release.findings_sha256 == findings_sha256(findings)


def _compare_second(
    computed: Plan, by: str, checked_by: str, weight: Sequence[str], regimen: str | None
) -> dict[str, str]:
    """Compare what the second person has entered; says that it differs, never what was expected."""
    problems = {}
    if same_person(by, checked_by):
        problems["checked_by"] = "the second person is the first; another must check"
    elif could_be_one(by, checked_by):
        problems["checked_by"] = f"{shown(checked_by)} {SECOND_NAME}"
    if not weight or regimen is None:
        problems["weight"] = "the second person enters weight and regimen anew; give both"
        return problems
    entered = {
        make(regimen=computed.course.regimen, weight=text, start="2027-01-01").patient.weight.to(
            "kg"
        )
        for text in weight
    }
    ahead = {each.weight.to("kg") for each in computed.administrations if not each.recorded}
    ahead = ahead or {computed.patient.weight.to("kg")}
    if len(entered) != len(ahead):
        message = f"the doses still to be given are computed for {len(ahead)} weights; enter each"
        problems["weight"] = message
    elif entered != ahead:
        problems["weight"] = f"{' and '.join(weight)}: not the weight of this course; look again"
    if regimen != computed.course.regimen:
        problems["regimen"] = f"{shown(regimen)} is not the regimen of this course; look again"
    return problems
