"""What a hospital decides."""

import re
from collections.abc import Mapping
from datetime import time
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from posology.errors import QuantityError
from posology.model.acceptance import Acceptance
from posology.model.kinds import WEEKDAYS, Count, Name, Noun, Range, Text, reads, reads_in, written
from posology.model.patient import Condition
from posology.model.periods import Clock, Period
from posology.model.reasons import EndCode
from posology.model.regimen import Basis
from posology.model.rows import Market, Route
from posology.model.zone import Zone
from posology.quantity import Quantity, print_number
from posology.text import shown


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


class Region(NamedTuple):
    """A country, and a part of it, as ISO 3166 names them."""

    country: str
    part: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``DE-BE`` or ``DE``."""
        found = re.fullmatch(r"([A-Z]{2})(?:-([A-Z0-9]{1,4}))?", text)
        if not found:
            msg = f'{shown(text)} is not a region; write it as ISO 3166 does, as in "DE-BE" or "DE"'
            raise QuantityError(msg)
        return cls(found[1], found[2] or "")

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.country}-{self.part}" if self.part else self.country


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
    """How far a dispensed dose may differ from the computed dose.

    ``review`` and ``stop`` are for the total of a cycle, ``day`` for each dose of it.
    """

    review: Annotated[Percent, reads(Percent)]
    stop: Annotated[Percent, reads(Percent)]
    day: Annotated[Percent, reads(Percent)]
    prefer: Literal["even days", "fewest containers"] | None = None
    """How a total is split over the days, where there are several ways; the larger doses come last.

    None: a file that was written before this key; the fewest containers, the larger doses first.
    """


class Stock(NamedTuple):
    """A product in stock, and its sizes where not all of them are."""

    product: str
    contents: tuple[Quantity, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``privigen`` or ``privigen (5 g, 10 g, 20 g, 40 g)``."""
        found = re.fullmatch(r"([A-Za-z][A-Za-z0-9-]*)(?: \((.+)\))?", text)
        if not found:
            msg = (
                f"{shown(text)} is not a product in stock; write its name, and its sizes where not "
                'all are in stock, as in "privigen (5 g, 10 g)"'
            )
            raise QuantityError(msg)
        sizes = found[2].split(", ") if found[2] else []
        if len(sizes) > 20:  # noqa: PLR2004 - more than any product has
            msg = f"{shown(text)} names {len(sizes)} sizes; at most 20 are accepted"
            raise QuantityError(msg)
        return cls(found[1].lower(), tuple(Quantity.parse(size) for size in sizes))

    def __str__(self) -> str:
        """Write it as it is read."""
        sizes = ", ".join(size.plain for size in self.contents)
        return f"{self.product} ({sizes})" if sizes else self.product


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


_StockText = Annotated[Stock, reads(Stock)]
InStock = Annotated[
    tuple[_StockText, ...],
    BeforeValidator(_one_or_several, json_schema_input_type=_StockText | tuple[_StockText, ...]),
    Field(min_length=1),
]


class PolicyRow(Noun):
    """The weight that a policy takes for some patients."""

    weight: Literal["ideal", "adjusted", "lean"]
    when: Annotated[Condition, reads(Condition)]


class Policy(Noun):
    """Whose weight a dose is computed for: the first row that holds, else the actual weight."""

    dated: Text
    cite: Text
    basis: Basis
    unless: Text | None = None
    """The patients it excludes, if no measure identifies them."""
    rows: tuple[PolicyRow, ...] = ()


class Freshness(Noun):
    """How old a measurement may be on the first day."""

    weight: Annotated[Period, reads(Period)]
    creatinine: Annotated[Period, reads(Period)]
    counts: Annotated[Period, reads(Period)] = Period(7, "day")


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


class Far(Noun):
    """Lengths of time beyond which a day is reviewed, and beyond which it is refused."""

    review: Annotated[Period, reads(Period)]
    stop: Annotated[Period, reads(Period)]


class DayLimits(Noun):
    """How far a day may lie from the day on which it is entered."""

    past: Far
    ahead: Far
    course: Far
    """From the first dose of a course to its last."""


