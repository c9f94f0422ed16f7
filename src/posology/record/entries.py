"""What a calendar of a plan holds: its events, in words, in order of time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from posology import __version__
from posology.dispensing.infusion import shown
from posology.errors import ExportError
from posology.model import (
    Administration,
    Dated,
    Event,
    Finding,
    Line,
    Mark,
    Order,
    Place,
    Plan,
    Value,
)
from posology.record.given import record_lines, record_values

_NO_REVISION = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of a plan that is not kept as a course file: it has no time of revision."""
_FEWEST = 3
"""Fewer equal doses in a row stand each on its own."""


def events(plan: Plan, *, compact: bool = False) -> list[Event]:
    """List the events of a plan: doses, then what is to be done; both in order of time.

    ``compact``: equal doses in a row, at equal steps of days and clock times, are one event.
    """
    found: list[Event] = []
    alike: dict[tuple[object, ...], _Alike] = {}
    for run in (
        _runs(plan.administrations) if compact else ([each] for each in plan.administrations)
    ):
        first = run[0]
        key = (
            first.order.id, id(first.dose), id(first.prepared), id(first.infusion),
            id(first.size), id(first.recorded),
        )  # fmt: skip
        if key not in alike:
            values = _values(plan, first)
            former = (*values, *_findings_of_older_lines(plan, first))
            alike[key] = _Alike(_about(plan, first), record_values(first) or values, former)
        found.append(_event(plan, run, alike[key]))
    return found + [_item(item) for item in plan.items]


class _Alike(NamedTuple):
    """What equal doses have in common: the description, the values, and those of form 2."""

    about: str
    values: tuple[Value, ...]
    former: tuple[Value, ...]


def _event(plan: Plan, run: Sequence[Administration], alike: _Alike) -> Event:
    """Write a dose as an event, or equal doses in a row as one that is repeated."""
    first, minutes = run[0], plan.site.entry_minutes
    drug, recorded = first.order.drug, first.recorded
    summary = f"{drug} {first.amount}, {first.order.way}"
    every = (run[1].at.date() - first.at.date()).days if len(run) > 1 else 0
    repeats = f"{every} x {len(run)}" if every else "once"
    summary += f", {len(run)} doses" if len(run) > 1 else f", {first.position}"
    if recorded:
        summary = f"{summary}, given" + ("" if first.as_planned else f"; planned {first.planned}")
    ends = (first.at, first.ends(minutes))
    return Event(
        key=str(first.slot),
        drug=drug,
        start=ends[0],
        end=ends[1],
        summary=summary,
        about=alike.about,
        values=alike.values if recorded else (*alike.values, *_position(run)),
        former=Line.of(
            ends,
            repeats,
            drug=drug,
            values=(*alike.former, *_position(run)),
            summary=_summary_of_form_1(run),
            former=True,
        ),
        every=every,
        times=len(run),
        given=recorded is not None,
    )


def _position(run: Sequence[Administration]) -> tuple[Value, ...]:
    """Say where an event stands in its order, as its summary shows it."""
    first = run[0]
    if len(run) > 1:
        return ("doses", len(run))
    if first.position.by_cycle:
        return ("cycle", first.slot.cycle, "day", first.slot.day)
    return ("dose", first.position.number, "of", first.position.of)


def _summary_of_form_1(run: Sequence[Administration]) -> str:
    """Write the summary as course files of form 1 hold it; these words never change."""
    first = run[0]
    place = f"dose {first.position.number} of {first.position.of}"
    if first.position.by_cycle:
        place = f"cycle {first.slot.cycle}, day {first.slot.day}"
    if len(run) > 1:
        place = f"{len(run)} doses"
    recorded = ""
    if first.recorded:
        recorded = ", given" if first.as_planned else f", given; planned {first.planned}"
    return f"{first.order.drug} {first.amount}, {first.order.route}, {place}{recorded}"


def _values(plan: Plan, administration: Administration) -> tuple[Value, ...]:
    """List what an event says of a dose, exact and without words."""
    ready, infusion = administration.prepared, administration.infusion
    order, size = administration.order, administration.size
    values: list[Value] = [
        order.drug, order.route, administration.amount, administration.planned,
        administration.dose.amount, administration.weight, size.weight, str(size.surface or ""),
        str(administration.recorded or ""), plan.course.regimen, plan.regimen_sha256,
    ]  # fmt: skip
    if ready:
        values += [ready.product, *map(str, ready.packs), str(ready.volume or ""), ready.places]
    for pace in infusion.paces if infusion else ():
        values += [pace.rate, pace.minutes, pace.volume]
    return tuple(values)


class Marked(NamedTuple):
    """An entry of a calendar: its event, none where it is cancelled, and what became of it."""

    key: str
    event: Event | None
    mark: Mark

    @property
    def drug(self) -> str:
        """The drug; empty for something to do."""
        return self.mark.line.drug.removeprefix("-")


def marked_entries(plan: Plan, *, compact: bool = False) -> list[Marked]:
    """Put each event of a plan beside its mark; cancelled ones come last.

    Raises ExportError where the plan is not the one of its course file.
    """
    if plan.issued is None:
        listed = enumerate(events(plan, compact=compact), 1)
        return [Marked(event.key, event, _new(event, number)) for number, event in listed]
    marks, planned = plan.issued.marks, events(plan, compact=plan.issued.compact)
    lines = {key: mark.line for key, mark in marks.items() if not mark.cancelled}
    if kept_lines(planned, lines) != lines:
        raise ExportError("the plan is not the one of its course file; plan it anew from the file")
    standing = [Marked(event.key, event, marks[event.key]) for event in planned]
    return [*standing, *cancelled_entries(plan)]


