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
    """Name the findings that a site may accept, as they stand in the plans of worked cases.

    What stands in some of them only says what was chosen there.
    """
    plans = list(plans)
    by_sha256: dict[str, list[tuple[Finding, Plan]]] = {}
    for computed in plans:
        for finding in computed.findings:
            if finding.same and (finding.level == "review" or finding.accepted):
                by_sha256.setdefault(finding.sha256, []).append((finding, computed))
    found = []
    for standing in by_sha256.values():
        finding, computed = standing[0]
        chosen = ", ".join(f"{name} {value}" for name, value in computed.course.choices.items())
        where = f" [where it is: {chosen}]" if chosen and len(standing) < len(plans) else ""
        message = f"{finding.message}{where}"
        found.append(finding._replace(level="review", accepted="", message=message))
    return named(found)


def accept(  # noqa: PLR0913 - what an acceptance consists of, all named
    about: Plan, offered: dict[str, Finding], reasons: dict[str, str], *,
    before: Acceptance | None, by: str | None, on: date,
) -> Acceptance:  # fmt: skip
    """Accept some of the offered findings; raises CourseError for what cannot be used.

    What was accepted ``before`` of the same version stays, with its own name and day.
    """
    unknown = [name for name in reasons if name not in offered]
    if unknown:
        message = f"{shown(unknown[0])} is not offered; offered: {', '.join(offered) or 'nothing'}"
        raise CourseError({"because": message})
    if by is None:
        raise CourseError({"by": "name the pharmacist who accepts"})
    new = {offered[name].sha256: (offered[name], why) for name, why in reasons.items()}
    offers = {each.sha256 for each in offered.values()}
    kept = [
        each.texts
        for each in (before.findings if before else ())
        if each.sha256 in offers and each.sha256 not in new
    ]
    values = {
        "regimen_sha256": about.regimen_sha256,
        "formulary_sha256": about.origin.formulary_sha256,
        "findings": kept + [
            {"code": finding.code, "sha256": sha256, "says": finding.message, "because": because,
             "by": by, "on": on.isoformat()}
            for sha256, (finding, because) in new.items()
        ],
    }  # fmt: skip
    try:
        return Acceptance.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        reason = fault.get("ctx", {}).get("error", fault["msg"])
        field = "by" if fault["loc"][-1] == "by" else "because"
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
        what = "regimen has" if acceptance.regimen_sha256 != now[0] else "drug files have"
        message = (
            f"the site has accepted findings of {name}, but the {what} changed since; look at each "
            f"again: posology accept {name} --site FILE"
        )
        place = Place.of("site", "accepted", name)
        return [*findings, Finding("acceptance-ended", "note", place, message, now)]
    words = {
        each.sha256: f"accepted by {each.by} on {print_date(each.on)}: {each.because}"
        for each in acceptance.findings
    }
    return [
        finding._replace(level="note", accepted=words[finding.sha256])
        if finding.same and finding.level == "review" and finding.sha256 in words
        else finding
        for finding in findings
    ]
