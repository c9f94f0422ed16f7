"""What holds of an order at each time: its parts, its stages, and what follows another order."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from posology.model.kinds import Offered, StatedDose
from posology.model.periods import Clock, Days, Period, Run
from posology.model.rising import Titration
from posology.model.rows import Later, Moment, ReductionStep, Row
from posology.quantity import Quantity

if TYPE_CHECKING:
    from posology.model.order import Order


class Part(NamedTuple):
    """What holds of an order from a start on: its dose, if stated without a table, and rhythm."""

    dose: StatedDose | None
    every: Period
    days: Days
    times: int
    at: Literal["bedtime"] | Clock | None
    anew: bool
    """Whether a phase begins: its cycles count from its own first day."""
    run: Run | None = None
    """How long a phase goes on, where it says so."""


class Stage(NamedTuple):
    """A dose of an order with the rhythm and quote that go with it.

    ``path`` leads to it in the order, such as ``dose`` or ``doses``, 2, ``dose``.
    """

    path: tuple[str | int, ...]
    order: "Order"
    dose: StatedDose
    every: tuple[Period, ...]
    days: tuple[Days, ...]
    times: int
    quote: str
    part: Row | ReductionStep | Titration | Later | None = None
    """The part of the order that states it: a row, a step or a later start; None for the order."""

    @property
    def complete(self) -> bool:
        """Whether the quote must say rhythm, days and route too, or only what changes."""
        return self.part is None


class Needed(NamedTuple):
    """What is taken only as needed: one dose, and how much and how often at most."""

    order: "Order"
    dose: Quantity
    working: str

    def __str__(self) -> str:
        """Print it on one line, as it stands on the worksheet and for the patient."""
        order, (every, *_) = self.order, self.order.every
        often = f"{order.times} times" if order.times > 1 else "once"
        limit = f"at most {often} every {str(every).removeprefix('1 ')}"
        if every.unit == "hour":
            limit = f"not sooner than {every} after the last"
        most = "no most a day is stated"
        if order.most_a_day:
            most = f"at most {order.most_a_day} a day"
        return f"{self.dose} {order.drug}, {order.way}, {order.as_needed}, {limit}; {most}"


def following(order: "Order", other: "Order") -> "Order":
    """Give the order with the rhythm of the one that it is given with."""
    if order.beside is None:
        return order
    when = order.beside.when
    same = when.timed
    later = {
        start: each.model_copy(
            update={
                "dose": None, "at": None, "quote": order.quote,
                "days": when.around(each.days) if each.days else None,
                "times": each.times if same or not each.every else order.times,
            }
        )
        for start, each in other.later.items() if each.every or each.days or each.duration
    }  # fmt: skip
    update: dict[str, object] = {
        "every": other.every, "days": tuple(map(when.around, other.days)), "later": later,
        "duration": other.duration, "times": other.times if same else order.times,
    }  # fmt: skip
    return order.model_copy(update=update)


def stages_of(order: "Order") -> Iterator[Stage]:
    """Give every dose that an order may give, with the phrase that states it."""

    def stage(
        *path: str | int, dose: StatedDose, quote: str,
        part: Row | ReductionStep | Titration | None = None,
    ) -> Stage:  # fmt: skip
        own = part if isinstance(part, Row) else None
        every = (own.every,) if own and own.every else order.every
        days = (own.days,) if own and own.days else order.days
        times = (own.times if own else None) or (every[0].times if own and own.every else 0)
        return Stage(
            path=path, order=order, dose=dose, every=every, days=days,
            times=times or order.times, quote=quote, part=part,
        )  # fmt: skip

    first_dose = order.dose if isinstance(order.dose, StatedDose) else None
    offered = order.dose.options if isinstance(order.dose, Offered) else ()
    for dose in offered or ([first_dose] if first_dose else []):
        yield stage("dose", dose=dose, quote=order.quote)
    for reading in order.readings if first_dose is None else ():
        yield stage("readings", dose=reading, quote=order.quote)
    for index, row in enumerate(order.doses):
        yield stage("doses", index, "dose", dose=row.dose, quote=row.quote, part=row)
    for index, step in enumerate(order.steps):
        yield stage("steps", index, "dose", dose=step.dose, quote=step.quote, part=step)
    titration = order.titrate
    for target in titration.targets if titration else ():
        quote = titration.quote if titration else ""
        yield stage("titrate", "to", dose=target, quote=quote, part=titration)
    for index, step in enumerate(order.steps_up):
        yield stage("steps_up", index, "dose", dose=step.dose, quote=step.quote, part=step)
    # Of several rhythms the first stands for all until a later start states its own.
    parts = order.parts(order.every[0], order.days[0]) if order.every else {}
    for start, later in order.later.items() if order.every else ():
        part = parts[start]
        if part.dose is not None:
            name = "dose" if later.dose else "every" if later.every else "days"
            every = (part.every,) if _anew(parts, start) else order.every
            days = (part.days,) if later.days or _anew(parts, start) else order.days
            yield Stage(
                path=("from", str(start), name), order=order, dose=part.dose, every=every,
                days=days, times=part.times, quote=later.quote, part=later,
            )  # fmt: skip


def _anew(parts: Mapping[Moment | None, Part], start: Moment) -> bool:
    """Tell whether a phase has begun at a later start or before it."""
    reached = list(parts)[1 : list(parts).index(start) + 1]
    return any(parts[each].anew for each in reached)
