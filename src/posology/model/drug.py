"""The formulary: a drug, the windows of its doses, its marketed products."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from posology.errors import QuantityError
from posology.model.gate import Apart, Gate, Task
from posology.model.kinds import Amount, Count, Name, Noun, Range, Text, reads, reads_in
from posology.model.patient import Condition, YesNo
from posology.model.periods import Period
from posology.model.regimen import Basis, Source
from posology.model.rows import Market, Route
from posology.quantity import Quantity
from posology.text import shown


class Verdict(NamedTuple):
    """What a window says of an amount."""

    amount: Quantity
    level: Literal["pass", "review", "stop"]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``501 mcg review``."""
        amount, _, level = text.rpartition(" ")
        if level not in {"pass", "review", "stop"}:
            msg = f"{shown(text)} is not a verdict; write an amount and pass, review or stop"
            raise QuantityError(msg)
        return cls(Quantity.parse(amount), level)  # type: ignore[arg-type]  # checked just above

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.amount} {self.level}"


class Window(Noun):
    """The usual and the absolute range of what is given by one route, by length of time."""

    per: Literal["dose", "day", "week", "28 days", "cycle", "course"]
    when: Annotated[Condition, reads(Condition)] | None = None
    """The patients for whom the window holds; None for all."""
    holds: tuple[Text, ...] = ()
    """Worked examples of the condition: ``76 years yes``."""
    usual: Annotated[Range, reads(Range)]
    absolute: Annotated[Range, reads(Range)]
    source: Name
    basis: Basis
    note: Text | None = None
    verdicts: tuple[Annotated[Verdict, reads(Verdict)], ...] = Field(min_length=1)
    """Worked examples at both sides of each limit."""

    @model_validator(mode="after")
    def _in_one_dimension(self) -> Self:
        amounts = [*self.usual, *self.absolute, *(verdict.amount for verdict in self.verdicts)]
        if len({amount.dimension for amount in amounts}) > 1:
            msg = "usual, absolute and verdicts must be in the same kind of unit"
            raise ValueError(msg)
        return self


def _per_ml(amount: Quantity) -> Quantity:
    if amount.unit.split("/")[1:] != ["mL"]:
        msg = f'{amount} is not a concentration; write it as in "4 mg/mL"'
        raise ValueError(msg)
    return amount


