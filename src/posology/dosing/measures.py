"""What follows from the measures: the age, the creatinine clearance, the filtration rate."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from posology.dosing import body
from posology.dosing.weight import weigh
from posology.errors import CourseError, DosingError
from posology.model import Condition, Course, Patient, Regimen, Site, Size
from posology.model.patient import MEASURE_LIMITS
from posology.quantity import Quantity, print_number

_MINOR = Condition.parse("age < 18 years")


class Measured(NamedTuple):
    """The patient from a day on, with what follows from the measures."""

    course: Course
    """The course; its start is the first day for which these measures count."""
    patient: Patient
    sizes: Mapping[str, Size]
    """By the id of the order."""


def known(course: Course, regimen: Regimen, site: Site) -> Patient:
    """Complete the patient: the age from the year of birth, the clearance from the creatinine.

    Raises CourseError where the year of birth leaves a dose or a weight open, or an input is
    missing or entered twice. Limits and risks are judged by the older age.
    """
    patient = course.patient
    problems = {}
    if patient.age is not None and patient.birth_year is not None:
        problems["birth_year"] = "age and year of birth are both entered; enter only one"
    if patient.creatinine and patient.creatinine_clearance is not None:
        problems["creatinine_clearance"] = (
            "clearance and creatinine are both entered; enter only the one that counts"
        )
    if problems:
        raise CourseError(problems)
    if patient.birth_year is not None:
        rows = [row.when for policy in site.policies.values() for row in policy.rows]
        doses = [each for order in regimen.orders for each in order.conditions]
        patient = _aged(course, [_MINOR, *doses, *rows])
    needed = "creatinine clearance" in regimen.needs
    complete = course.patient.age is not None and patient.sex is not None
    if patient.creatinine is None or not (needed or complete):
        return patient
    computed, _ = clearance(course, patient, site)
    if computed.number > MEASURE_LIMITS["creatinine clearance"]:
        message = f"gives a clearance of {computed}; check number and unit"
        raise CourseError({"creatinine": message})
    return patient.model_copy(update={"creatinine_clearance": computed.number})


def clearance(course: Course, patient: Patient, site: Site) -> tuple[Quantity, str]:
    """Compute the creatinine clearance by Cockcroft and Gault, for the weight of the policy."""
    if course.patient.age is None:
        message = "the creatinine clearance is computed from the age; enter it"
        instead = ", in place of the year of birth" if patient.birth_year else ""
        raise CourseError({"age": message + instead})
    if patient.sex is None:
        raise CourseError({"sex": "the creatinine clearance is computed from it; enter it"})
    if patient.creatinine is None:
        raise CourseError({"creatinine": "the creatinine clearance is computed from it; enter it"})
    policy = site.policies[site.clearance_weight]
    if policy.rows and patient.height is None:
        message = f"the weight for the clearance, by policy {site.clearance_weight}, asks for it"
        raise CourseError({"height": message})
    try:
        weight, words = weigh(patient, policy, site.clearance_weight)
        age, sex, creatinine = course.patient.age, patient.sex, patient.creatinine
        computed = body.cockcroft_gault(Quantity(age, "year"), weight, sex, creatinine)
    except DosingError as error:
        raise CourseError({"creatinine": str(error)}) from None
    years, level = print_number(age), print_number(creatinine.number)
    women = " x 0.85" if sex == "female" else ""
    formula = f"(140 - {years}) x {words} / (72 x {level}){women}"
    if creatinine.unit == "umol/L":
        formula = f"(140 - {years}) x {words} x {'1.23' if sex == 'male' else '1.04'} / {level}"
    return computed, f"{formula} = {computed} (Cockcroft and Gault)"


def _aged(course: Course, conditions: Iterable[Condition]) -> Patient:
    """Give the patient the older of the two ages that a year of birth allows.

    Raises CourseError if a condition depends on which of the two it is.
    """
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
                    f'depends on it ("{condition}"); enter the age'
                )
                raise CourseError({"birth_year": message})
    return patients[0]


def filtration(patient: Patient) -> str:
    """Write the estimated filtration rate of a patient with creatinine, age and sex."""
    if patient.age is None or patient.sex is None or patient.creatinine is None:
        return "not known"
    rate = body.ckd_epi_2021(Quantity(patient.age, "year"), patient.sex, patient.creatinine)
    return f"{print_number(rate)} mL/min/1.73 m2"
