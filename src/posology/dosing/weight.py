"""Dosing weights: the site's policies turn a patient's measures into the weight for a dose.

A policy never gives more than the actual weight. The weight is rounded to 0.1 kg, and the
working shows it.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import assert_never

from posology.dosing import body
from posology.errors import CourseError
from posology.model import Patient, Policy, Regimen, Site, Size
from posology.quantity import Quantity, print_number


def size(patient: Patient, site: Site, drug: str) -> Size:
    """Give the weight and body surface that doses of a drug are computed for."""
    name = site.policy(drug)
    weight, words = weigh(patient, site.policies[name], name)
    if patient.height is None:
        return Size(weight, words, None, "")
    formula = body.SURFACES[site.body_surface]
    surface = formula.compute(Quantity(patient.height, "cm"), patient.weight)
    height, actual = print_number(patient.height), patient.weight.to("kg")
    return Size(weight, words, surface, f"{surface} ({formula.label}: {height} cm, {actual})")


def weigh(patient: Patient, policy: Policy, name: str) -> tuple[Quantity, str]:
    """Apply a policy: the weight of its first row that holds, else the actual weight."""
    actual = patient.weight.to("kg")
    row = next((row for row in policy.rows if row.when.holds(patient)), None)
    if row is None:
        words = f"{actual}" if name == "actual" else f"{actual} (actual, by policy {name})"
        return actual, words
    if patient.height is None or patient.sex is None:
        raise CourseError({"height": f"the policy {name} needs height and sex"})
    height, sex = Quantity(patient.height, "cm"), patient.sex
    match row.weight:
        case "ideal":
            exact = body.ideal(height, sex)
            how = f"Devine, {height}, {sex}"
        case "lean":
            exact = body.lean(height, actual, sex)
            how = f"Janmahasatian, {height}, {actual}, {sex}"
        case "adjusted":
            exact = body.adjusted(height, actual, sex)
            how = f"ideal {body.ideal(height, sex)} + 0.4 x ({actual} - ideal)"
        case _ as never:
            assert_never(never)
    rounded = Quantity(Fraction(int(exact.number * 10 + Fraction(1, 2)), 10), "kg")
    if rounded >= actual:
        return actual, f"{actual} (actual: {row.weight} weight is not below it, by policy {name})"
    return rounded, f"{rounded} ({row.weight} weight: {how}; by policy {name}, as {row.when})"


def needs(regimen: Regimen, site: Site) -> dict[str, str]:
    """Map each measure that the site's policies need to the reason."""
    asked = {}
    for order in regimen.orders:
        name = site.policy(order.drug)
        if order.by_weight and site.policies[name].rows:
            rows = [row.when for row in site.policies[name].rows]
            measures = {"height", "sex", *(measure for when in rows for measure in when.measures)}
            for measure in sorted(measures - {"weight", "body mass index"}):
                asked[measure] = f"the dosing weight of {order.drug}, by policy {name}, asks for it"
    return asked


def excluded(
    regimen: Regimen, site: Site, sizes: Mapping[str, Size], patient: Patient
) -> list[tuple[str, str]]:
    """List orders with their policy, if it may exclude this patient and uses another weight.

    No measure identifies the patients that a policy excludes (``unless``).
    """
    actual = patient.weight.to("kg")
    return [
        (order.id, site.policy(order.drug))
        for order in regimen.orders
        if order.id in sizes and order.by_weight and sizes[order.id].weight != actual
        if site.policies[site.policy(order.drug)].unless and patient.may_be_pregnant is not False
    ]
