"""What is done beside the doses: has it one rhythm, and does its quote say its numbers?"""

from collections.abc import Iterator

from posology.checks.conditions import of_a_patient
from posology.checks.rhythm import beside_said
from posology.model import Condition, Finding, Item, Place, Regimen
from posology.model.periods import FIRST_DAY


def items(regimen: Regimen) -> Iterator[Finding]:
    """Stop at an item without one rhythm, and at a number that its quote does not say."""
    orders = {each.id for each in regimen.orders}
    for index, item in enumerate(regimen.items):
        place = Place.of("items", index)
        yield from _dated(item, orders, place)
        where = item.where if isinstance(item.where, Condition) else None
        yield from of_a_patient(where, item.quote, place.at("where"))
        must = item.bound.must if item.bound else None
        yield from of_a_patient(must, item.quote, place.at("bound", "must"))
        if item.beside:
            yield from beside_said(
                item.beside.when, item.beside.order, item.quote, place.at("with", "when")
            )


def _dated(item: Item, orders: set[str], place: Place) -> Iterator[Finding]:
    if sum(each is not None for each in (item.every, item.before, item.beside)) != 1:
        message = 'give one of "every", "before" (once before the first day) and "with" (an order)'
        yield Finding("item-undated", "stop", place, message, ())
    if item.beside and item.beside.order not in orders:
        message = f"{item.beside.order} is no order of this regimen"
        yield Finding("item-undated", "stop", place.at("with", "order"), message, ())
    if item.beside and (item.after or item.duration or item.days != FIRST_DAY):
        message = "it is done on the days of the order; leave out days, after and duration"
        yield Finding("item-undated", "stop", place.at("with"), message, ())
