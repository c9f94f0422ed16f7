"""What must hold of the patient before a drug is given, and measures that no rule has judged."""

from collections.abc import Iterator

from posology.guards.unjudged import Planned, Unjudged
from posology.model import LEVELS, Cited, Drug, Finding, Gate, Order, Patient, Place

_CLINICAL = {
    "neutrophils": "neutrophils",
    "platelets": "platelets",
    "creatinine": "creatinine",
    "creatinine_clearance": "creatinine clearance",
    "dialysis": "dialysis",
    "pregnancy_possible": "pregnancy possible",
}
"""The measures that no plan asks for by itself: somebody had a reason to enter them."""


_BUILD = "body mass index"
"""Most doses are ordered without a height, so its lack is a note and no review."""


def gates(plan: Unjudged) -> Iterator[Finding]:
    """Judge each set of measures by the gates of each drug that still has a dose to be given."""
    missing: dict[tuple[str, str], None] = {}
    for number, current in enumerate(plan.times):
        for order, drug, first in _open(plan, number):
            told: set[str] = set()  # of several gates of a measure the gravest alone
            for index, gate in _gravest_first(drug):
                measure = gate.measure
                # A regimen whose own table of doses depends on the measure has decided it.
                decided = gate.level == "review" and measure in order.measures
                if decided or measure in told or (gate.before == "the first dose" and not first):
                    continue
                if current.patient.measure(measure) is None:
                    missing[drug.name, measure] = None
                elif not gate.must.holds(current.patient):
                    told.add(measure)
                    yield _shut(gate, drug, current.patient, Place.of(drug.name, "gates", index))
        if any(_to_come(planned, number) for planned in plan.orders):
            yield from _bounds(plan, current.patient, missing)
    build = [drug for drug, measure in missing if measure == _BUILD]
    if build:
        message = (
            f"the height is not entered, so the body mass index is not judged before "
            f"{' and '.join(build)}; enter it"
        )
        yield Finding("build-not-judged", "note", Place.of("height"), message, tuple(build))
    asked = [each for each in missing if each[1] != _BUILD]
    if asked:
        yield _not_judged(asked, plan.course.patient)


def _bounds(
    plan: Unjudged, patient: Patient, missing: dict[tuple[str, str], None]
) -> Iterator[Finding]:
    """Judge a set of measures by the limits of the regimen's own tests."""
    planned = {each.settled.order.id for each in plan.orders}
    for index, item in enumerate(plan.regimen.items):
        led = item.beside is None or item.beside.order in planned
        if item.bound is None or not led or not item.concerns(patient):
            continue
        place = Place.of("items", index, "bound")
        for clause in item.bound.must.clauses:
            measure, value = clause.measure, patient.says(clause.measure)
            if patient.measure(measure) is None:
                if measure not in {asked for _, asked in missing}:
                    missing[item.name, measure] = None
            elif not clause.holds(patient):
                message = f"{item.name}: {measure} {value}, {item.bound} ({item.source}, published)"
                values = (item.name, str(item.bound.must), value, item.bound.do)
                yield Finding("gate", "review", place, message, values)


def _gravest_first(drug: Drug) -> list[tuple[int, Gate]]:
    return sorted(enumerate(drug.gates), key=lambda each: LEVELS.index(each[1].level))


def _not_judged(missing: list[tuple[str, str]], entered: Patient) -> Finding:
    drugs = dict.fromkeys(drug for drug, _ in missing)
    listed = "; ".join(
        f"{drug}: {', '.join(measure for of, measure in missing if of == drug)}" for drug in drugs
    )
    message = f"not entered, so not judged before the first dose: {listed}; enter what is known"
    if entered.creatinine and any(measure == "creatinine clearance" for _, measure in missing):
        message += "; a clearance is computed from creatinine, sex and age, not from a birth year"
    values = tuple(f"{drug} {measure}" for drug, measure in missing)
    return Finding("gate-not-judged", "review", Place.of("patient"), message, values)


