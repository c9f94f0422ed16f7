"""The patient's measures, and conditions on them. Never a name."""

import operator
import re
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, PlainValidator

from posology.errors import QuantityError
from posology.model.kinds import Day, Noun, reads_in, written
from posology.quantity import Quantity, number_in, print_number
from posology.text import shown

WEIGHT_UNITS = ("kg", "lb")
_HEAVIEST = 1_000
"""In kg; a larger weight is a typing error."""


def _refuse_impossible_weight(weight: Quantity) -> Quantity:
    if weight.to("kg").number > _HEAVIEST:
        msg = f"{weight} cannot be the weight of a patient; check the number and the unit"
        raise ValueError(msg)
    return weight


Weight = Annotated[
    Quantity, reads_in(WEIGHT_UNITS, "70.5 kg"), AfterValidator(_refuse_impossible_weight)
]
CREATININE_UNITS = ("mg/dL", "umol/L")
_CREATININES = {"mg/dL": (Fraction(1, 10), 25), "umol/L": (Fraction(10), 2200)}
"""Outside these limits a creatinine is a typing error or has the wrong unit."""


def _refuse_impossible_creatinine(creatinine: Quantity) -> Quantity:
    low, high = _CREATININES[creatinine.unit]
    if not low <= creatinine.number <= high:
        msg = (
            f"{creatinine} cannot be the creatinine of a patient; check the number and the unit, "
            'as in "0.9 mg/dL" or "80 umol/L"'
        )
        raise ValueError(msg)
    return creatinine


Creatinine = Annotated[
    Quantity, reads_in(CREATININE_UNITS, "80 umol/L"), AfterValidator(_refuse_impossible_creatinine)
]
SEXES = ("male", "female")
Sex = Literal["male", "female"]

MEASURES = {
    "weight": "kg",
    "height": "cm",
    "body mass index": "kg/m2",
    "age": "years",
    "neutrophils": "/uL",
    "platelets": "/uL",
    "creatinine clearance": "mL/min",
}
"""What a dose or a dosing weight may depend on, with its one unit."""
_SEX = {f"sex is {sex}": Fraction(sex == "male") for sex in SEXES}
MEASURE_LIMITS = {
    "age": 120,
    "neutrophils": 100_000,
    "platelets": 5_000_000,
    "creatinine clearance": 300,
    "height": 250,
}
"""A larger number is a typing error, not a measure of a patient."""
_THOUSANDS = {"10^9/L": 1000, "G/L": 1000, "/nL": 1000}
"""Other units of a blood count, in /uL."""


def _measure(name: str, unit: str, example: str) -> PlainValidator:
    units = {unit: 1, **(_THOUSANDS if unit == "/uL" else {})}

    def read(value: object) -> Fraction:
        if isinstance(value, Fraction):
            return value
        found = re.fullmatch(r"((?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,3})?) (\S+)", str(value))
        of_its_unit = found is not None and found[2] in units
        number = Fraction(found[1]) * units[found[2]] if found and of_its_unit else Fraction(-1)
        counted = unit == "/uL"  # of blood cells there may be none
        if not (number > 0 or (counted and number == 0)) or number > MEASURE_LIMITS[name]:
            msg = (
                f"{shown(str(value))} is no {name}; write a number "
                f"{'from 0 to' if counted else 'above 0 and up to'} "
                f"{MEASURE_LIMITS[name]:,} {unit}, one space and {' or '.join(units)}, as in "
                f'"{example}"'
            )
            raise ValueError(msg)
        return number

    said = written("Quantity", units=tuple(units), example=example)
    return PlainValidator(read, json_schema_input_type=said)


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("yes", "no"):
        msg = f'{shown(str(value))} is not an answer; write "yes" or "no"'
        raise ValueError(msg)
    return value == "yes"


YesNo = Annotated[bool, PlainValidator(_yes_or_no, json_schema_input_type=written("YesNo"))]


def _read_sex(value: object) -> object:
    if value not in SEXES:
        msg = f'{shown(str(value))} is not accepted; write "male" or "female"'
        raise ValueError(msg)
    return value


def _read_year(value: object) -> int:
    text = str(value)
    if re.fullmatch(r"(19|20)[0-9]{2}", text):
        return int(text)
    msg = f'{shown(text)} is not a year of birth; write four digits, as in "1956"'
    raise ValueError(msg)


def body_mass_index(height: Quantity, weight: Quantity) -> Quantity:
    """Compute weight / height^2 in kg/m2, exact (Quetelet A, 1842).

    Raises QuantityError for a height or a weight without its unit.

    >>> str(body_mass_index(Quantity.parse("200 cm", ("cm",)), Quantity.parse("100 kg")))
    '25 kg/m2'
    """
    centimetres = number_in("cm", height, "height", "172")
    kilograms = number_in("kg", weight, "weight", "70.5")
    return Quantity(kilograms * 10_000 / centimetres**2, "kg/m2")


