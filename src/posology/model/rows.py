"""What stands under an order: rows of a table of doses, later starts, limits, steps, an erratum."""

from typing import Annotated, Literal, NamedTuple

from posology.errors import QuantityError
from posology.model.kinds import Amount, Days, Name, Noun, Period, StatedDose, Text, reads
from posology.model.patient import Condition

Market = Literal["eu", "uk", "us"]
"""Whose label, packs and pregnancy programme count."""
Route = Literal["oral", "intravenous", "subcutaneous", "intramuscular"]


class Erratum(Noun):
    """A printing error of the source, and why we read it otherwise."""

    printed: Text
    because: Text


class Row(Noun):
    """The dose of one kind of patient, and the rhythm if it differs."""

    when: Annotated[Condition, reads(Condition)]
    dose: Annotated[StatedDose, reads(StatedDose)]
    every: Annotated[Period, reads(Period)] | None = None
    days: Annotated[Days, reads(Days)] | None = None
    market: Market | None = None
    """The market whose label has this row, where markets differ; the order lists them."""
    source: Name | None = None
    """None: that of the order."""
    quote: Text


class Later(Noun):
    """What changes from a later cycle or day on."""

    dose: Annotated[StatedDose, reads(StatedDose)] | None = None
    days: Annotated[Days, reads(Days)] | None = None
    quote: Text


class Limit(Noun):
    """The most that one administration may be, for some patients."""

    amount: Amount
    when: Annotated[Condition, reads(Condition)] | None = None
    quote: Text


class Reduction(Noun):
    """A part to which a dose is reduced for some patients, such as 50 %."""

    to: Literal["25 %", "50 %", "75 %"]
    when: Annotated[Condition, reads(Condition)]
    quote: Text


class ReductionStep(Noun):
    """A step to which the dose of an order may be reduced, as its source defines."""

    dose: Annotated[StatedDose, reads(StatedDose)]
    source: Name
    quote: Text


class Moment(NamedTuple):
    """The start of a later cycle, or of a later day of the order."""

    unit: Literal["cycle", "day"]
    number: int

    @classmethod
    def parse(cls, text: str) -> "Moment":
        """Read ``cycle 5`` or ``day 15``."""
        unit, _, number = text.partition(" ")
        if unit not in {"cycle", "day"} or not number.isdecimal() or not number.isascii():
            msg = f'"{text}" is not a start; write "cycle 5" or "day 15"'
            raise QuantityError(msg)
        if not 1 < int(number) < 1000:  # noqa: PLR2004 - three digits, as of all counts
            msg = f'"{text}" is not a later start; write 2 to 999'
            raise QuantityError(msg)
        return cls(unit, int(number))  # type: ignore[arg-type]  # checked above

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.unit} {self.number}"
