"""What a register lists of a course without computing it again: its doses and what is to be done.

Pure: a record and its plan in, rows out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from posology.model import Administration, Line, Plan, Record, print_date
from posology.model.finding import named
from posology.record import lines_at

Row = dict[str, str | int]
"""The values of a row of a table, by column."""


class Listed(NamedTuple):
    """The rows of one course."""

    course: Row
    administrations: tuple[Row, ...]
    tasks: tuple[Row, ...]


def listed(record: Record, plan: Plan, basis: str) -> Listed:
    """List the doses and tasks of a course; ``basis`` says what they were computed with.

    Where the course comes out differently from its file, the doses of its file are listed, never
    the new ones, and the problem is said.
    """
    stops = [finding for finding in plan.findings if finding.level == "stop"]
    differs = any(finding.code == "computed-differently" for finding in stops)
    rows = _of_lines(record) if differs else map(_of_dose, plan.administrations)
    return Listed(
        {
            "regimen": record.inputs["regimen"],
            "revision": len(record.revisions) - 1,
            "state": _state(plan),
            "reviews": "; ".join(_reviews(plan)),
            "problem": "; ".join(finding.message for finding in stops),
            "basis": basis,
        },
        tuple(rows),
        () if differs else tuple(_tasks(plan)),
    )


def unplanned(record: Record, why: str, basis: str) -> Listed:
    """List a course that cannot be computed: the doses of its file, and why."""
    about: Row = {
        "regimen": record.inputs["regimen"],
        "revision": len(record.revisions) - 1,
        "state": "draft",
        "reviews": "",
        "problem": why,
        "basis": basis,
    }
    return Listed(about, tuple(_of_lines(record)), ())


def reference_of(record: Record) -> str:
    """Give the name of a course: its reference, or the first letters of its id."""
    return str(record.inputs.get("reference") or record.id.hex[:8])


def _state(plan: Plan) -> str:
    if plan.released is None:
        return "draft"
    lapsed = any(finding.code == "release-lapsed" for finding in plan.findings)
    return "lapsed" if lapsed else "released"


def _reviews(plan: Plan) -> Iterator[str]:
    """Name the findings that nobody has acknowledged; those of a good release all are."""
    if _state(plan) != "released":
        yield from named(plan.findings)


def _of_dose(each: Administration) -> Row:
    ready = each.ready
    return {
        "slot": str(each.slot),
        "day": each.at.date().isoformat(),
        "at": each.at.isoformat(timespec="minutes"),
        "drug": each.order.drug,
        "dose": each.amount.plain,
        "way": each.order.way,
        "product": ready.product if ready else (each.recorded and each.recorded.product) or "",
        "form": ready.form if ready else "",
        "packs": " + ".join(pack.plain for pack in ready.packs) if ready else "",
        "volume": ready.volume.plain if ready and ready.volume else "",
        "place": str(each.position),
        "given": int(each.recorded is not None),
        "lot": (each.recorded and each.recorded.lot) or "",
    }


def _of_lines(record: Record) -> Iterator[Row]:
    """List the doses as the course file holds them; it holds no containers."""
    for key, line in lines_at(record, len(record.revisions) - 1).items():
        if line.drug == "-":
            continue
        for number, at in enumerate(_moments(line)):
            yield {
                "slot": f"{key}+{number}" if number else key,
                "day": at.date().isoformat(),
                "at": at.isoformat(timespec="minutes"),
                "drug": line.drug,
                "dose": "",
                "way": "",
                "product": "",
                "form": "",
                "packs": "",
                "volume": "",
                "place": line.summary,
                "given": int(", given" in line.summary),
                "lot": "",
            }


def _moments(line: Line) -> Iterator[datetime]:
    """Give the moments of a line; those of equal doses in a row keep their clock time."""
    first = datetime.fromisoformat(line.start)
    yield from (first + timedelta(days=number * line.every) for number in range(line.times))


def _tasks(plan: Plan) -> Iterator[Row]:
    for item in plan.items:
        yield {
            "key": item.key, "day": item.on.isoformat(), "kind": item.kind, "words": item.name,
        }  # fmt: skip
    for supply in plan.supplies:
        packs = " + ".join(map(str, supply.packs))
        words = f"hand out {supply.order}: {packs}, until {print_date(supply.until)}"
        key = f"supply.{supply.order}.{supply.on.isoformat()}"
        yield {"key": key, "day": supply.on.isoformat(), "kind": "supply", "words": words}
