"""The rules of a regimen's drugs, each with its source and whether it is published or ours."""

from collections.abc import Iterable, Iterator

from posology.model import Combinations, Drug, Regimen


def rules(regimen: Regimen, drugs: Iterable[Drug], table: Combinations) -> list[str]:
    """List what a plan is judged by, besides the limits of its doses, drug by drug."""
    used = {order.drug for order in regimen.orders}
    lines = [
        f"{drug.name}: {line}" for drug in drugs if drug.name in used for line in _of_a_drug(drug)
    ]
    pairs = [pair for pair in table.combinations if set(pair.drugs) <= used]
    return lines + [
        f"{' + '.join(pair.drugs)}: {pair.what} ({pair.source}, {pair.basis})" for pair in pairs
    ]


def _of_a_drug(drug: Drug) -> Iterator[str]:
    for gate in drug.gates:
        rule = f"before {gate.before} {gate.measure} {gate.limit}, else {gate.level}"
        yield f"{rule} ({gate.source}, {gate.basis})"
    for route, giving in drug.routes.items():
        apart = giving.apart
        if apart:
            words = f"{apart.least} between {apart.between}, else {apart.level}"
            yield f"{route}, at least {words} ({apart.source}, {apart.basis})"
    for risk in drug.risks:
        yield f"infused slower where {risk.when} ({risk.source}, {risk.basis})"
    if drug.pregnancy_prevention:
        ours = sum(point.basis == "unsourced" for point in drug.pregnancy_prevention)
        number = len(drug.pregnancy_prevention)
        points = f"{number} point{'' if number == 1 else 's'}"
        yield f"a checklist to prevent pregnancy: {points}, {ours} of them unsourced"
    if drug.supply:
        supply = drug.supply
        yield f"at most {supply.most} given out at once ({supply.source}, {supply.basis})"
    yield from _to_do(drug)
    if not drug.gates:
        yield "no gate: no count, organ or age is judged before it"


def _to_do(drug: Drug) -> Iterator[str]:
    for task in drug.tasks:
        from_ = f", from {task.at_least} a cycle" if task.at_least else ""
        yield f"{task.due}{from_}: {task.name} ({task.source}, {task.basis})"
    for product in drug.products.values():
        for fact in product.contraindications:
            yield f"{product.name} not in {fact.text} ({fact.source}, {fact.basis})"
