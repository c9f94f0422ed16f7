"""The patient's measures, and conditions on them. Never a name."""

import operator
import re
from fractions import Fraction
from typing import Annotated, NamedTuple, Self

from pydantic import PlainValidator

from posology.errors import QuantityError
from posology.model.kinds import Noun, reads_in
from posology.quantity import Quantity, print_number, shown

WEIGHT_UNITS = ("kg", "lb")
Weight = Annotated[Quantity, reads_in(WEIGHT_UNITS, "70.5 kg")]

MEASURES = {
    "age": "years",
    "neutrophils": "/uL",
    "platelets": "/uL",
    "creatinine clearance": "mL/min",
}
"""What a dose may depend on, with its one unit."""
_LARGEST = {
    "age": 120,
    "neutrophils": 100_000,
    "platelets": 5_000_000,
    "creatinine clearance": 300,
    "height": 250,
}
"""Beyond these a number is a slip of the pen, not a measure of a patient."""


def _measure(name: str, unit: str, example: str) -> PlainValidator:
    def read(value: object) -> Fraction:
        if isinstance(value, Fraction):
            return value
        found = re.fullmatch(r"([1-9][0-9]{0,6}(?:\.[0-9]{1,3})?) " + re.escape(unit), str(value))
        if found is None or Fraction(found[1]) > _LARGEST[name]:
            msg = (
                f"{shown(str(value))} is not a {name}; write a number up to {_LARGEST[name]:,}, "
                f'one space and {unit}, as in "{example}"'
            )
            raise ValueError(msg)
        return Fraction(found[1])

    return PlainValidator(read, json_schema_input_type=str)


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("yes", "no"):
        msg = f'{shown(str(value))} is not an answer; write "yes" or "no"'
        raise ValueError(msg)
    return value == "yes"


YesNo = Annotated[bool, PlainValidator(_yes_or_no, json_schema_input_type=str)]


class Patient(Noun):
    """The patient's measures; only what a regimen needs is asked for."""

    weight: Weight
    height: Annotated[Fraction, _measure("height", "cm", "172 cm")] | None = None
    age: Annotated[Fraction, _measure("age", "years", "70 years")] | None = None
    neutrophils: Annotated[Fraction, _measure("neutrophils", "/uL", "2000 /uL")] | None = None
    platelets: Annotated[Fraction, _measure("platelets", "/uL", "150000 /uL")] | None = None
    creatinine_clearance: (
        Annotated[Fraction, _measure("creatinine clearance", "mL/min", "80 mL/min")] | None
    ) = None
    dialysis: YesNo | None = None

    @property
    def texts(self) -> dict[str, str]:
        """All measures that are given, as text."""
        texts = {"weight": self.weight.plain}
        if self.height is not None:
            texts["height"] = f"{_plain(self.height)} cm"
        for measure, unit in MEASURES.items():
            value = getattr(self, field(measure))
            if value is not None:
                texts[field(measure)] = f"{_plain(value)} {unit}"
        if self.dialysis is not None:
            texts["dialysis"] = "yes" if self.dialysis else "no"
        return texts


def _plain(value: Fraction) -> str:
    return print_number(value).replace(",", "")


def field(measure: str) -> str:
    """Give the name of a measure in code: ``creatinine_clearance``."""
    return measure.replace(" ", "_")


_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Clause(NamedTuple):
    """One comparison of a measure with a number; dialysis is 1 or 0."""

    measure: str
    comparison: str
    value: Fraction

    def holds(self, patient: Patient) -> bool:
        """Tell whether it holds; the measure must be given."""
        value = getattr(patient, field(self.measure))
        if self.measure == "dialysis":
            return bool(value) == bool(self.value)
        return bool(_OPERATORS[self.comparison](value, self.value))


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
