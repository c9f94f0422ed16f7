"""A regimen as it is encoded: sources, orders, choices, errata, worked cases."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from posology.model.kinds import (
    Amount,
    Count,
    Day,
    Days,
    Name,
    Noun,
    Period,
    Strength,
    Text,
    reads,
    reads_options,
    reads_or,
)

Basis = Literal["published", "inferred", "unsourced"]
Route = Literal["oral", "intravenous", "subcutaneous", "intramuscular"]


class Source(Noun):
    """Where a value comes from: the citation and what kind of evidence it is."""

    cite: Text
    evidence: Text | None = None
    seen: Literal["copy"] | None = None
    """``copy`` where only a copy or a secondary page of the cited work was read."""


class Erratum(Noun):
    """A print that cannot be meant, and why our reading differs."""

    printed: Text
    because: Text


class Order(Noun):
    """One drug of a regimen: how much, by which route, and when.

    Given every period, on these days of it, so many times a day, for this duration (of the
    order if given, else of the regimen). More than one ``every`` or ``days`` is a choice.
    """

    drug: Name
    id: Name
    route: Route
    dose: Annotated[Strength, reads(Strength)]
    every: Annotated[tuple[Period, ...], reads_options(Period)]
    days: Annotated[tuple[Days, ...], reads_options(Days)] = (Days("1", (1,)),)
    times: Count = 1
    duration: Annotated[Period, reads(Period)] | None = None
    source: Name
    quote: Text
    erratum: Erratum | None = None
    unclear: Text | None = None
    inferred: Mapping[Literal["route", "every", "days"], Text] = {}
    """What the quote does not say and follows from elsewhere, with the reason."""

    @model_validator(mode="before")
    @classmethod
    def _named_by_its_drug(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if isinstance(data, dict) and "drug" in data:
            return {"id": data["drug"], **data}
        return data

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """What the source leaves open: the options of each field, by its full name."""
        fields = {"every": self.every, "days": self.days}
        return {
            f"{self.id}.{name}": tuple(str(option) for option in options)
            for name, options in fields.items()
            if len(options) > 1
        }


class CasePatient(Noun):
    """The patient of a worked example."""

    weight: Amount


class Case(Noun):
    """A worked example that must come out line by line.

    ``expect`` is every line of the plan from the first to the last expected date; ``totals``
    every line of its totals.
    """

    name: Text
    patient: CasePatient
    start: Day
    cycles: Count | None = None
    choose: Mapping[str, Text] = {}
    expect: tuple[Text, ...] = Field(min_length=1)
    totals: tuple[Text, ...] = Field(min_length=1)


class Regimen(Noun):
    """An encoded treatment with its sources."""

    name: Text
    indication: Text
    version: Count
    status: Literal["draft"]
    duration: Annotated[Period | Literal["not stated"], reads_or(Period, "not stated")]
    sources: Mapping[Name, Source] = Field(min_length=1)
    orders: tuple[Order, ...] = Field(min_length=1)
    cases: tuple[Case, ...] = Field(min_length=1)

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """What the sources leave open: the options of each field, by its full name."""
        return {name: options for order in self.orders for name, options in order.choices.items()}
