"""The formulary: a drug, the windows of its doses, its marketed products."""

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from posology.errors import QuantityError
from posology.model.kinds import Amount, Count, Name, Noun, Period, Range, Text, reads
from posology.model.order import Route
from posology.model.regimen import Basis, Source
from posology.quantity import Quantity, shown


class Verdict(NamedTuple):
    """What a window says of an amount."""

    amount: Quantity
    level: Literal["pass", "review", "stop"]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``501 mcg review``."""
        amount, _, level = text.rpartition(" ")
        if level not in {"pass", "review", "stop"}:
            msg = f"{shown(text)} is no verdict; write an amount and pass, review or stop"
            raise QuantityError(msg)
        return cls(Quantity.parse(amount), level)  # type: ignore[arg-type]  # held just above

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.amount} {self.level}"


class Window(Noun):
    """The usual and the absolute range of one dose, day, week or 28 days by one route."""

    per: Literal["dose", "day", "week", "28 days"]
    usual: Annotated[Range, reads(Range)]
    absolute: Annotated[Range, reads(Range)]
    source: Name
    basis: Basis
    note: Text | None = None
    verdicts: tuple[Annotated[Verdict, reads(Verdict)], ...] = Field(min_length=1)
    """Worked examples at both sides of each limit."""

    @model_validator(mode="after")
    def _measured_alike(self) -> Self:
        amounts = [*self.usual, *self.absolute, *(one.amount for one in self.verdicts)]
        if len({amount.dimension for amount in amounts}) > 1:
            msg = "usual, absolute and verdicts must be in the same kind of unit"
            raise ValueError(msg)
        return self


def _per_ml(amount: Quantity) -> Quantity:
    if amount.unit.split("/")[1:] != ["mL"]:
        msg = f'{amount} is not a concentration; write it as in "4 mg/mL"'
        raise ValueError(msg)
    return amount


def _alike(contents: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    if len({one.dimension for one in contents}) > 1:
        msg = "the contents must be in the same kind of unit"
        raise ValueError(msg)
    return contents


def _in_ml(amount: Quantity) -> Quantity:
    if amount.unit != "mL":
        msg = f'{amount} is not a volume; write it as in "5 mL"'
        raise ValueError(msg)
    return amount


class Step(Noun):
    """A rate of an infusion, and how long it is held."""

    rate: Amount
    minutes: Count | None = None


class Ladder(Noun):
    """How fast a product is infused: first steps, and the fastest rate by reason."""

    steps: tuple[Step, ...] = Field(min_length=1)
    most: Mapping[Name, Amount] = Field(min_length=1)
    """The fastest rate by indication or risk."""
    source: Name
    basis: Basis


class Product(Noun):
    """A marketed form: what one container holds, and in how much fluid."""

    name: Text
    form: Literal["vial", "ampoule", "tablet", "capsule", "solution"]
    contents: Annotated[tuple[Amount, ...], AfterValidator(_alike)] = Field(min_length=1)
    concentration: Annotated[Amount, AfterValidator(_per_ml)] | None = None
    stability: Text | None = None
    ladder: Ladder | None = None
    source: Name
    basis: Basis


class Volume(Noun):
    """The volume of one dose above which a pharmacist must look."""

    amount: Annotated[Amount, AfterValidator(_in_ml)]
    source: Name
    basis: Basis


class Giving(Noun):
    """A route by which a drug is given: its windows, products and, injected, its largest volume."""

    windows: tuple[Window, ...] = Field(min_length=1)
    products: tuple[Name, ...] = Field(min_length=1)
    largest_volume: Volume | None = None
    apart: Annotated[Period, reads(Period)] | None = None
    """The least time between two doses."""


class Code(Noun):
    """A code of the drug in a public list."""

    code: Text
    basis: Basis


class Fact(Noun):
    """Something to know of a drug, with its source."""

    text: Text
    source: Name
    basis: Basis


class Supply(Noun):
    """The most that may be given out at once."""

    most: Annotated[Period, reads(Period)]
    text: Text
    source: Name
    basis: Basis


class Interaction(Noun):
    """What happens with another drug."""

    drug: Name
    effect: Text
    source: Name
    basis: Basis


class DrugCase(Noun):
    """What the feasible net says of one dose: a worked example of a drug's products."""

    dose: Amount
    route: Route
    says: Text
    """Level and message, or ``pass``."""


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
    pregnancy_prevention: tuple[Fact, ...] = ()
    supply: Supply | None = None
    interactions: tuple[Interaction, ...] = ()
    cases: tuple[DrugCase, ...] = Field(min_length=1)
