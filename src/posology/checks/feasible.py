"""Third net: can the dose be made from marketed products?

Judges the number of containers and the volume of one dose.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import ceil

from posology.checks.plausible import amounts
from posology.model import Drug, Finding, Level, Place, Regimen, Route, Value
from posology.quantity import Quantity, print_number

# Posology's own limits; no source states them. No regimen read so far needs more containers,
# or a smaller part of a container.
USUAL_CONTAINERS = 10
MOST_CONTAINERS = 30
SMALLEST_PART = 20


def feasible(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Judge every fixed dose. A dose per kg or m2 is judged for each patient (``guards``)."""
    for index, order in enumerate(regimen.orders):
        drug = drugs.get(order.drug)
        if drug is None or order.route not in drug.routes:
            continue
        for stage in order.stages:
            if stage.dose.of_the_body:
                continue
            doses = {
                amounts(stage.dose, stage, every, days)["dose"]
                for every, days in product(stage.every, stage.days)
            }
            for dose in sorted(doses):
                place = Place.of("orders", index, *stage.path)
                yield from makeable(dose, drug, order.route, place)


def makeable(dose: Quantity, drug: Drug, route: Route, place: Place) -> Iterator[Finding]:
    """Judge whether the drug's products can make one dose, by containers and by volume."""
    giving = drug.routes[route]
    products = [drug.products[name] for name in giving.products if name in drug.products]
    fitting = [each for each in products if each.contents[0].dimension == dose.dimension]
    if not fitting:
        message = f"no product of {drug.name}, {route}, is measured in the unit of {dose}"
        yield Finding("product-missing", "stop", place, message, (dose,))
        return
    largest, form = max((max(each.contents), each.form) for each in fitting)
    smallest = min(min(each.contents) for each in fitting)
    containers = ceil(dose.ratio(largest))
    level: Level | None = None
    if containers > USUAL_CONTAINERS:
        level = "stop" if containers > MOST_CONTAINERS else "review"
        message = f"{dose} of {drug.name} would take {containers:,} {form}s of {largest}"
        of: tuple[Value, ...] = (f"{containers:,} x {largest}",)
    elif smallest.ratio(dose) > SMALLEST_PART:
        level = "stop"
        part = print_number(Fraction(round(smallest.ratio(dose))))
        message = f"{dose} of {drug.name} is about 1/{part} of the smallest {form}, {smallest}"
        of = (f"1/{part} of {smallest}",)
    if level:
        yield Finding("not-makeable", level, place, message, (dose, *of))
        return
    concentrations = [each.concentration for each in fitting if each.concentration]
    if giving.largest_volume and concentrations:
        strongest = max(concentrations)
        volume = dose.to(strongest.unit.split("/")[0]) / strongest
        largest = giving.largest_volume.amount
        if volume > largest:
            message = (
                f"{dose} of {drug.name} at {strongest} is {volume}, {route}; "
                f"above {largest} a pharmacist decides how it is given"
            )
            yield Finding("volume", "review", place, message, (dose, volume, largest))
