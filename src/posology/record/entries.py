"""What a calendar of a plan holds: its events, in words, in order of time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from posology.dispensing.infusion import shown
from posology.model import Administration, Dated, Event, Plan

_FEWEST = 3
"""Fewer equal doses in a row stand each on its own."""


def events(plan: Plan, *, compact: bool = False) -> list[Event]:
    """List the events of a plan: doses, then what is to be done; both in order of time.

    ``compact``: equal doses in a row, at equal steps of days and clock times, are one event.
    """
    found: list[Event] = []
    about: dict[tuple[object, ...], str] = {}
    for run in _runs(plan.administrations) if compact else ([one] for one in plan.administrations):
        one = run[0]
        alike = (
            one.order.id,
            id(one.dose),
            id(one.prepared),
            id(one.infusion),
            id(one.size),
            one.recorded,
        )
        if alike not in about:
            about[alike] = _about(plan, one)
        end = one.ends(plan.site.entry_minutes)
        summary = f"{one.order.drug} {one.given}, {one.order.route}"
        if len(run) > 1:
            days = (run[1].at.date() - one.at.date()).days
            found.append(
                Event(str(one.slot), one.order.drug, one.at, end, f"{summary}, {len(run)} doses",
                      about[alike], days, len(run))
            )  # fmt: skip
            continue
        summary = f"{summary}, {one.label}"
        if one.recorded:
            summary = f"{summary}, given" + ("" if one.as_planned else f"; planned {one.planned}")
        key, given = str(one.slot), one.recorded is not None
        found.append(Event(key, one.order.drug, one.at, end, summary, about[alike], given=given))
    return found + [_item(item) for item in plan.items]


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
    key = f"item.{dated.number}.{dated.day}"
    summary = f"{dated.item.name} ({dated.item.kind})"
    end = dated.on + timedelta(days=1)
    return Event(key, "", dated.on, end, summary, f'Source: "{dated.item.quote}"')


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
        *(f"Look again: {message}" for message in _reviews(plan, one)),
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


def _reviews(plan: Plan, one: Administration) -> list[str]:
    own = f"orders[{plan.regimen.orders.index(one.order)}]."
    return [
        finding.message
        for finding in plan.findings
        if finding.level == "review"
        and (
            finding.where.startswith((own, "weight"))
            or (finding.where == one.order.drug and finding.code.startswith("over-"))
        )
    ]
