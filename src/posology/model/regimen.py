"""A regimen as it is encoded: sources, orders, items, worked cases."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator

from posology.model.case import Case, Worked
from posology.model.finding import Place
from posology.model.item import Item
from posology.model.kinds import (
    Count,
    Day,
    Hash,
    Name,
    Noun,
    Text,
    reads_or,
)
from posology.model.order import Order
from posology.model.periods import FIRST_DAY, Run
from posology.model.readers import NOT_STATED
from posology.model.stages import following
from posology.text import shown

Basis = Literal["published", "inferred", "unsourced"]


class Source(Noun):
    """Where a value comes from: the citation and what kind of evidence it is."""

    cite: Text
    evidence: Text | None = None
    seen: Literal["copy", "no"] | None = None
    """``copy``: we read a copy or a secondary page, not the original. ``no``: we read nothing."""


class Review(Noun):
    """Who has compared the file with its sources, when, and what exactly."""

    by: Text
    on: Day
    sha256: Hash


def _read_status(value: object) -> object:
    if value not in ("draft", "reviewed", "retired"):
        msg = f"{shown(str(value))} is not accepted; accepted: draft, reviewed or retired"
        raise ValueError(msg)
    return value


def _follow(orders: tuple[Order, ...]) -> tuple[Order, ...]:
    """Give each order that is given with another one the rhythm of that one."""
    found: dict[str, Order] = {}
    followed: list[Order] = []
    for order in orders:
        other = found.get(order.beside.order) if order.beside else order
        if other is None or (order.beside and (other.beside or not other.every)):
            named = order.beside.order if order.beside else ""
            msg = f"{order.id}: {named} is no earlier order with a rhythm of its own"
            raise ValueError(msg)
        own = (order.every, order.duration, order.start, order.later, order.days != (FIRST_DAY,))
        if order.beside and any(own):
            msg = (
                f"{order.id} is given with {order.beside.order}, on its days and as long; leave "
                "out every, days, start, duration and from"
            )
            raise ValueError(msg)
        weekdays = any(days.weekdays for days in other.days)
        if order.beside and weekdays and order.beside.when.days != (0,):
            msg = f"{order.id}: days around days of the week are not read; write its own days"
            raise ValueError(msg)
        followed.append(following(order, other))
        found[order.id] = followed[-1]
    return tuple(followed)


class Regimen(Noun):
    """An encoded treatment with its sources."""

    name: Text
    indication: Text
    version: Count
    status: Annotated[
        Literal["draft", "reviewed", "retired", "lapsed"],
        PlainValidator(
            _read_status, json_schema_input_type=Literal["draft", "reviewed", "retired"]
        ),
    ]
    """``lapsed`` is never written in a file: the content has changed since its review."""
    review: Review | None = None
    replaced_by: Name | None = None
    extends: Name | None = None
    duration: Annotated[Run | Literal["not stated"], reads_or(Run, NOT_STATED)]
    duration_quote: Text | None = None
    """The phrase that states the duration, of one of the sources."""
    duration_because: Text | None = None
    """Why the duration differs from the wording of the phrase."""
    unclear: Text | None = None
    risks: Mapping[Literal["paraproteinaemia"], Text] = {}
    """Risks of this disease that slow an infusion, and why we assume them."""
    sources: Mapping[Name, Source] = Field(min_length=1)
    orders: Annotated[tuple[Order, ...], AfterValidator(_follow)] = Field(min_length=1)
    items: tuple[Item, ...] = ()
    cases: tuple[Case, ...] = ()

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """What the sources leave open: the options of each field, by its full name."""
        return {name: options for order in self.orders for name, options in order.choices.items()}

    def accepts(self, name: str, picked: str | None) -> bool:
        """Tell whether a choice is one that the sources leave open."""
        return any(name in each.choices and each.accepts(name, picked) for each in self.orders)

    def between(self, name: str) -> bool:
        """Tell whether every dose between the two options of a choice may be chosen."""
        return any((offered := each.offers(name)) and offered.between for each in self.orders)

    def chosen(self, choices: Mapping[str, str]) -> Self:
        """Give the regimen with the readings, markets and salts that were chosen."""
        orders = tuple(order.chosen(choices) for order in self.orders)
        return self.model_copy(update={"orders": orders}) if orders != self.orders else self

    def place_of(self, order: Order) -> Place:
        """Give the place of an order, also of one in which a row or a choice has settled more."""
        return Place.of("orders", [each.id for each in self.orders].index(order.id))

    def lasts(self, order: Order) -> Run | None:
        """Say how long an order goes on, as stated; None where the number of cycles is asked."""
        if order.every and (order.ends or order.as_needed):
            return Run(None, None)
        stated = order.duration or self.duration
        # Where a length is still to be chosen, the course is not computed.
        return stated if isinstance(stated, Run) and not stated.at_most else None

    @property
    def asks_cycles(self) -> bool:
        """Whether a course needs a number of cycles."""
        return any(self.lasts(order) is None for order in self.orders)

    @property
    def worked(self) -> tuple[Worked, ...]:
        """Every worked case, written in full, with its path under ``cases``."""
        return tuple(
            each._replace(path=(index, *each.path))
            for index, case in enumerate(self.cases)
            for each in case.worked
        )

    @property
    def undosed(self) -> tuple[str, ...]:
        """The orders whose source gives no dose: the regimen can be read, not computed."""
        return tuple(order.id for order in self.orders if order.dose == NOT_STATED)

    @property
    def needs(self) -> set[str]:
        """The measures that must be known, besides the weight."""
        needed = {measure for order in self.orders for measure in order.measures}
        if "body mass index" in needed or any(order.by_surface for order in self.orders):
            needed.add("height")
        return needed - {"weight", "body mass index"}
