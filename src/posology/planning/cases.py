"""Compute the worked cases of a regimen; every line must match."""

from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

from posology.course.inputs import make
from posology.errors import CourseError, DosingError
from posology.library import Entry, Library, SiteFile
from posology.model import Case, Course, Finding, Place, Plan
from posology.planning.compute import compute

_MOST_LINES = 12
"""Lines shown of a case that differs; more would hide the other findings."""


def failures(entry: Entry, library: Library, site: SiteFile) -> Iterator[Finding]:
    """Compute every case of a regimen, and stop if a line differs from the expected line.

    A case whose plan is stopped fails too, unless it says so with ``refused``.
    """
    for index, case in enumerate(entry.regimen.cases):
        place = Place.of("cases", index)
        try:
            computed = compute(course_of(case, entry.id), library, site)
        except (CourseError, DosingError) as error:
            if case.refused is None or case.refused not in str(error):
                message = f'"{case.name}" cannot be computed: {error}'
                yield Finding("case-failed", "stop", place, message, ())
            continue
        yield from _judged(case, computed, place)


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
            f'"{case.name}" is a plan that is stopped: {stops[0]}; correct the regimen, or '
            'write a phrase of this after "refused"'
        )
        yield Finding("case-failed", "stop", place, message, ())
    elif not case.expect or not case.totals:
        message = f'"{case.name}" expects nothing; give "expect" and "totals", or "refused"'
        yield Finding("case-empty", "stop", place, message, ())
    else:
        yield from _differences(case, computed, place)


def _differences(case: Case, computed: Plan, place: Place) -> Iterator[Finding]:
    pairs = {
        "expect": (case.expect, expected_window(case, computed)),
        "totals": (case.totals, [str(total) for total in computed.totals]),
    }
    if case.to_do:
        pairs["to_do"] = (case.to_do, [str(item) for item in computed.items if item.of_the_regimen])
    for field, (expected, lines) in pairs.items():
        if [" ".join(line.split()) for line in expected] != [
            " ".join(line.split()) for line in lines
        ]:
            message = f'"{case.name}" comes out differently (- expected, + computed):'
            difference = list(unified_diff(expected, lines, n=0, lineterm=""))[2:]
            changed = [f"  {line[0]} {line[1:]}" for line in difference if line[0] in "+-"]
            unlisted = len(changed) - _MOST_LINES
            rest = [f"  … and {unlisted} more lines"] if unlisted > 0 else []
            text = "\n".join([message, *changed[:_MOST_LINES], *rest])
            yield Finding("case-failed", "stop", place.at(field), text, ())


def expected_window(case: Case, computed: Plan) -> list[str]:
    """List the plan's lines, of computed doses, from the first to the last expected date."""
    lines = [administration.computed for administration in computed.administrations]
    dates = [line.split("  ")[0].rsplit(" ", 1)[0] for line in (case.expect[0], case.expect[-1])]
    held = [index for index, line in enumerate(lines) if line.startswith(tuple(dates))]
    return lines[held[0] : held[-1] + 1] if held else lines
