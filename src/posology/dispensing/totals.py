"""The totals of an order, and its supplies."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from posology.dispensing.rounding import added
from posology.model import Administration, Containers, Drug, Order, Pack, Prepared, Supplied, Total
from posology.quantity import Quantity
from posology.scheduling.dates import after


def total(order: Order, administrations: Sequence[Administration]) -> Total:
    """Add up an order: the computed and the dispensed total, and the containers to order."""
    cycles: dict[int, list[Administration]] = {}
    for administration in administrations:
        cycles.setdefault(administration.slot.cycle, []).append(administration)
    computed = [_sum([each.computed_amount for each in cycle]) for cycle in cycles.values()]
    # Equal doses of a plan are prepared once, and are the same value.
    whole = {
        tuple(id(each.prepared) for each in cycle): cycle
        for cycle in cycles.values()
        if not any(each.recorded for each in cycle)
    }
    return Total(
        order=order.id,
        drug=order.drug,
        administrations=len(administrations),
        per_cycle=tuple(dict.fromkeys(computed)),
        per_course=_sum(computed),
        dispensed=_sum([each.amount for each in administrations]),
        to_order=_containers(each for each in administrations if not each.recorded),
        per_cycle_to_order=tuple(dict.fromkeys(map(_containers, whole.values()))),
    )


def _sum(amounts: Sequence[Quantity]) -> Quantity:
    unit = amounts[0].unit
    return Quantity(sum((amount.to(unit).number for amount in amounts), Fraction(0)), unit)


def _containers(administrations: Iterable[Administration]) -> tuple[Containers, ...]:
    """Add up the containers, product by product."""
    every = [each.ready for each in administrations if each.ready]
    counted = Counter(map(id, every))
    products: dict[tuple[str, str], list[Prepared]] = {}
    for ready in {id(each): each for each in every}.values():
        products.setdefault((ready.product, ready.form), []).append(ready)
    return tuple(
        Containers(
            product,
            form,
            added(
                Pack(pack.number * counted[id(ready)], pack.size)
                for ready in of_product
                for pack in ready.packs
            ),
        )
        for (product, form), of_product in products.items()
    )


def supplies(
    administrations: Sequence[Administration], drugs: Mapping[str, Drug], start: date
) -> list[Supplied]:
    """Split an order into supplies, if the drug limits how much is supplied at once."""
    order = administrations[0].order
    drug = drugs.get(order.drug)
    if drug is None or drug.supply is None:
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
        found += [
            Supplied(order.id, on, next_on - timedelta(days=1), containers.packs, containers.form)
            for containers in _containers(doses)
        ]
    return found
