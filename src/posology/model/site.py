"""What a hospital decides."""

import re
from collections.abc import Mapping
from datetime import time
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, PlainValidator

from posology.errors import QuantityError
from posology.model.kinds import WEEKDAYS, Count, Name, Noun, Range, Text, reads
from posology.quantity import print_number, shown
from posology.zone import Zone


class Clock(NamedTuple):
    """The clock times of the doses of one day, in rising order."""

    times: tuple[time, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``08:00`` or ``08:00, 20:00``."""
        parts = text.split(", ")
        good = all(re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", part) for part in parts)
        if not good or parts != sorted(set(parts)):
            msg = f'{shown(text)} are not clock times; write them in rising order: "08:00, 20:00"'
            raise QuantityError(msg)
        return cls(tuple(time.fromisoformat(part) for part in parts))

    def __str__(self) -> str:
        """Write them as they are read."""
        return ", ".join(f"{moment:%H:%M}" for moment in self.times)


def _read_bedtime(value: object) -> time:
    return value if isinstance(value, time) else Clock.parse(str(value)).times[0]


class WorkingDays(NamedTuple):
    """The days of the week on which the hospital gives planned treatment; Monday is 0."""

    weekdays: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``Mon, Tue, Wed, Thu, Fri``."""
        parts = text.split(", ")
        if unknown := [part for part in parts if part not in WEEKDAYS]:
            msg = f'{shown(unknown[0])} is not a day of the week; write "Mon, Tue, Wed, Thu, Fri"'
            raise QuantityError(msg)
        return cls(frozenset(WEEKDAYS.index(part) for part in parts))

    def __str__(self) -> str:
        """Write them as they are read."""
        return ", ".join(WEEKDAYS[day] for day in sorted(self.weekdays))


class Percent(NamedTuple):
    """A share, exact: 5 % is 1/20."""

    share: Fraction

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``5 %``."""
        found = re.fullmatch(r"([1-9][0-9]?(?:\.[0-9])?) %", text)
        if not found:
            msg = f'{shown(text)} is not a percentage; write it as in "5 %"'
            raise QuantityError(msg)
        return cls(Fraction(found[1]) / 100)

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{print_number(self.share * 100)} %"


class RoundingLimits(Noun):
    """How far a dispensed total may be from the computed one: for review, and to stop."""

    review: Annotated[Percent, reads(Percent)]
    stop: Annotated[Percent, reads(Percent)]


def _in_kg(limits: Range) -> Range:
    if {limits.low.unit, limits.high.unit} - {"kg", "lb"}:
        msg = f'{shown(str(limits))} are not weights; write them in kg, as in "35 kg to 150 kg"'
        raise ValueError(msg)
    return limits


Weights = Annotated[Range, reads(Range), AfterValidator(_in_kg)]


class WeightLimits(Noun):
    """Weights that a pharmacist must look at again, and weights that are refused."""

    usual: Weights
    absolute: Weights


def _has_as_many_times(clock: Mapping[int, Clock]) -> Mapping[int, Clock]:
    for number, times in clock.items():
        if len(times.times) != number:
            msg = f"{number} must name {number} clock times, not {len(times.times)} ({times})"
            raise ValueError(msg)
    return clock


class Site(Noun):
    """What a hospital decides: zone, clock times, working days, products, policies."""

    name: Text
    time_zone: Annotated[Zone, reads(Zone)]
    clock: Annotated[
        Mapping[Count, Annotated[Clock, reads(Clock)]], AfterValidator(_has_as_many_times)
    ] = Field(min_length=1)
    """Clock times of an order by the number of times a day it is given."""
    bedtime: Annotated[time, PlainValidator(_read_bedtime, json_schema_input_type=str)]
    entry_minutes: Count
    """How long an entry lasts in a calendar; not the length of an infusion."""
    reminder_minutes: Count
    working_days: Annotated[WorkingDays, reads(WorkingDays)]
    products: Mapping[Name, Name]
    """The product in stock for a drug."""
    dosing_weight: Literal["actual"]
    rounding: RoundingLimits
    weight: WeightLimits
