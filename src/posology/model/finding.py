"""Findings: what a pharmacist must know of a regimen or a plan, and what a signature covers."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple

from posology.quantity import Quantity

Level = Literal["stop", "review", "note"]
LEVELS: tuple[Level, ...] = ("stop", "review", "note")
Value = str | int | Fraction | Quantity | date
"""One exact part of a finding: an amount, a day, the name of a drug."""


class Place(NamedTuple):
    """Where a finding stands: the steps into a file, a course or a plan."""

    steps: tuple[str | int, ...]

    @classmethod
    def of(cls, *steps: str | int) -> "Place":
        """Make a place of its steps: ``Place.of("orders", 1, "dose")``."""
        return cls(steps)

    def at(self, *steps: str | int) -> "Place":
        """Give a place inside this one."""
        return Place((*self.steps, *steps))

    def is_in(self, other: "Place") -> bool:
        """Tell whether this place is the other, or inside it."""
        return self.steps[: len(other.steps)] == other.steps

    def __str__(self) -> str:
        """Write it as people do: ``orders[1].dose``."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return text.removeprefix(".")


class Cited(NamedTuple):
    """A source that a finding or a working rests on."""

    shelf: str
    """The drug whose file lists it, or ``combinations``."""
    source: str


class Finding(NamedTuple):
    """Something a pharmacist must know.

    ``stop``: nothing leaves; ``review``: a pharmacist must acknowledge it; ``note``. The
    wording of a message may change at any time: a signature covers code, place and values.
    """

    code: str
    """Listed with its meaning in ``posology.model.codes``."""
    level: Level
    place: Place
    message: str
    values: tuple[Value, ...]
    """What the message says of this plan: amounts, days, names; empty if the place says it all."""
    sources: tuple[Cited, ...] = ()
    same: bool = False
    """Whether it is the same for every patient of the regimen, so that a site may accept it."""
    accepted: str = ""
    """By whom and why the site has accepted it: then it is a note, which a signature covers too."""

    @property
    def signed(self) -> str:
        """Write what a signature covers."""
        return json.dumps([self.code, str(self.place), *map(exact, self.values)])

    @property
    def signed_sha256(self) -> str:
        """The sha256 of what a signature covers."""
        return hashlib.sha256(self.signed.encode()).hexdigest()

    @property
    def words(self) -> str:
        """Say what was found, and who has accepted it."""
        return f"{self.message} ({self.accepted})" if self.accepted else self.message

    @property
    def sha256(self) -> str:
        """The sha256 by which a site accepts it: of what a signature covers, without the days."""
        lasting = [exact(value) for value in self.values if not isinstance(value, date)]
        return hashlib.sha256(
            json.dumps([self.code, str(self.place), *lasting]).encode()
        ).hexdigest()


def named(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Name each finding that says review, so that each is acknowledged by itself.

    The name is its code; where several have the code, code and beginning of a sha256 of what is
    signed: ``unclear-3fa2c1``.
    """
    reviews = [finding for finding in dict.fromkeys(findings) if finding.level == "review"]
    number = Counter(finding.code for finding in reviews)
    return {
        finding.code if number[finding.code] == 1 else
        f"{finding.code}-{finding.signed_sha256[:6]}": finding
        for finding in reviews
    }  # fmt: skip


def exact(value: Value) -> str:
    """Write a value so that equal values are equal texts: ``70 kg``, ``2027-01-11``, ``140/3``."""
    if isinstance(value, Quantity):
        return value.plain
    return value.isoformat() if isinstance(value, date) else str(value)
