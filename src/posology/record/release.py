"""The signature on a revision: every review acknowledged, and a second person who looks anew."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from posology.course import make
from posology.errors import CourseError
from posology.model import Plan, Record, Release
from posology.model.people import same_person
from posology.quantity import shown
from posology.record.file import content_sha256


def release(  # noqa: PLR0913 - what a signature consists of, all named
    record: Record, computed: Plan, *, by: str, checked_by: str | None, weight: str | None,
    regimen: str | None, acknowledged: Mapping[str, str], at: datetime,
) -> Record:  # fmt: skip
    """Sign the last revision; raises CourseError with all that forbids it.

    The second person enters weight and regimen anew, and both must be those of the course.
    """
    problems: dict[str, str] = {}
    stops = [one.message for one in computed.findings if one.level == "stop"]
    if stops:
        problems["plan"] = f"stopped: {'; '.join(stops)}"
    open_ = list(dict.fromkeys(one.code for one in computed.findings if one.level == "review"))
    missing = [code for code in open_ if code not in acknowledged]
    unknown = [code for code in acknowledged if code not in open_]
    if missing:
        problems["acknowledge"] = f"not acknowledged: {', '.join(missing)}; look at each"
    if unknown:
        listed = ", ".join(open_) or "none"
        problems["acknowledge"] = f"{', '.join(unknown)} is not open; open: {listed}"
    if checked_by is not None:
        problems |= _second(computed, by, checked_by, weight, regimen)
    elif weight or regimen:
        problems["checked_by"] = "weight and regimen are entered by a second person; name them"
    if problems:
        raise CourseError(problems)
    try:
        signed = Release(
            revision=len(record.revisions) - 1, at=at, by=by, checked_by=checked_by,
            acknowledged=dict(acknowledged), content_sha256=content_sha256(record),
        )  # fmt: skip
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = str(fault["loc"][0])
        raise CourseError({field: f"{shown(str(fault['input']))}: {fault['msg']}"}) from None
    return record.model_copy(update={"releases": (*record.releases, signed)})


def _second(
    computed: Plan, by: str, checked_by: str, weight: str | None, regimen: str | None
) -> dict[str, str]:
    """Compare what the second person has entered; says that it differs, never what was expected."""
    problems = {}
    if same_person(by, checked_by):
        problems["checked_by"] = "the second person is the first; another must check"
    if weight is None or regimen is None:
        problems["weight"] = "the second person enters weight and regimen anew; give both"
        return problems
    entered = make(regimen=computed.course.regimen, weight=weight, start="2027-01-01").patient
    if entered.weight.to("kg") != computed.patient.weight.to("kg"):
        problems["weight"] = f"{entered.weight} is not the weight of this course; look again"
    if regimen != computed.course.regimen:
        problems["regimen"] = f"{shown(regimen)} is not the regimen of this course; look again"
    return problems
