"""The totals of an order, and its supplies."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from posology.dispensing.rounding import added
from posology.model import Administration, Drug, Order, Pack, Supplied, Total
from posology.quantity import Quantity
from posology.scheduling.dates import after


def total(order: Order, administrations: Sequence[Administration]) -> Total:
    """Add up an order: the computed and the dispensed total, and the containers to order."""
    cycles: dict[int, list[Administration]] = {}
    for administration in administrations:
        cycles.setdefault(administration.slot.cycle, []).append(administration)
    computed = [
        _sum([administration.dose.amount for administration in cycle]) for cycle in cycles.values()
    ]
    # Equal doses of a plan are prepared once, and are the same value.
    ready = {
        tuple(id(administration.prepared) for administration in cycle): cycle
        for cycle in cycles.values()
    }
    packs = [_packs(cycle) for cycle in ready.values()]
    product = administrations[0].prepared.product if administrations[0].prepared else ""
    return Total(
        order=order.id,
        drug=order.drug,
        administrations=len(administrations),
        per_cycle=tuple(dict.fromkeys(computed)),
        per_course=_sum(computed),
        dispensed=_sum([each.amount for each in administrations]),
        product=product,
        packs=_packs(administrations),
        packs_per_cycle=tuple(dict.fromkeys(packs)),
    )


def _sum(amounts: Sequence[Quantity]) -> Quantity:
    unit = amounts[0].unit
    return Quantity(sum((amount.to(unit).number for amount in amounts), Fraction(0)), unit)


def _packs(administrations: Iterable[Administration]) -> tuple[Pack, ...]:
    counted = Counter(id(each.prepared) for each in administrations)
    ready = {id(each.prepared): each.prepared for each in administrations if each.prepared}
    return added(
        Pack(pack.number * counted[key], pack.size)
        for key, prepared in ready.items()
        for pack in prepared.packs
    )


def supplies(
    administrations: Sequence[Administration], drugs: Mapping[str, Drug], start: date
) -> list[Supplied]:
    """Split an order into supplies, if the drug limits how much is supplied at once."""
    order = administrations[0].order
    drug = drugs.get(order.drug)
    if drug is None or drug.supply is None or administrations[0].prepared is None:
        return []
    most = drug.supply.most
    found = []
    number = 0
    left = deque(administrations)
    while left:
        on, next_on = after(start, most, number), after(start, most, number + 1)
        doses = []
        while left and left[0].at.date() < next_on:
            doses.append(left.popleft())
        number += 1
        if doses and doses[0].prepared:
            until = next_on - timedelta(days=1)
            found.append(Supplied(order.id, on, until, _packs(doses), doses[0].prepared.form))
    return found