def _open(plan: Unjudged, number: int) -> Iterator[tuple[Order, Drug, bool]]:
    """Give each drug with a dose to come that a set of measures counts for, its first order alone.

    The third value: whether its first dose of the course is among them.
    """
    seen: set[str] = set()
    for planned in plan.orders:
        order = planned.settled.order
        doses = _to_come(planned, number)
        if planned.circumstances and doses and order.drug not in seen:
            seen.add(order.drug)
            yield order, planned.circumstances[0].drug, _begins(plan, order.drug, planned, number)


def _begins(plan: Unjudged, drug: str, planned: Planned, number: int) -> bool:
    """Tell whether a set of measures counts for the first dose ever of a drug."""
    first = plan.of(drug)[0]
    counts = planned.after.patient.get(first.slot, 0) == number
    begun = any(each.before for each in plan.orders if each.settled.order.drug == drug)
    return counts and not first.recorded and not begun and drug not in plan.course.last


def _to_come(planned: Planned, number: int) -> bool:
    of_each = planned.after.patient
    return any(
        of_each.get(each.slot, 0) == number and not each.recorded
        for each in planned.administrations
    )


def _shut(gate: Gate, drug: Drug, patient: Patient, place: Place) -> Finding:
    message = (
        f"{drug.name}, before {gate.before}: {gate.measure} {patient.says(gate.measure)}, must "
        f"be {gate.limit}; "
        f"{gate.do} ({gate.source}, {gate.basis})"
    )
    values = (drug.name, str(gate.must), patient.says(gate.measure), gate.do)
    sources = (Cited(drug.name, gate.source),)
    return Finding("gate", gate.level, place, message, values, sources=sources)


def contraindications(plan: Unjudged) -> Iterator[Finding]:
    """Name what each patient must be asked before a product is given: no measure tells it."""
    for about in plan.drugs.values():
        drug = about.drug
        used = {each.prepared.product for each in plan.of(drug.name) if each.prepared}
        for name, product in drug.products.items():
            if product.contraindications and product.name in used:
                listed = "; ".join(
                    f"{fact.text} ({fact.source}, {fact.basis})"
                    for fact in product.contraindications
                )
                message = f"{product.name}: make sure that the patient has none of these: {listed}"
                place = Place.of(drug.name, "products", name)
                values = tuple(fact.text for fact in product.contraindications)
                yield Finding("contraindication", "note", place, message, values)


def given_not_judged(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review of a clinical measure that was entered, and that no rule of the plan uses."""
    used = _used(plan)
    entered = {name for current in plan.times for name in current.course.patient.texts}
    for name, measure in _CLINICAL.items():
        if name in entered and measure not in used:
            message = (
                f"{measure}: entered, but no rule of {' or '.join(plan.drugs)} uses it, so it is "
                "not judged; look up what it means for each"
            )
            place = Place.of("patient", name)
            yield Finding("given-not-judged", "review", place, message, (name, *plan.drugs))


def risks_not_judged(plan: Unjudged) -> Iterator[Finding]:
    """Ask for review of a risk that was entered where nothing is infused by a ladder."""
    risks = plan.course.risks
    infused = any(each.infusion for each in plan.administrations)
    if risks and plan.administrations and not infused:
        message = (
            f"{', '.join(risks)}: entered as a risk, but nothing of this plan is infused by a "
            "rate, so it is not judged; look up what it means for each drug"
        )
        yield Finding("given-not-judged", "review", Place.of("risks"), message, tuple(risks))


def _used(plan: Unjudged) -> set[str]:
    """Collect the measures that a dose, a limit, a gate, a rate or a checklist depends on."""
    used = {measure for order in plan.regimen.orders for measure in order.measures}
    used |= {measure for item in plan.regimen.items for measure in item.measures}
    for about in plan.drugs.values():
        drug = about.drug
        conditions = [each.must for each in drug.gates] + [each.when for each in drug.risks]
        conditions += [
            window.when for way in drug.routes.values() for window in way.windows if window.when
        ]
        used |= {measure for condition in conditions for measure in condition.measures}
        if drug.pregnancy_prevention:
            used.add("pregnancy possible")
    if "creatinine clearance" in used:
        used.add("creatinine")
    return used