class Patient(Noun):
    """The patient's measures; only what a regimen needs is asked for.

    ``weighed``, ``sampled`` and ``counted`` are the days of the weight, of the creatinine and of
    the blood counts; of counts of several days the oldest.
    """

    weight: Weight
    weighed: Day | None = None
    last_weight: Weight | None = None
    height: Annotated[Fraction, _measure("height", "cm", "172 cm")] | None = None
    sex: Annotated[Sex, PlainValidator(_read_sex, json_schema_input_type=Sex)] | None = None
    age: Annotated[Fraction, _measure("age", "years", "70 years")] | None = None
    birth_year: (
        Annotated[int, PlainValidator(_read_year, json_schema_input_type=written("Year"))] | None
    ) = None
    """An alternative to the age."""
    creatinine: Creatinine | None = None
    sampled: Day | None = None
    pregnancy_possible: YesNo | None = None
    neutrophils: Annotated[Fraction, _measure("neutrophils", "/uL", "2000 /uL")] | None = None
    platelets: Annotated[Fraction, _measure("platelets", "/uL", "150000 /uL")] | None = None
    counted: Day | None = None
    creatinine_clearance: (
        Annotated[Fraction, _measure("creatinine clearance", "mL/min", "80 mL/min")] | None
    ) = None
    dialysis: YesNo | None = None

    @property
    def may_be_pregnant(self) -> bool | None:
        """Whether pregnancy is possible; None if it is not known."""
        return False if self.sex == "male" else self.pregnancy_possible

    def measure(self, name: str) -> Fraction | None:
        """Give a measure in its one unit, or None where it is not known."""
        if name == "weight":
            return self.weight.to("kg").number
        if name == "body mass index":
            if self.height is None:
                return None
            return body_mass_index(Quantity(self.height, "cm"), self.weight).number
        value: Fraction | None = getattr(self, field(name))
        return value

    def says(self, name: str) -> str:
        """Write a measure that is known: ``70 years``."""
        if name in ("sex", "dialysis"):
            return self.texts[name]
        value = self.measure(name)
        return f"{print_number(value)} {MEASURES[name]}" if value is not None else "not given"

    @property
    def texts(self) -> dict[str, str]:
        """All known measures, as text that can be read again."""
        texts = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Fraction):
                unit = MEASURES[name.replace("_", " ")]
                texts[name] = f"{print_number(value).replace(',', '')} {unit}"
            elif isinstance(value, Quantity):
                texts[name] = value.plain
            elif isinstance(value, bool):
                texts[name] = "yes" if value else "no"
            elif value is not None:
                texts[name] = str(value)
        return texts


def field(measure: str) -> str:
    """Give the name of a measure in code: ``creatinine_clearance``."""
    return measure.replace(" ", "_")


_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Clause(NamedTuple):
    """One comparison of a measure with a number. Dialysis and male sex count as 1, else 0."""

    measure: str
    comparison: str
    value: Fraction

    def holds(self, patient: Patient) -> bool:
        """Tell whether the comparison holds; False if the measure is not known."""
        if self.measure == "dialysis":
            return bool(patient.dialysis) == bool(self.value)
        if self.measure == "sex":
            return (patient.sex == "male") == bool(self.value)
        measure = patient.measure(self.measure)
        return measure is not None and bool(_OPERATORS[self.comparison](measure, self.value))


class Condition(NamedTuple):
    """Comparisons that must all hold, with the text they were written in."""

    text: str
    clauses: tuple[Clause, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``age <= 75 years and platelets >= 100000 /uL`` or ``dialysis is no``."""
        clauses = []
        for part in text.split(" and "):
            if part in {"dialysis is yes", "dialysis is no"}:
                clauses.append(Clause("dialysis", "is", Fraction(part.endswith("yes"))))
                continue
            if part in _SEX:
                clauses.append(Clause("sex", "is", _SEX[part]))
                continue
            found = re.fullmatch(r"([a-z ]+) (<=|>=|<|>) ([0-9]+(?:\.[0-9]+)?) (.+)", part)
            if found is None or MEASURES.get(found[1]) != found[4]:
                measures = ", ".join(f"{name} ({unit})" for name, unit in MEASURES.items())
                msg = (
                    f"{shown(part)} is not a condition; compare {measures} with <, <=, > or >=, as "
                    'in "age <= 75 years"; or "dialysis is no"'
                )
                raise QuantityError(msg)
            clauses.append(Clause(found[1], found[2], Fraction(found[3])))
        return cls(text, tuple(clauses))

    def __str__(self) -> str:
        """Write it as it is read."""
        return self.text

    @property
    def measures(self) -> set[str]:
        """What must be known of the patient."""
        return {clause.measure for clause in self.clauses}

    def holds(self, patient: Patient) -> bool:
        """Tell whether every comparison holds."""
        return all(clause.holds(patient) for clause in self.clauses)


MEASURE_FIELDS = tuple(Patient.model_fields)
"""The measures that may be entered for a patient, by field name."""
