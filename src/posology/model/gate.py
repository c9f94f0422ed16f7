"""What must hold before a drug is given: the time since the last dose; counts, organs, age."""

import re
from math import ceil, floor
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from posology.model.kinds import Name, Noun, Range, Text, reads, reads_in
from posology.model.patient import MEASURES, Condition
from posology.model.periods import Period
from posology.model.regimen import Basis
from posology.quantity import Quantity, print_number


class Least(NamedTuple):
    """A least time: in hours, judged on moments, or a period, judged on days of the calendar."""

    hours: int | None
    period: Period | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``72 hours`` or ``21 days``."""
        found = re.fullmatch(r"([1-9][0-9]{1,2}) hours", text)
        return cls(int(found[1]), None) if found else cls(None, Period.parse(text))

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.hours} hours" if self.hours else str(self.period)

    @property
    def fewest_days(self) -> int:
        """The smallest number of days of the calendar that can hold it."""
        if self.period:
            return self.period.fewest_days
        return -(-(self.hours or 0) // 24)


class Apart(Noun):
    """The least time between two doses, or between two cycles."""

    least: Annotated[Least, reads(Least)]
    between: Literal["doses", "cycles"] = "doses"
    """``cycles`` counts between first doses of cycles, and from the last dose before the course."""
    level: Literal["stop", "review"] = "stop"
    verdicts: tuple[Text, ...] = Field(min_length=2)
    """Worked examples: ``71 hours stop``, ``72 hours pass``; or of days."""
    source: Name
    basis: Basis


def _of_one_measure(must: Condition) -> Condition:
    if len(must.clauses) != 1 or must.clauses[0].measure not in MEASURES:
        msg = f'{must} is no gate; compare one measure, as in "platelets >= 50000 /uL"'
        raise ValueError(msg)
    return must


class Gate(Noun):
    """A condition on one measure that must hold before a drug is given, and what to do else."""

    must: Annotated[Condition, reads(Condition), AfterValidator(_of_one_measure)]
    verdicts: tuple[Text, ...] = Field(min_length=2)
    """Worked examples: ``50000 /uL pass``, ``49999 /uL stop``."""
    before: Literal["each cycle", "the first dose"]
    level: Literal["stop", "review"]
    do: Text
    source: Name
    basis: Basis

    @property
    def measure(self) -> str:
        """The measure that it is about, such as ``platelets``."""
        return self.must.clauses[0].measure

    @property
    def limit(self) -> str:
        """Write the limit: ``>= 50,000 /uL``."""
        clause = self.must.clauses[0]
        return f"{clause.comparison} {print_number(clause.value)} {MEASURES[clause.measure]}"


def _hours(range_: Range) -> Range:
    if {range_.low.unit, range_.high.unit} != {"h"}:
        msg = f'"{range_}" are not hours; write them as in "36 h to 96 h"'
        raise ValueError(msg)
    return range_


class Task(Noun):
    """What is done for a drug on a day of its own, such as haemoglobin after a course."""

    name: Text
    kind: Literal["monitoring", "prophylaxis"] = "monitoring"
    due: Literal["before the first dose", "before each cycle", "after each cycle"]
    within: Annotated[Range, reads(Range), AfterValidator(_hours)] | None = None
    """How long after the last dose of a cycle; its name must say the same hours."""
    at_least: Annotated[Quantity, reads_in(("g/kg", "mg/kg"), "2 g/kg")] | None = None
    """The amount of a cycle from which it is done; None: of any."""
    holds: tuple[Text, ...] = ()
    """Worked examples of that amount: ``2 g/kg yes``, ``1.99 g/kg no``."""
    source: Name
    basis: Basis

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.due == "after each cycle") != (self.within is not None):
            msg = "within belongs to what is due after each cycle, and to nothing else"
            raise ValueError(msg)
        return self

    @property
    def days_after(self) -> range:
        """The days after the last dose, at whose hour its hours are kept."""
        hours = (self.within.low.number, self.within.high.number) if self.within else (0, 0)
        return range(ceil(hours[0] / 24), floor(hours[1] / 24) + 1)