def _of_one_dimension(contents: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    if len({content.dimension for content in contents}) > 1:
        msg = "the contents must be in the same kind of unit"
        raise ValueError(msg)
    return contents


def _of_one_patient(amount: Quantity) -> Quantity:
    if "/" in amount.unit:
        msg = f'{amount} is no dose of a container; write that of one patient, as in "350 mg"'
        raise ValueError(msg)
    return amount


def _in_ml(amount: Quantity) -> Quantity:
    if amount.unit != "mL":
        msg = f'{amount} is not a volume; write it as in "5 mL"'
        raise ValueError(msg)
    return amount


RATE_UNITS = ("mg/kg/min", "mL/kg/min", "mL/kg/h", "mL/h")
Rate = Annotated[Quantity, reads_in(RATE_UNITS, "0.5 mg/kg/min")]


class HeldRate(NamedTuple):
    """A rate of an infusion, and how many minutes it is held."""

    rate: Quantity
    minutes: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``0.5 mg/kg/min for 30 minutes``."""
        found = re.fullmatch(r"(.+) for ([1-9][0-9]{0,2}) minutes", text)
        if not found:
            msg = f'{shown(text)} is not a held rate; write it as in "0.5 mg/kg/min for 30 minutes"'
            raise QuantityError(msg)
        return cls(Quantity.parse(found[1], RATE_UNITS, "0.5 mg/kg/min"), int(found[2]))

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.rate} for {self.minutes} minutes"


class Ceiling(Noun):
    """The fastest rate, with its source."""

    rate: Rate
    source: Name
    basis: Basis


class Ladder(Noun):
    """How fast one brand of a drug is infused; it must not be used for another brand.

    The rates of ``first`` are for a first infusion and after a pause; those of ``later`` for all
    others. After the last of them the rate is the lowest ceiling that applies.
    """

    first: tuple[Annotated[HeldRate, reads(HeldRate)], ...] = Field(min_length=1)
    later: tuple[Annotated[HeldRate, reads(HeldRate)], ...] = Field(min_length=1)
    most: Mapping[Name, Ceiling] = Field(min_length=1)
    """By indication; for any other, the lowest of them."""
    at_risk: Ceiling
    """The ceiling at renal or thrombotic risk."""
    first_most: Ceiling | None = None
    """The ceiling of a first infusion."""
    pause: Annotated[Period, reads(Period)]
    """After a longer pause than this, an infusion counts as a first one."""
    example: Mapping[Text, Text]
    """Every rate worked out for 100 kg in mL/h, so that a mistake in one of them shows."""
    source: Name
    basis: Basis
    note: Text | None = None


class Fact(Noun):
    """Something to know of a drug, with its source."""

    text: Text
    source: Name
    basis: Basis


class Product(Noun):
    """A marketed form: what one container holds, and in how much fluid."""

    name: Text
    form: Literal["vial", "ampoule", "tablet", "capsule", "solution"]
    contents: Annotated[tuple[Amount, ...], AfterValidator(_of_one_dimension)] = Field(min_length=1)
    markets: Mapping[Market, tuple[Amount, ...]] = {}
    """The contents that are sold in a market, where not all of them are."""
    concentration: Annotated[Amount, AfterValidator(_per_ml)] | None = None
    together: Text
    """What one container of each size holds together: ``77.5 g in 775 mL``."""
    salt: Name | None = None
    """The salt in which its contents are stated; None: the drug has no other."""
    same_as: Name | None = None
    """The product of which this is another statement: a site that stocks that one has this one."""
    measured: YesNo = False
    """Whether a part of a container may be drawn up; else only whole ones are given."""
    stability: Text | None = None
    contraindications: tuple[Fact, ...] = ()
    """What no measure can tell: it is asked of each patient before this product is given."""
    warnings: tuple[Fact, ...] = ()
    ladder: Ladder | None = None
    source: Name
    basis: Basis

    @model_validator(mode="after")
    def _sells_what_it_has(self) -> Self:
        for market, sizes in self.markets.items():
            rising = list(sizes) == sorted(set(sizes)) and bool(sizes)
            if not rising or not set(sizes) <= set(self.contents):
                msg = f"markets: {market} must list sizes among the contents, in rising order"
                raise ValueError(msg)
        return self


class Volume(Noun):
    """The volume of one dose above which a pharmacist must look."""

    amount: Annotated[Amount, AfterValidator(_in_ml)]
    source: Name
    basis: Basis


class Precaution(Noun):
    """What must be confirmed before a drug that harms an unborn child is given out."""

    text: Text
    possible: YesNo = False
    """Only where pregnancy is possible."""
    sex: Literal["male", "female"] | None = None
    """Only for patients of this sex; for all where it is not known."""
    markets: tuple[Market, ...] = ()
    """Only where the site's market is one of these, or is not said; empty: everywhere."""
    source: Name
    basis: Basis


class Giving(Noun):
    """A route by which a drug is given: its windows, products and, injected, its largest volume."""

    windows: tuple[Window, ...] = Field(min_length=1)
    products: tuple[Name, ...] = Field(min_length=1)
    largest_volume: Volume | None = None
    apart: Apart | None = None


class Code(Noun):
    """A code of the drug in a public list."""

    code: Text
    basis: Basis


class Supply(Noun):
    """The most that may be given out at once."""

    most: Annotated[Period, reads(Period)]
    text: Text
    source: Name
    basis: Basis


class VaccineRow(Noun):
    """How long live vaccines wait after a dose up to this one."""

    to: Annotated[Quantity, reads_in(("g/kg", "mg/kg"), "2 g/kg")]
    wait: Annotated[Period, reads(Period)]


class VaccineTable(Noun):
    """How long live vaccines wait after a drug, by dose, as one body recommends it."""

    rows: tuple[VaccineRow, ...] = Field(min_length=1)
    examples: tuple[Text, ...] = Field(min_length=1)
    """What the rows say of doses at and above each limit: ``0.4 g/kg 8 months``."""
    source: Name
    basis: Basis


class DrugCase(Noun):
    """What the feasible net says of one dose: a worked example of a drug's products."""

    dose: Annotated[Amount, AfterValidator(_of_one_patient)]
    route: Route
    says: Text
    """Level and message, or ``pass``."""


class RiskFactor(Noun):
    """A measure that slows an infusion."""

    when: Annotated[Condition, reads(Condition)]
    holds: tuple[Text, ...] = Field(min_length=2)
    """Worked examples: ``66 years yes``, ``65 years no``."""
    why: Text
    source: Name
    basis: Basis


class Drug(Noun):
    """A formulary entry."""

    name: Name
    names: tuple[Text, ...] = ()
    form: Text
    version: Count
    atc: Code
    rxnorm: Code | None = None
    sources: Mapping[Name, Source] = Field(min_length=1)
    routes: Mapping[Route, Giving] = Field(min_length=1)
    products: Mapping[Name, Product] = Field(min_length=1)
    warnings: tuple[Fact, ...] = ()
    monitoring: tuple[Fact, ...] = ()
    pregnancy_prevention: tuple[Precaution, ...] = ()
    supply: Supply | None = None
    vaccines: Mapping[Name, VaccineTable] = {}
    risks: tuple[RiskFactor, ...] = ()
    gates: tuple[Gate, ...] = ()
    tasks: tuple[Task, ...] = ()
    cases: tuple[DrugCase, ...] = Field(min_length=1)
