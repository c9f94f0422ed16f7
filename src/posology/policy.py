"""Whose weight: the site's policies turn a patient's measures into what doses are computed for.

A policy never gives more than the actual weight, and the weight is rounded to 0.1 kg, the one
visible rounding. Also the creatinine clearance, where it is not given, and the age, where only
the year of birth is.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from posology import body
from posology.errors import CourseError, DosingError
from posology.model import Condition, Course, Patient, Policy, Regimen, Site, Size
from posology.model.patient import MEASURE_LIMITS
from posology.quantity import Quantity, print_number

_MINOR = Condition.parse("age < 18 years")


def size(patient: Patient, site: Site, drug: str) -> Size:
    """Give the weight and body surface that doses of a drug are computed for."""
    name = site.policy(drug)
    weight, words = weigh(patient, site.policies[name], name)
    if patient.height is None:
        return Size(weight, words, None, "")
    surface = body.SURFACES[site.body_surface](patient.height, patient.weight)
    formula = {"mosteller": "Mosteller", "du-bois": "Du Bois", "haycock": "Haycock"}.get(
        site.body_surface, "Gehan and George"
    )
    height, actual = print_number(patient.height), patient.weight.to("kg")
    return Size(weight, words, surface, f"{surface} ({formula}: {height} cm, {actual})")


def weigh(patient: Patient, policy: Policy, name: str) -> tuple[Quantity, str]:
    """Apply a policy: the weight of its first row that holds, else the actual weight."""
    actual = patient.weight.to("kg")
    row = next((row for row in policy.rows if row.when.holds(patient)), None)
    if row is None:
        words = f"{actual}" if name == "actual" else f"{actual} (actual, by policy {name})"
        return actual, words
    if patient.height is None or patient.sex is None:
        raise CourseError({"height": f"the policy {name} needs height and sex"})
    if row.weight == "ideal":
        exact = body.ideal(patient.height, patient.sex)
        how = f"Devine, {print_number(patient.height)} cm, {patient.sex}"
    elif row.weight == "lean":
        exact = body.lean(patient.height, actual, patient.sex)
        how = f"Janmahasatian, {print_number(patient.height)} cm, {actual}, {patient.sex}"
    else:
        exact = body.adjusted(patient.height, actual, patient.sex)
        best = body.ideal(patient.height, patient.sex)
        how = f"ideal {best} + 0.4 x ({actual} - ideal)"
    rounded = Quantity(Fraction(int(exact.number * 10 + Fraction(1, 2)), 10), "kg")
    if rounded >= actual:
        return actual, f"{actual} (actual: {row.weight} weight is not below it, by policy {name})"
    return rounded, f"{rounded} ({row.weight} weight: {how}; by policy {name}, as {row.when})"


def needs(regimen: Regimen, site: Site) -> dict[str, str]:
    """Name the measures that the site's policies ask for, with the reason."""
    asked = {}
    for order in regimen.orders:
        name = site.policy(order.drug)
        if order.by_weight and site.policies[name].rows:
            rows = [row.when for row in site.policies[name].rows]
            measures = {"height", "sex", *(one for when in rows for one in when.measures)}
            for measure in sorted(measures - {"weight", "body mass index"}):
                asked[measure] = f"the dosing weight of {order.drug}, by policy {name}, asks for it"
    return asked


def excluded(
    regimen: Regimen, site: Site, sizes: Mapping[str, Size], patient: Patient
) -> list[str]:
    """Say what a policy excludes and no row can tell, where its weight is not the actual one."""
    actual = patient.weight.to("kg")
    return [
        f"{order.id}: by policy {name} {policy.unless}"
        for order in regimen.orders
        if order.id in sizes and order.by_weight and sizes[order.id].weight != actual
        for name in [site.policy(order.drug)]
        for policy in [site.policies[name]]
        if policy.unless and patient.may_be_pregnant is not False
    ]


