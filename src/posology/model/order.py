"""An order: one drug of a regimen, with what changes by patient and by time."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import ConfigDict, Field, PlainValidator, model_validator

from posology.model.kinds import Name, Noun, StatedDose, Text, reads, reads_options, reads_or
from posology.model.patient import Condition, YesNo
from posology.model.periods import (
    FIRST_DAY,
    ONCE,
    Clock,
    Days,
    Every,
    Period,
    Run,
)
from posology.model.readers import NOT_STATED, read_days, read_dose, times_said
from posology.model.rows import (
    Erratum,
    Later,
    Limit,
    Market,
    Moment,
    Part,
    Reduction,
    ReductionStep,
    Route,
    Row,
    Times,
)

Start = Annotated[Moment, reads(Moment)]


def _may_leave_every_out(schema: dict[str, Any]) -> None:
    schema["required"].remove("every")


class Order(Noun):
    """One drug of a regimen: how much, by which route, and when.

    The drug is given on ``days`` of each period ``every``, ``times`` times a day, for ``duration``
    (None: that of the regimen). More than one ``every`` or ``days`` is a choice.
    """

    model_config = ConfigDict(json_schema_extra=_may_leave_every_out)

    drug: Name
    id: Name = ""
    """The name of the order; the default is the name of its drug."""
    route: Route
    dose: Annotated[
        StatedDose | Literal["not stated"] | None,
        PlainValidator(read_dose, json_schema_input_type=str),
    ] = None
    readings: Annotated[tuple[StatedDose, ...], reads_options(StatedDose)] = ()
    """In place of ``dose``: the ways in which the quote can be read, a choice without a default."""
    doses: tuple[Row, ...] = ()
    """In place of ``dose``: one row for each kind of patient, of which exactly one must fit."""
    markets: tuple[Market, ...] = ()
    """The markets whose labels differ in ``doses``, a choice without a default."""
    salts: tuple[Name, ...] = ()
    """The salts that may be meant, a choice without a default."""
    salt: Name | None = None
    """The salt that is meant; None: any, or still open."""
    every: Annotated[tuple[Period, ...], reads_options(Every)]
    """Empty only where no dose is stated; then no rhythm is assumed either."""
    days: Annotated[
        tuple[Days, ...], PlainValidator(read_days, json_schema_input_type=int | str)
    ] = (FIRST_DAY,)
    times: Times = 1
    """Times a day; where ``every`` is in hours or ``at`` lists clock times, their number."""
    at: Annotated[Literal["bedtime"] | Clock, reads_or(Clock, "bedtime")] | None = None
    duration: Annotated[Run, reads(Run)] | None = None
    later: Mapping[Start, Later] = Field(default={}, alias="from")
    most: tuple[Limit, ...] = ()
    reduce: tuple[Reduction, ...] = ()
    steps: tuple[ReductionStep, ...] = ()
    """The doses to which a change may reduce it."""
    tolerance: Annotated[Period, reads(Period)] | None = None
    """How far one dose may be moved; None: only within its day."""
    on: Literal["working days only"] | None = None
    optional: YesNo = False
    source: Name
    quote: Text
    erratum: Erratum | None = None
    proviso: Text | None = None
    """Words of the source that nobody can compute, such as "if tolerated"; they stand beside it."""
    unclear: Text | None = None
    inferred: Mapping[
        Literal["route", "every", "days", "times", "basis", "duration", "tolerance", "on"], Text
    ] = {}
    """What the quote does not say and follows from elsewhere, with the reason."""

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(data, dict):
            return data
        if "drug" in data:
            data = {"id": data["drug"], **data}
        if data.get("dose") == NOT_STATED:
            data = {"every": (), **data}
        return {**data, **times_said(data)}

    def parts(self, every: Period, days: Days) -> dict[Moment | None, "Part"]:
        """Give what holds from the first day (None) and from each later start, in order.

        ``every`` and ``days`` are the rhythm of the beginning, as chosen.
        """
        dose = self.dose if isinstance(self.dose, StatedDose) else None
        part = Part(dose, every, days, self.times, anew=True)
        found: dict[Moment | None, Part] = {None: part}
        for start, later in self.later.items():
            if later.every:
                part = Part(part.dose, later.every, FIRST_DAY, later.every.times, anew=True)
            part = part._replace(
                dose=later.dose or part.dose, days=later.days or part.days,
                times=later.times or part.times, anew=later.every is not None, run=later.duration,
            )  # fmt: skip
            found[start] = part
        return found

    @property
    def ends(self) -> bool:
        """Whether its last phase says by itself when it ends: it is given once, or for a time."""
        last = [later for later in self.later.values() if later.every]
        every, run = (last[-1].every, last[-1].duration) if last else (self.every[0], None)
        return every == ONCE or run is not None

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """What the source leaves open: the options of each field, by its full name."""
        fields: dict[str, tuple[object, ...]] = {
            "every": self.every,
            "days": self.days,
            "reading": self.readings,
            "market": self.markets,
            "salt": self.salts,
        }
        return {
            f"{self.id}.{name}": tuple(str(option) for option in options)
            for name, options in fields.items()
            if len(options) > 1
        }

    def chosen(self, choices: Mapping[str, str]) -> Self:
        """Give the order with the reading, the market and the salt that were chosen.

        What is still open, or is chosen wrongly, stays open.
        """
        reading, market, salt = (
            choices.get(f"{self.id}.{name}") for name in ("reading", "market", "salt")
        )
        doses = [each for each in self.readings if str(each) == reading]
        update: dict[str, object] = {"dose": doses[0]} if doses else {}
        if market in self.markets:
            update["doses"] = tuple(row for row in self.doses if row.market == market)
        if salt in self.salts:
            update["salt"] = salt
        return self.model_copy(update=update) if update else self

    @property
    def conditions(self) -> list[Condition]:
        """Every condition on the patient."""
        conditions = [row.when for row in self.doses] + [
            reduction.when for reduction in self.reduce
        ]
        return conditions + [limit.when for limit in self.most if limit.when]

    @property
    def measures(self) -> set[str]:
        """The measures that the dose depends on, besides weight and height."""
        return {measure for condition in self.conditions for measure in condition.measures}

    @property
    def by_surface(self) -> bool:
        """Whether a dose is stated per square metre."""
        return any("m2" in stage.dose.amount.unit.split("/") for stage in self.stages)

    @property
    def by_weight(self) -> bool:
        """Whether a dose is stated per kg."""
        return any("kg" in stage.dose.amount.unit.split("/") for stage in self.stages)

    @property
    def fixed(self) -> bool:
        """Whether every patient is given the same doses."""
        return not self.measures and not any("/" in each.dose.amount.unit for each in self.stages)

    @property
    def stages(self) -> tuple["Stage", ...]:
        """Every dose that the order may give, with the phrase that states it."""
        return tuple(_stages(self))


class Stage(NamedTuple):
    """A dose of an order with the rhythm and quote that go with it.

    ``path`` leads to it in the order, such as ``dose`` or ``doses``, 2, ``dose``.
    """

    path: tuple[str | int, ...]
    order: Order
    dose: StatedDose
    every: tuple[Period, ...]
    days: tuple[Days, ...]
    times: int
    quote: str
    part: Row | ReductionStep | Later | None = None
    """The part of the order that states it: a row, a step or a later start; None for the order."""

    @property
    def complete(self) -> bool:
        """Whether the quote must say rhythm, days and route too, or only what changes."""
        return self.part is None


def _stages(order: Order) -> Iterator[Stage]:
    def stage(
        *path: str | int, dose: StatedDose, quote: str, part: Row | ReductionStep | None = None
    ) -> Stage:
        own = part if isinstance(part, Row) else None
        every = (own.every,) if own and own.every else order.every
        days = (own.days,) if own and own.days else order.days
        times = (own.times if own else None) or (every[0].times if own and own.every else 0)
        return Stage(
            path=path, order=order, dose=dose, every=every, days=days,
            times=times or order.times, quote=quote, part=part,
        )  # fmt: skip

    first_dose = order.dose if isinstance(order.dose, StatedDose) else None
    if first_dose:
        yield stage("dose", dose=first_dose, quote=order.quote)
    for reading in order.readings if first_dose is None else ():
        yield stage("readings", dose=reading, quote=order.quote)
    for index, row in enumerate(order.doses):
        yield stage("doses", index, "dose", dose=row.dose, quote=row.quote, part=row)
    for index, step in enumerate(order.steps):
        yield stage("steps", index, "dose", dose=step.dose, quote=step.quote, part=step)
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
