"""What is the same for every patient of a regimen: a site accepts it once, and then it is a note.

An acceptance is for one version of the regimen and of its drug files; any change of them ends it.
What concerns a patient can never be accepted beforehand: only findings that their guard marks as
``same``, and that stand in a plan of a worked case, can be.
"""

from collections.abc import Iterable
from datetime import date

from pydantic import ValidationError

from posology.errors import CourseError
from posology.model import Acceptance, Finding, Place, Plan, print_date
from posology.model.finding import named
from posology.text import shown


def acceptable(plans: Iterable[Plan]) -> dict[str, Finding]:
    """Name the findings that a site may accept, as they stand in the plans of worked cases."""
    by_sha256 = {
        finding.sha256: finding
        for computed in plans
        for finding in computed.findings
        if finding.same and (finding.level == "review" or finding.accepted)
    }
    return named(finding._replace(level="review", accepted="") for finding in by_sha256.values())


def accept(
    about: Plan, offered: dict[str, Finding], reasons: dict[str, str], *, by: str | None, on: date
) -> Acceptance:
    """Accept some of the offered findings; raises CourseError for what cannot be used."""
    unknown = [name for name in reasons if name not in offered]
    if unknown:
        message = f"{shown(unknown[0])} is not offered; offered: {', '.join(offered) or 'nothing'}"
        raise CourseError({"because": message})
    if by is None:
        raise CourseError({"by": "name the pharmacist who accepts"})
    values = {
        "regimen_sha256": about.regimen_sha256,
        "formulary_sha256": about.origin.formulary_sha256,
        "by": by,
        "on": on.isoformat(),
        "findings": [
            {
                "code": offered[name].code,
                "sha256": offered[name].sha256,
                "says": offered[name].message,
                "because": because,
            }
            for name, because in reasons.items()
        ],
    }
    try:
        return Acceptance.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        reason = fault.get("ctx", {}).get("error", fault["msg"])
        field = "by" if fault["loc"][0] == "by" else "because"
        raise CourseError({field: f"{shown(str(fault['input']))}: {reason}"}) from None


def with_accepted(computed: Plan) -> list[Finding]:
    """Give the findings of a plan, with those that the site has accepted as notes."""
    name = computed.course.regimen
    acceptance = computed.site.accepted.get(name)
    findings = list(computed.findings)
    if acceptance is None:
        return findings
    now = computed.regimen_sha256, computed.origin.formulary_sha256
    if (acceptance.regimen_sha256, acceptance.formulary_sha256) != now:
        what = "regimen" if acceptance.regimen_sha256 != now[0] else "drug files"
        message = (
            f"{acceptance.by} accepted findings of {name} on {print_date(acceptance.on)}, but the "
            f"{what} changed since; look at each again: posology accept {name} --site FILE"
        )
        place = Place.of("site", "accepted", name)
        return [*findings, Finding("acceptance-ended", "note", place, message, now)]
    because = {each.sha256: each.because for each in acceptance.findings}
    by = f"accepted by {acceptance.by} on {print_date(acceptance.on)}: "
    return [
        finding._replace(level="note", accepted=f"{by}{because[finding.sha256]}")
        if finding.same and finding.level == "review" and finding.sha256 in because
        else finding
        for finding in findings
    ]
