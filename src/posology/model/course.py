"""What a pharmacist gives: the inputs of a course."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field

from posology.errors import QuantityError
from posology.model.change import AnyChange
from posology.model.combination import Other
from posology.model.kinds import Count, Day, Name, Noun, Text, read_date, reads
from posology.model.patient import Patient
from posology.model.people import Reference
from posology.model.site import Stock
from posology.quantity import Quantity
from posology.text import shown

RISKS = ("renal", "thrombosis", "no-paraproteinaemia")
Risk = Literal["renal", "thrombosis", "no-paraproteinaemia"]


_Few = Field(max_length=100)


class Last(NamedTuple):
    """The last dose of a drug before a course: its day, and its product if that is known."""

    on: date
    product: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2026-12-14`` or ``2026-12-14 privigen``."""
        day, _, product = text.partition(" ")
        if product and not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", product):
            msg = f'{shown(product)} is not a product; write it as in "2026-12-14 privigen"'
            raise QuantityError(msg)
        try:
            return cls(read_date(day), product)
        except ValueError as error:
            raise QuantityError(str(error)) from None

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.on.isoformat()} {self.product}".rstrip()


class Before(NamedTuple):
    """What was given of a drug before a course: how many doses, how much, and the last ones."""

    doses: int
    amount: Quantity
    """Of all of them, absolute, or per kg or m2."""
    dated: tuple[tuple[date, Quantity], ...] = ()
    """Some of them with their days, which sums over days count."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``20 doses, 26 mg/m2``, or with days ``…; 2027-05-31 1.3 mg/m2; …``."""
        whole, *dated = text.split(";")
        found = re.fullmatch(r"\s*([1-9][0-9]{0,3}) doses?, (.+)", whole)
        if found is None:
            msg = f'{shown(text)} cannot be read; write it as in "20 doses, 26 mg/m2"'
            raise QuantityError(msg)
        before = cls(int(found[1]), Quantity.parse(found[2].strip()), tuple(map(_on_a_day, dated)))
        if any(each.dimension != before.amount.dimension for _, each in before.dated):
            msg = f"{shown(text)}: write all amounts in one unit, each per kg, per m2 or neither"
            raise QuantityError(msg)
        if len(before.dated) > before.doses or before.undated.number < 0:
            msg = f"{shown(text)}: the doses with a day are more than all doses"
            raise QuantityError(msg)
        return before

    @property
    def undated(self) -> Quantity:
        """What was given on days that are not known."""
        return sum((each * -1 for _, each in self.dated), self.amount)

    def __str__(self) -> str:
        """Write it as it is read."""
        plural = "s" if self.doses > 1 else ""
        days = (f"{on.isoformat()} {each.plain}" for on, each in self.dated)
        return "; ".join([f"{self.doses} dose{plural}, {self.amount.plain}", *days])


def _on_a_day(text: str) -> tuple[date, Quantity]:
    day, _, amount = text.strip().partition(" ")
    try:
        return read_date(day), Quantity.parse(amount.strip())
    except ValueError as error:
        raise QuantityError(str(error)) from None


class Course(Noun):
    """One patient's inputs and choices for one regimen.

    ``choices`` maps what the source leaves open to the option picked, such as
    ``immunoglobulin.days`` to ``1-5``. ``cycles`` is set where the source states no duration.
    ``reference`` is the hospital's own pseudonym of the course.
    """

    regimen: Name
    patient: Patient
    start: Day
    choices: Annotated[Mapping[str, Text], _Few] = {}
    cycles: Count | None = None
    without: Annotated[tuple[Name, ...], _Few] = ()
    """Optional orders that this course leaves out."""
    reference: Reference | None = None
    products: Annotated[Mapping[Name, Annotated[Stock, reads(Stock)]], _Few] = {}
    """The product picked for a drug, in place of the site's."""
    risks: Annotated[tuple[Risk, ...], _Few] = ()
    """Risks that slow an infusion; and risks of the regimen that this patient does not have."""
    others: Annotated[tuple[Annotated[Other, reads(Other)], ...], _Few] = ()
    """The patient's other medicines."""
    last: Annotated[Mapping[Name, Annotated[Last, reads(Last)]], _Few] = {}
    """When a drug was last given before this course, and which product."""
    first_cycle: Count | None = None
    """The cycle with which it begins, where earlier ones were given elsewhere; ``cycles`` counts
    those too."""
    before: Annotated[Mapping[Name, Annotated[Before, reads(Before)]], _Few] = {}
    """What was given of a drug before this course."""
    changes: tuple[AnyChange, ...] = ()
    """The changes to the course, in order."""

    @property
    def taken_over(self) -> list[str]:
        """Say with which cycle it begins, and what was given before; nothing where it is new."""
        said = [f"before: {drug} {before}" for drug, before in self.before.items()]
        begins = f"taken over with cycle {self.first_cycle}"
        return [begins, *said] if self.first_cycle else said

    @property
    def inputs(self) -> dict[str, object]:
        """All inputs as text."""
        return {
            "regimen": self.regimen,
            "reference": self.reference,
            **self.patient.texts,
            "start": self.start.isoformat(),
            "cycles": None if self.cycles is None else str(self.cycles),
            "choices": dict(sorted(self.choices.items())),
            "without": sorted(self.without),
            **{name: value for name, value in self._optional_inputs.items() if value},
        }

    @property
    def _optional_inputs(self) -> dict[str, object]:
        """Inputs that are left out where they are empty."""
        return {
            "products": {drug: str(stock) for drug, stock in sorted(self.products.items())},
            "risks": sorted(self.risks),
            "others": sorted(str(other) for other in self.others),
            "last": {drug: str(last) for drug, last in sorted(self.last.items())},
            "first_cycle": None if self.first_cycle is None else str(self.first_cycle),
            "before": {drug: str(before) for drug, before in sorted(self.before.items())},
            "changes": [change.texts for change in self.changes],
        }
