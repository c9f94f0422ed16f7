"""Prepares the doses of an order from what is in stock, and computes how each runs in."""

from collections.abc import Sequence

from posology.course.changes import Due
from posology.dispensing.infusion import Setting
from posology.dispensing.orders import dispense, not_dispensable
from posology.dispensing.rates import by_the_order, infused
from posology.dispensing.stock import stocks
from posology.errors import DosingError
from posology.guards.unjudged import Planned
from posology.model import Administration, Finding, Site


def standing(
    administrations: Sequence[Administration], dues: Sequence[Due]
) -> list[Administration]:
    """Keep the doses that are to be given or were given, in order of time."""
    present = {due.placed.slot for due in dues if not due.absent}
    return sorted(
        (each for each in administrations if each.slot in present), key=lambda each: each.at
    )


def dispensed(planned: Planned) -> Planned:
    """Prepare the doses of an order and compute infusion rates, or report why that fails.

    A cycle is prepared as it was planned, so that a dose that is not given changes no other.
    """
    order, about, place = planned.settled.order, planned.circumstances, planned.place.at("dose")
    stocked = stocks(order, about[0], {each.slot: planned.after.products.get(each.slot)
                                       for each in planned.computed})  # fmt: skip
    if isinstance(stocked, Finding):
        return planned._replace(refused=[*planned.refused, stocked])
    absent = {due.placed.slot for due in planned.dues if due.absent}
    prepared, found = dispense(planned.computed, stocked, about[0], place, absent)
    stand = standing(prepared, planned.dues)
    planned = planned._replace(administrations=stand, refused=[*planned.refused, *found])
    if any(each.prepared is None and not each.recorded for each in stand):
        return planned
    try:
        rated = infused(stand, stocked, about, planned.after.patient)
    except DosingError as error:
        stop = not_dispensable(order, error, place)
        return planned._replace(refused=[*planned.refused, stop])
    return planned._replace(administrations=rated)


def run(planned: Planned, site: Site) -> Planned:
    """Compute how each dose runs in by the rates of its order, or report why that fails."""
    order = planned.settled.order
    if order.rates is None or not planned.administrations:
        return planned
    weight = planned.administrations[0].size.weight
    about = Setting(order.drug, weight, "", first="", risks=(), pump_step=site.pump_step)
    try:
        rated = by_the_order(planned.administrations, order.rates, about)
    except DosingError as error:
        stop = not_dispensable(order, error, planned.place.at("rates"))
        return planned._replace(refused=[*planned.refused, stop])
    return planned._replace(administrations=rated)
