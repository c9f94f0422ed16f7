"""What a calendar of a plan holds: its events, in words, in order of time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from posology import __version__
from posology.dispensing.infusion import shown
from posology.errors import ExportError
from posology.model import Administration, Dated, Event, Finding, Line, Mark, Place, Plan, Value

_NO_REVISION = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of a plan that is not kept as a course file: it has no time of revision."""
_FEWEST = 3
"""Fewer equal doses in a row stand each on its own."""


def events(plan: Plan, *, compact: bool = False) -> list[Event]:
    """List the events of a plan: doses, then what is to be done; both in order of time.

    ``compact``: equal doses in a row, at equal steps of days and clock times, are one event.
    """
    found: list[Event] = []
    alike: dict[tuple[object, ...], tuple[str, tuple[Value, ...]]] = {}
    for run in _runs(plan.administrations) if compact else ([one] for one in plan.administrations):
        one = run[0]
        key = (
            one.order.id, id(one.dose), id(one.prepared), id(one.infusion), id(one.size),
            one.recorded,
        )  # fmt: skip
        if key not in alike:
            alike[key] = (_about(plan, one), _values(plan, one))
        found.append(_event(plan, run, *alike[key]))
    return found + [_item(item) for item in plan.items]


def _event(
    plan: Plan, run: Sequence[Administration], about: str, values: tuple[Value, ...]
) -> Event:
    """Write a dose as an event, or equal doses in a row as one that is repeated."""
    one = run[0]
    summary = f"{one.order.drug} {one.amount}, {one.order.route}"
    values = (*values, *_position(run))
    every = (run[1].at.date() - one.at.date()).days if len(run) > 1 else 0
    summary += f", {len(run)} doses" if len(run) > 1 else f", {one.position}"
    if one.recorded:
        summary = f"{summary}, given" + ("" if one.as_planned else f"; planned {one.planned}")
    return Event(
        key=str(one.slot),
        drug=one.order.drug,
        start=one.at,
        end=one.ends(plan.site.entry_minutes),
        summary=summary,
        about=about,
        values=values,
        summary_of_form_1=_summary_of_form_1(run),
        every=every,
        times=len(run),
        given=one.recorded is not None,
    )


def _position(run: Sequence[Administration]) -> tuple[Value, ...]:
    """Say where an event stands in its order, as its summary shows it."""
    one = run[0]
    if len(run) > 1:
        return ("doses", len(run))
    if one.position.by_cycle:
        return ("cycle", one.slot.cycle, "day", one.slot.day)
    return ("dose", one.position.number, "of", one.position.of)


def _summary_of_form_1(run: Sequence[Administration]) -> str:
    """Write the summary as course files of form 1 hold it; these words never change."""
    one = run[0]
    place = f"dose {one.position.number} of {one.position.of}"
    if one.position.by_cycle:
        place = f"cycle {one.slot.cycle}, day {one.slot.day}"
    if len(run) > 1:
        place = f"{len(run)} doses"
    told = ""
    if one.recorded:
        told = ", given" if one.as_planned else f", given; planned {one.planned}"
    return f"{one.order.drug} {one.amount}, {one.order.route}, {place}{told}"


def _values(plan: Plan, one: Administration) -> tuple[Value, ...]:
    """List what an event says of a dose, exact and without words."""
    ready, infusion = one.prepared, one.infusion
    values: list[Value] = [
        one.order.drug, one.order.route, one.amount, one.planned, one.dose.amount,
        one.weight, one.size.weight, str(one.size.surface or ""), str(one.recorded or ""),
        plan.course.regimen, plan.regimen_sha256,
    ]  # fmt: skip
    if ready:
        values += [ready.product, *map(str, ready.packs), str(ready.volume or ""), ready.places]
    for pace in infusion.paces if infusion else ():
        values += [pace.rate, pace.minutes, pace.volume]
    return (*values, *(finding.signed for finding in _reviews(plan, one)))


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
    marks, now = plan.issued.marks, events(plan, compact=plan.issued.compact)
    lines = {key: mark.line for key, mark in marks.items() if not mark.cancelled}
    if kept_lines(now, lines) != lines:
        raise ExportError("the plan is not the one of its course file; plan it anew from the file")
    standing = [Marked(event.key, event, marks[event.key]) for event in now]
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


