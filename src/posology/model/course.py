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
    changes: tuple[AnyChange, ...] = ()
    """The changes to the course, in order."""

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
            "changes": [change.texts for change in self.changes],
        }
