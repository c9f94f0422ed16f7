"""Compute the worked cases of a regimen; every line must match."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import Any

from posology.course.inputs import make
from posology.errors import CourseError, DosingError
from posology.library import Entry, Library, SiteFile
from posology.model import Case, Course, Finding, Place, Plan, Worked
from posology.model.case import Expected, expected
from posology.planning.compute import compute

_MOST_LINES = 12
"""Lines shown of a case that differs; more would hide the other findings."""


def failures(entry: Entry, library: Library, site: SiteFile) -> Iterator[Finding]:
    """Compute every case of a regimen, and stop if a line differs from the expected line.

    A case whose plan is stopped fails too, unless it says so with ``refused``.
    """
    for worked in entry.regimen.worked:
        yield from failures_of(worked, entry, library, site)


def failures_of(
    worked: Worked, entry: Entry, library: Library, site: SiteFile
) -> Iterator[Finding]:
    """Compute one case of a regimen; it yields nothing where it comes out."""
    case, place = worked.case, Place.of("cases", *worked.path)
    try:
        computed = compute(course_of(case, entry.id), library, site)
    except (CourseError, DosingError) as error:
        if case.refused is None or case.refused not in str(error):
            message = f'"{case.name}" cannot be computed: {error}'
            yield Finding("case-failed", "stop", place, message, ())
        return
    yield from _judged(case, computed, place)


def not_planned(entry: Entry, library: Library, site: SiteFile) -> Iterator[Finding]:
    """Say which cases a hospital cannot plan, with its stock and its clock times."""
    found: dict[str, list[Worked]] = {}
    for worked in entry.regimen.worked:
        case = worked.case
        if case.refused is not None:
            continue
        try:
            computed = compute(course_of(case, entry.id), library, site)
            stops = [each.message for each in computed.findings if each.level == "stop"]
        except (CourseError, DosingError) as error:
            stops = [str(error)]
        if stops:
            found.setdefault(stops[0], []).append(worked)
    for stop, (first, *others) in found.items():
        more = f" and {len(others)} more cases" if others else ""
        message = f'"{first.case.name}"{more} cannot be planned at {site.site.name}: {stop}'
        yield Finding("case-failed", "stop", Place.of("cases", *first.path), message, ())


def course_of(case: Case, regimen: str) -> Course:
    """Give the course of a worked case."""
    inputs: dict[str, Any] = {**case.patient.texts}
    return make(
        regimen=regimen,
        weight=inputs.pop("weight"),
        start=case.start.isoformat(),
        cycles=case.cycles,
        choices=case.choose,
        without=case.without,
        **inputs,
    )


def _judged(case: Case, computed: Plan, place: Place) -> Iterator[Finding]:
    # That a regimen is retired is said of the regimen, not of its cases.
    stops = [
        finding.message
        for finding in computed.findings
        if finding.level == "stop" and finding.code != "regimen-retired"
    ]
    if case.refused is not None:
        if not any(case.refused in message for message in stops):
            message = f'"{case.name}" is computed, and should be refused'
            yield Finding("case-failed", "stop", place.at("refused"), message, ())
    elif stops:
        message = (
            f'"{case.name}" is a plan that is stopped at {computed.site.name}: {stops[0]}; '
            'correct the regimen, or write a phrase of this after "refused"; a drug of your own is '
            "stocked by your site (posology check --site FILE)"
        )
        yield Finding("case-failed", "stop", place, message, ())
    elif not (case.expect and case.totals) and (computed.administrations or not case.needed):
        message = f'"{case.name}" expects nothing; give "expect" and "totals", or "refused"'
        yield Finding("case-empty", "stop", place, message, ())
    else:
        yield from _differences(case, computed, place)


def _differences(case: Case, computed: Plan, place: Place) -> Iterator[Finding]:
    try:
        doses, items = (sorted(each for line in lines for each in expected(line))
                        for lines in (case.expect, case.to_do))  # fmt: skip
    except ValueError as error:
        yield Finding("case-failed", "stop", place, f'"{case.name}": {error}', ())
        return
    pairs: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "expect": ([each.line for each in doses], _between(computed, doses)),
        "totals": (case.totals, [str(total) for total in computed.totals]),
    }
    if items:
        dated = sorted((item.on, str(item)) for item in computed.items if item.of_the_regimen)
        pairs["to_do"] = ([each.line for each in items], [line for _, line in dated])
    if case.needed:
        pairs["needed"] = (case.needed, [str(each) for each in computed.needed])
    for field, (wanted, lines) in pairs.items():
        if [" ".join(line.split()) for line in wanted] != [
            " ".join(line.split()) for line in lines
        ]:
            message = f'"{case.name}" comes out differently (- expected, + computed):'
            difference = list(unified_diff(wanted, lines, n=0, lineterm=""))[2:]
            changed = [f"  {line[0]} {line[1:]}" for line in difference if line[0] in "+-"]
            text = "\n".join([message, *_few(changed, "-"), *_few(changed, "+")])
            yield Finding("case-failed", "stop", place.at(field), text, ())


def _few(changed: Sequence[str], sign: str) -> list[str]:
    """Give the first lines of a difference that are expected (-) or computed (+)."""
    lines = [line for line in changed if line.startswith(f"  {sign}")]
    unlisted = len(lines) - _MOST_LINES
    rest = [f"  {sign} … and {unlisted} more lines"] if unlisted > 0 else []
    return [*lines[:_MOST_LINES], *rest]


def _between(computed: Plan, doses: Sequence[Expected]) -> list[str]:
    """List the plan's lines, of computed doses, from the first expected day to the last."""
    held = [
        (each.at.date(), each.computed)
        for each in computed.administrations
        if doses and doses[0].on <= each.at.date() <= doses[-1].on
    ]
    return [line for _, line in sorted(held)]