def kept_lines(events: Iterable[Event], kept: Mapping[str, Line]) -> dict[str, Line]:
    """Give the line of each event; a line that says the same already stays as it was kept."""
    lines = {}
    for event in events:
        line = kept.get(event.key)
        lines[event.key] = line if line and line.says(event) else event.line
    return lines


def _runs(given: Sequence[Administration]) -> Iterator[list[Administration]]:
    """Group equal doses of an order in a row, in order of their first."""
    rows: dict[tuple[object, ...], list[list[Administration]]] = {}
    for one in given:
        runs = rows.setdefault((one.slot.order, one.slot.number), [[]])
        if runs[-1] and not _goes_on(runs[-1], one):
            runs.append([])
        runs[-1].append(one)
    found = []
    for runs in rows.values():
        for run in runs:
            found += [run] if len(run) >= _FEWEST else [[one] for one in run]
    yield from sorted(found, key=lambda run: run[0].at)


def _goes_on(run: Sequence[Administration], one: Administration) -> bool:
    """Tell whether a dose goes on with a run: the same, after as many days, at the same time."""
    last = run[-1]
    if one.recorded or last.recorded or one.infusion:
        return False
    step = one.at.date() - last.at.date()
    even = step.days > 0 and (len(run) == 1 or step == run[1].at.date() - run[0].at.date())
    alike = (one.dose, one.prepared, one.size) == (last.dose, last.prepared, last.size)
    return even and alike and one.at.time() == last.at.time()


def _item(dated: Dated) -> Event:
    """Write something to do as an event of a whole day, its end exclusive (RFC 5545, 3.6.1)."""
    summary = f"{dated.item.name} ({dated.item.kind})"
    return Event(
        key=f"item.{dated.number}.{dated.day}",
        drug="",
        start=dated.on,
        end=dated.on + timedelta(days=1),
        summary=summary,
        about=f'Source: "{dated.item.quote}"',
        values=(dated.item.name, dated.item.kind, dated.item.quote),
        summary_of_form_1=summary,
    )


def _about(plan: Plan, one: Administration) -> str:
    """Describe a dose: the part that equal doses of an order have in common."""
    ready, infusion = one.prepared, one.infusion
    recorded = [f"Given: {one.recorded.words}; planned {one.planned}"] if one.recorded else []
    lines = [
        *recorded,
        *(
            [f"Prepare: {ready}, {ready.product}", f"Rounding: {ready.working}"]
            if ready and not recorded
            else []
        ),
        f"Computed: {one.dose.working}",
        *([f"Rates: {shown(infusion)}"] if infusion and not recorded else []),
        f"Computed for {weight(one)}",
        f'Source: "{one.order.quote}" ({plan.regimen.sources[one.order.source].cite})',
        *(f"Look again: {finding.message}" for finding in _reviews(plan, one)),
        (
            f"Regimen: {plan.course.regimen} version {plan.regimen.version}, "
            f"sha256 {plan.regimen_sha256}"
        ),
    ]
    return "\n".join(lines)


def weight(one: Administration) -> str:
    """Say for which weight a dose is computed: the actual one, and another by policy."""
    in_kg = "" if one.weight.unit == "kg" else f" = {one.weight.to('kg')}"
    other = "" if one.size.weight == one.weight.to("kg") else f"; dose for {one.size.words}"
    return f"{one.weight}{in_kg}, actual weight{other}"


def _reviews(plan: Plan, one: Administration) -> list[Finding]:
    """List the reviews of a dose: of its order, of the weight, of what its drug adds up to."""
    own = Place.of("orders", plan.regimen.orders.index(one.order))
    return [
        finding
        for finding in plan.findings
        if finding.level == "review"
        and (
            finding.place.is_in(own)
            or finding.place == Place.of("weight")
            or (finding.place == Place.of(one.order.drug) and finding.code.startswith("over-"))
        )
    ]
