"""Drugs that need a pharmacist's look when combined, at any dose; and the patient's other drugs."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple, Self

from pydantic import Field

from posology.errors import QuantityError
from posology.model.kinds import Count, Name, Noun, Text, read_date
from posology.model.regimen import Basis, Source
from posology.text import shown

_LONGEST = 80
"""Letters of the name of a medicine."""


class Other(NamedTuple):
    """Another medicine of the patient, with its first and last day; None if a day is not known."""

    name: str
    start: date | None
    end: date | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``thalidomide`` or ``thalidomide from 2027-01-01 to 2027-03-31``."""
        found = re.fullmatch(r"([A-Za-z][A-Za-z0-9-]*)(?: from (\S+))?(?: to (\S+))?", text)
        if not found or len(found[1]) > _LONGEST:
            msg = (
                f"{shown(text)} cannot be read; write the name of one medicine, with its days "
                'where they are known, as in "thalidomide from 2027-01-01 to 2027-03-31"'
            )
            raise QuantityError(msg)
        start, end = (read_date(day) if day else None for day in (found[2], found[3]))
        if start and end and end < start:
            msg = f"{shown(text)} ends before it begins; swap the two days"
            raise QuantityError(msg)
        return cls(found[1].lower(), start, end)

    def __str__(self) -> str:
        """Write it as it is read."""
        start = f" from {self.start.isoformat()}" if self.start else ""
        end = f" to {self.end.isoformat()}" if self.end else ""
        return f"{self.name}{start}{end}"


class Combination(Noun):
    """Two or three drugs whose courses must not overlap without a look."""

    drugs: tuple[Name, ...] = Field(min_length=2, max_length=3)
    level: Literal["stop", "review", "note"]
    what: Text
    why: Text
    do: Text
    source: Name
    basis: Basis


class Combinations(Noun):
    """All combinations, with their sources."""

    version: Count
    sources: Mapping[Name, Source] = Field(min_length=1)
    beyond: tuple[Name, ...] = ()
    """Medicines of this table that the formulary does not list, such as live vaccines."""
    known_as: Mapping[Name, tuple[Name, ...]] = {}
    """Brands and short names of a drug."""
    combinations: tuple[Combination, ...] = ()

    def proper(self, name: str) -> str:
        """Give the formulary's name of a drug; a name without an entry stays as it is."""
        return next((drug for drug, names in self.known_as.items() if name in names), name)
