"""What there is to do for the drugs of a plan, on the days on which it is due."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from posology.dosing.measures import Measured
from posology.guards.unjudged import Planned
from posology.model import Administration, Dated, Drug, Item, Patient, Regimen, Site, Task
from posology.scheduling.dates import after, item_days
from posology.scheduling.working_days import works

_IN_BLOOD = ("neutrophils", "platelets", "creatinine clearance")
"""The measures of gates for which blood is taken."""
_LEAST = timedelta(days=7)
"""A drug that is given every day has a cycle a day; we do not ask for blood each day."""


def tasks(orders: Sequence[Planned], times: Sequence[Measured], site: Site) -> list[Dated]:
    """List the blood tests that gates need, and the tasks of each drug, in order of time.

    A test before a cycle is left out where its measures were entered for this cycle.
    """
    found = [each for drug, planned in _by_drug(orders)
             for each in _of_a_drug(drug, planned, times, site)]  # fmt: skip
    return sorted(found, key=lambda each: each.on)


def items(
    regimen: Regimen, first: date, times: Sequence[Measured],
    administrations: Sequence[Administration],
) -> list[Dated]:  # fmt: skip
    """Place every item that applies to this patient on its day, from the first dose to the last."""
    if not administrations:
        return []
    until = administrations[-1].at.date() + timedelta(days=1)
    found = [
        Dated(
            key=f"item.{number}.{(on - first).days}",
            name=item.words,
            kind=item.kind,
            why=item.quote,
            on=on,
            facts=(item.words, item.kind, item.quote),
        )
        for number, item in enumerate(regimen.items, 1)
        for on in item_days(item, first, until, _moments(item, administrations))
        if item.concerns(_on(on, times))
    ]
    return sorted(found, key=lambda each: each.on)


def _on(day: date, times: Sequence[Measured]) -> Patient:
    """Give the measures that count on a day: the last that were known, or the first."""
    return next(
        (each.patient for each in reversed(times) if each.course.start <= day), times[0].patient
    )


def _moments(item: Item, administrations: Sequence[Administration]) -> list[datetime]:
    """List the moments of the doses that an item is done with; of a cycle the first alone."""
    if item.beside is None:
        return []
    doses = [each for each in administrations if each.slot.order == item.beside.order]
    if item.beside.each == "cycle":
        doses = list({each.slot.cycle: each for each in reversed(doses)}.values())
    return [each.at for each in doses]


def _by_drug(orders: Sequence[Planned]) -> list[tuple[Drug, list[Planned]]]:
    found: dict[str, tuple[Drug, list[Planned]]] = {}
    for planned in orders:
        if planned.circumstances and planned.administrations:
            drug = planned.circumstances[0].drug
            found.setdefault(drug.name, (drug, []))[1].append(planned)
    return list(found.values())


def _of_a_drug(
    drug: Drug, orders: Sequence[Planned], times: Sequence[Measured], site: Site
) -> Iterator[Dated]:
    sets, entered = orders[0].after.patient, _entered(times)
    whole = _by_cycle(each for planned in orders for each in planned.computed)
    before = -1
    for number, doses in _cycles(orders).items():
        index = sets.get(doses[0].slot, 0)
        patient, first = times[index].patient, doses[0].at.date()
        gates = [each for each in drug.gates if number == 1 or each.before == "each cycle"]
        asked = dict.fromkeys(each.measure for each in gates if each.measure in _IN_BLOOD)
        known = _fresh(entered[index], patient, first, site) if index != before else set()
        unknown = [each for each in asked if each not in known]
        before = index
        unknown += ["weight"] if _outdated(orders, patient, first, site) else []
        if unknown:
            why = (
                "; ".join(dict.fromkeys(f"{each.source}, {each.basis}" for each in gates)) or "site"
            )
            name = f"{drug.name}, cycle {number}: {', '.join(unknown)}"
            yield Dated(
                key=f"due.{drug.name}.c{number}.gates", name=name, kind="monitoring", why=why,
                on=first, facts=tuple(unknown),
            )  # fmt: skip
        for at, task in enumerate(drug.tasks, 1):
            on = _day(task, number, doses, site)
            if on and _enough(task, whole[number]):
                why = f"{task.source}, {task.basis}"
                name = f"{drug.name}, cycle {number}: {task.name}"
                yield Dated(
                    key=f"due.{drug.name}.c{number}.{at}", name=name, kind=task.kind, why=why,
                    on=on, facts=(task.name, task.kind),
                )  # fmt: skip


def _entered(times: Sequence[Measured]) -> list[set[str]]:
    """Name, for each set of measures, those that were entered with it; the others are older."""
    found: list[set[str]] = []
    before: Patient | None = None
    for patient in (each.patient for each in times):
        found.append({
            name for name in _IN_BLOOD
            if patient.measure(name) is not None
            and (before is None or _taken(patient, name) != _taken(before, name))
        })  # fmt: skip
        before = patient
    return found


def _fresh(entered: set[str], patient: Patient, first: date, site: Site) -> set[str]:
    """Leave out what will be older on the first day than the site allows."""
    counted, sampled = patient.counted, patient.sampled
    old = set()
    if counted and after(counted, site.fresh.counts) < first:
        old |= {"neutrophils", "platelets"}
    if sampled and after(sampled, site.fresh.creatinine) < first:
        old.add("creatinine clearance")
    return entered - old


def _taken(patient: Patient, measure: str) -> tuple[object, ...]:
    """Give a measure with its day, where that is known."""
    day = patient.sampled if measure == "creatinine clearance" else patient.counted
    return (patient.measure(measure), day)


def _outdated(orders: Sequence[Planned], patient: Patient, first: date, site: Site) -> bool:
    """Tell whether doses follow from a weight that is older by then than the site allows."""
    by_size = any(each.settled.order.by_weight or each.settled.order.by_surface for each in orders)
    return (
        by_size
        and patient.weighed is not None
        and after(patient.weighed, site.fresh.weight) < first
    )


def _cycles(orders: Sequence[Planned]) -> dict[int, list[Administration]]:
    """Group the doses of a drug by cycle, those that begin sooner than a week apart together."""
    doses = [each for planned in orders for each in planned.administrations]
    found: dict[int, list[Administration]] = {}
    last: date | None = None
    for number, in_cycle in _by_cycle(sorted(doses, key=lambda each: each.at)).items():
        on = in_cycle[0].at.date()
        if last is None or on - last >= _LEAST:
            found[number], last = in_cycle, on
    return found


def _by_cycle(doses: Iterable[Administration]) -> dict[int, list[Administration]]:
    found: dict[int, list[Administration]] = {}
    for each in doses:
        found.setdefault(each.slot.cycle, []).append(each)
    return found


def _day(task: Task, cycle: int, doses: Sequence[Administration], site: Site) -> date | None:
    if task.due == "before the first dose":
        return doses[0].at.date() if cycle == 1 else None
    if task.due == "before each cycle":
        return doses[0].at.date()
    test, last = works(site), doses[-1].at.date()
    days = [last + timedelta(days=number) for number in task.days_after]
    return next(filter(test, days), days[0])  # a working day, where one is among them


def _enough(task: Task, doses: Sequence[Administration]) -> bool:
    """Tell whether the cycle, with the doses that are left out, is one for which it is done."""
    least = task.at_least
    if least is None:
        return True
    per_kg = [each.computed_amount / each.size.weight for each in doses]
    return sum(per_kg[1:], start=per_kg[0]) >= least