def _match_number_of_times(clock: Mapping[int, Clock]) -> Mapping[int, Clock]:
    for number, times in clock.items():
        if len(times.times) != number:
            msg = f"{number} must name {number} clock times, not {len(times.times)} ({times})"
            raise ValueError(msg)
    return clock


Millilitres = Annotated[Quantity, reads_in(("mL",), "5 mL")]


SurfaceFormula = Literal["mosteller", "du-bois", "haycock", "gehan-george"]


class Site(Noun):
    """What a hospital decides: zone, clock times, working days, products, policies."""

    name: Text
    time_zone: Annotated[Zone, reads(Zone)]
    clock: Annotated[
        Mapping[Count, Annotated[Clock, reads(Clock)]], AfterValidator(_match_number_of_times)
    ] = Field(min_length=1)
    """Clock times of an order by the number of times a day it is given."""
    bedtime: Annotated[time, PlainValidator(_read_bedtime, json_schema_input_type=written("Clock"))]
    entry_minutes: Count
    """How long an entry lasts in a calendar; not the length of an infusion."""
    reminder_minutes: Count
    working_days: Annotated[WorkingDays, reads(WorkingDays)]
    region: Annotated[Region, reads(Region)] | None = None
    """The region whose public holidays are days off."""
    products: Mapping[Name, InStock]
    """The products in stock for a drug, one for each route."""
    dosing_weight: Mapping[Name, Name]
    """The policy for each drug, and for all ``others``."""
    clearance_weight: Name
    """The policy for the weight in the formula of Cockcroft and Gault."""
    policies: Mapping[Name, Policy]
    body_surface: SurfaceFormula
    rounding: RoundingLimits
    syringes: Mapping[Millilitres, Millilitres] = Field(min_length=1)
    """The syringe's increment, by the largest volume that it measures."""
    injection_volume: Mapping[Route, Millilitres]
    """The most at one injection site."""
    pump_step: Annotated[Quantity, reads_in(("mL/h",), "1 mL/h")]
    weight: WeightLimits
    fresh: Freshness
    vaccines: Name
    """The name of the drug's table that says how long live vaccines wait."""
    # A site file that was written before these came stays readable; a note tells what it lacks.
    days: DayLimits = DayLimits(
        past=Far(review=Period(31, "day"), stop=Period(24, "month")),
        ahead=Far(review=Period(6, "month"), stop=Period(24, "month")),
        course=Far(review=Period(36, "month"), stop=Period(120, "month")),
    )
    least_between_doses: Annotated[Quantity, reads_in(("h", "min"), "3 h")] = Quantity.parse("3 h")
    """Two doses of a drug that are closer are reviewed."""
    market: Market | None = None
    """Whose packs and pregnancy programmes count, such as eu; None: all that are known."""
    releases: tuple[Text, ...] = ()
    """The accounts, or names, of those who may release; all where there is no list."""
    reasons: Mapping[Text, EndCode] = {}
    """What the reason of a change begins with, each with its code in END_OF_REGIMEN."""
    accepted: Mapping[Name, Acceptance] = {}  # by regimen, as posology accept writes it

    @property
    def unsaid(self) -> list[str]:
        """Name the keys that the file leaves out, so that Posology's own limits stand."""
        unsaid = [
            name for name in ("days", "least_between_doses") if name not in self.model_fields_set
        ]
        return unsaid + ([] if "counts" in self.fresh.model_fields_set else ["fresh: counts"])

    @model_validator(mode="after")
    def _names_its_policies(self) -> Self:
        used = {**self.dosing_weight, "clearance_weight": self.clearance_weight}
        if "others" not in self.dosing_weight:
            msg = 'dosing_weight must name a policy for the "others"'
            raise ValueError(msg)
        for name in used.values():
            if name not in self.policies:
                msg = f"{shown(name)} is not among the policies: {', '.join(self.policies)}"
                raise ValueError(msg)
        return self

    def policy(self, drug: str) -> str:
        """Name the dosing weight policy for a drug."""
        return self.dosing_weight.get(drug, self.dosing_weight["others"])