def known(course: Course, regimen: Regimen, site: Site) -> Patient:
    """Complete the patient: the age from the year of birth, the clearance from the creatinine.

    Raises CourseError where the year of birth leaves a dose or a weight open, or an input is
    missing or given twice. Limits and risks are judged by the older age.
    """
    patient = course.patient
    problems = {}
    if patient.age is not None and patient.birth_year is not None:
        problems["birth_year"] = "age and year of birth are both given; give one"
    if patient.creatinine and patient.creatinine_clearance is not None:
        problems["creatinine_clearance"] = (
            "clearance and creatinine are both given; give one, so that it is clear which counts"
        )
    if problems:
        raise CourseError(problems)
    if patient.birth_year is not None:
        rows = [row.when for policy in site.policies.values() for row in policy.rows]
        doses = [one for order in regimen.orders for one in order.conditions]
        patient = _aged(course, [_MINOR, *doses, *rows])
    needed = "creatinine clearance" in regimen.needs
    complete = course.patient.age is not None and patient.sex is not None
    if patient.creatinine is None or not (needed or complete):
        return patient
    computed, _ = clearance(course, patient, site)
    if computed > MEASURE_LIMITS["creatinine clearance"]:
        message = f"gives a clearance of {print_number(computed)} mL/min; check number and unit"
        raise CourseError({"creatinine": message})
    return patient.model_copy(update={"creatinine_clearance": computed})


def clearance(course: Course, patient: Patient, site: Site) -> tuple[Fraction, str]:
    """Compute the creatinine clearance by Cockcroft and Gault, for the weight of the policy."""
    if course.patient.age is None:
        message = "the creatinine clearance is computed from the age; give it"
        instead = ", in place of the year of birth" if patient.birth_year else ""
        raise CourseError({"age": message + instead})
    if patient.sex is None:
        raise CourseError({"sex": "the creatinine clearance is computed from it; give it"})
    if patient.creatinine is None:
        raise CourseError({"creatinine": "the creatinine clearance is computed from it; give it"})
    policy = site.policies[site.clearance_weight]
    if policy.rows and patient.height is None:
        message = f"the weight for the clearance, by policy {site.clearance_weight}, asks for it"
        raise CourseError({"height": message})
    try:
        weight, words = weigh(patient, policy, site.clearance_weight)
        age, sex, creatinine = course.patient.age, patient.sex, patient.creatinine
        computed = body.cockcroft_gault(age, weight, sex, creatinine)
    except DosingError as error:
        raise CourseError({"creatinine": str(error)}) from None
    years, level = print_number(age), print_number(creatinine.number)
    women = " x 0.85" if sex == "female" else ""
    formula = f"(140 - {years}) x {words} / (72 x {level}){women}"
    if creatinine.unit == "umol/L":
        formula = f"(140 - {years}) x {words} x {'1.23' if sex == 'male' else '1.04'} / {level}"
    return computed, f"{formula} = {print_number(computed)} mL/min (Cockcroft and Gault)"


def _aged(course: Course, conditions: Iterable[Condition]) -> Patient:
    """Take the older of the two ages that a year of birth leaves open, where both decide alike."""
    year = course.patient.birth_year
    if year is None or year > course.start.year:
        raise CourseError({"birth_year": "lies after the first dose"})
    older = Fraction(course.start.year - year)
    patients = [
        course.patient.model_copy(update={"age": age})
        for age in (older, max(older - 1, Fraction(0)))
    ]
    for condition in conditions:
        clauses = [clause for clause in condition.clauses if clause.measure == "age"]
        for clause in clauses:
            if clause.holds(patients[0]) != clause.holds(patients[1]):
                message = (
                    f"born {year}: {older - 1} or {older} years on the first day, and the dose "
                    f'depends on it ("{condition}"); give the age'
                )
                raise CourseError({"birth_year": message})
    return patients[0]


def filtration(patient: Patient) -> str:
    """Write the estimated filtration rate of a patient with creatinine, age and sex."""
    if patient.age is None or patient.sex is None or patient.creatinine is None:
        return "not known"
    rate = body.ckd_epi_2021(patient.age, patient.sex, patient.creatinine)
    return f"{print_number(rate)} mL/min/1.73 m2"