def cancelled_entries(plan: Plan) -> list[Marked]:
    """List what a course file has cancelled, even where its plan is stopped."""
    marks = plan.issued.marks if plan.issued else {}
    return [Marked(key, None, mark) for key, mark in marks.items() if mark.cancelled]


def _new(event: Event, number: int) -> Mark:
    """Mark an event of a plan that is not kept as a course file."""
    return Mark(
        line=event.line,
        cancelled=False,
        sequence=0,
        created=_NO_REVISION,
        modified=_NO_REVISION,
        revision=0,
        number=number,
        software=__version__,
    )


def kept_lines(
    events: Iterable[Event], kept: Mapping[str, Line], *, renew: bool = False
) -> dict[str, Line]:
    """Give the line of each event; a line that says the same already stays as it was kept.

    ``renew``: a line of form 1 is written again, since it does not hold all that counts.
    """
    lines = {}
    for event in events:
        line = kept.get(event.key)
        stays = line is not None and line.says(event) and not (renew and line.of_form_1)
        lines[event.key] = line if line is not None and stays else event.line
    return lines


def _runs(administrations: Sequence[Administration]) -> Iterator[list[Administration]]:
    """Group equal doses of an order in a row, in order of their first."""
    rows: dict[tuple[object, ...], list[list[Administration]]] = {}
    for administration in administrations:
        runs = rows.setdefault((administration.slot.order, administration.slot.number), [[]])
        if runs[-1] and not _continues(runs[-1], administration):
            runs.append([])
        runs[-1].append(administration)
    found = []
    for runs in rows.values():
        for run in runs:
            found += [run] if len(run) >= _FEWEST else [[each] for each in run]
    yield from sorted(found, key=lambda run: run[0].at)


def _continues(run: Sequence[Administration], administration: Administration) -> bool:
    """Tell whether a dose goes on with a run: the same, after as many days, at the same time."""
    last = run[-1]
    if administration.recorded or last.recorded or administration.infusion:
        return False
    gap = administration.at.date() - last.at.date()
    even = gap.days > 0 and (len(run) == 1 or gap == run[1].at.date() - run[0].at.date())
    alike = (administration.dose, administration.prepared, administration.size) == (
        last.dose,
        last.prepared,
        last.size,
    )
    return even and alike and administration.at.time() == last.at.time()


def _item(dated: Dated) -> Event:
    """Write something to do as an event of a whole day, its end exclusive (RFC 5545, 3.6.1)."""
    summary = dated.words
    return Event(
        key=dated.key,
        drug="",
        start=dated.on,
        end=dated.on + timedelta(days=1),
        summary=summary,
        about=f'Source: "{dated.why}"',
        values=dated.facts,
        former=Line.of(
            (dated.on, dated.on + timedelta(days=1)),
            "once",
            drug="",
            values=dated.facts,
            summary=summary,
            former=True,
        ),
    )


def _about(plan: Plan, administration: Administration) -> str:
    """Describe a dose: the part that equal doses of an order have in common."""
    ready, infusion, order = administration.ready, administration.infusion, administration.order
    if administration.recorded:
        return "\n".join(record_lines(administration))
    lines = [
        *([f"Prepare: {ready}, {ready.product}", f"Rounding: {ready.working}"] if ready else []),
        f"Computed: {administration.dose.working}",
        *([f"Rates: {shown(infusion)}"] if infusion else []),
        f"Computed for {weight(administration)}",
        f'Source: "{order.quote}" ({plan.regimen.sources[order.source].cite})',
        *(f"Look again: {finding.message}" for finding in _open_questions(plan, order)),
        (f"Regimen: {plan.named} version {plan.regimen.version}, sha256 {plan.regimen_sha256}"),
    ]
    return "\n".join(lines)


def weight(administration: Administration) -> str:
    """Say for which weight a dose is computed: the actual one, and another by policy."""
    actual, size = administration.weight, administration.size
    in_kg = "" if actual.unit == "kg" else f" = {actual.to('kg')}"
    other = "" if size.weight == actual.to("kg") else f"; dose for {size.words}"
    return f"{actual}{in_kg}, actual weight{other}"


def _open_questions(plan: Plan, order: Order) -> list[Finding]:
    """List what is unclear in an order of the regimen itself.

    What is found of the doses of this plan may be about another dose, and would change this entry
    when that one is moved; it stands in the plan, the worksheet and the table.
    """
    place = plan.regimen.place_of(order)
    return [
        finding
        for finding in plan.findings
        if (finding.level == "review" or finding.accepted)
        and finding.place.is_in(place)
        and not finding.values
    ]


def _findings_of_older_lines(plan: Plan, administration: Administration) -> Iterator[str]:
    """List the findings that an older line holds beside the values of its dose."""
    order = plan.regimen.place_of(administration.order)
    drug = Place.of(administration.order.drug)
    for finding in plan.findings:
        of_drug = finding.place == drug and finding.code.startswith("over-")
        at = finding.place.is_in(order) or finding.place == Place.of("weight")
        if (finding.level == "review" or finding.accepted) and (at or of_drug):
            yield finding.signed
