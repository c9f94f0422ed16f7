"""An order: one drug of a regimen, with what changes by patient and by time."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, model_validator

from posology.model.kinds import (
    Count,
    Days,
    Name,
    Noun,
    Period,
    Run,
    StatedDose,
    Text,
    reads,
    reads_options,
)
from posology.model.patient import Condition, YesNo
from posology.model.rows import (
    Erratum,
    Later,
    Limit,
    Market,
    Moment,
    Reduction,
    ReductionStep,
    Route,
    Row,
)

NOT_STATED: Literal["not stated"] = "not stated"


def _read_dose(value: object) -> object:
    if value == NOT_STATED or isinstance(value, StatedDose):
        return value
    if isinstance(value, str):
        return StatedDose.parse(value)
    msg = f'write a dose, as in "200 mcg each", or "{NOT_STATED}"; a table of doses is doses:'
    raise ValueError(msg)


Start = Annotated[Moment, reads(Moment)]


_HOURS = 24


def _refuse_more_than_hourly(times: int) -> int:
    if times > _HOURS:
        msg = f"{times} times a day is more than once an hour; write 1 to {_HOURS}"
        raise ValueError(msg)
    return times


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
        PlainValidator(_read_dose, json_schema_input_type=str),
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
    every: Annotated[tuple[Period, ...], reads_options(Period)]
    """Empty only where no dose is stated; then no rhythm is assumed either."""
    days: Annotated[tuple[Days, ...], reads_options(Days)] = (Days("1", (1,)),)
    times: Annotated[Count, AfterValidator(_refuse_more_than_hourly)] = 1
    at: Literal["bedtime"] | None = None
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
    unclear: Text | None = None
    inferred: Mapping[Literal["route", "every", "days", "tolerance", "on"], Text] = {}
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
        return data

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
    quote: str
    part: Row | ReductionStep | Later | None = None
    """The part of the order that states it: a row, a step or a later start; None for the order."""

    @property
    def complete(self) -> bool:
        """Whether the quote must say rhythm, days and route too, or only what changes."""
        return self.part is None


def _stages(order: Order) -> Iterator[Stage]:
    def stage(
        *path: str | int, dose: StatedDose, quote: str, every: Period | None = None,
        days: Days | None = None, part: Row | ReductionStep | Later | None = None,
    ) -> Stage:  # fmt: skip
        return Stage(
            path=path,
            order=order,
            dose=dose,
            every=(every,) if every else order.every,
            days=(days,) if days else order.days,
            quote=quote,
            part=part,
        )

    first_dose = order.dose if isinstance(order.dose, StatedDose) else None
    if first_dose:
        yield stage("dose", dose=first_dose, quote=order.quote)
    for reading in order.readings if first_dose is None else ():
        yield stage("readings", dose=reading, quote=order.quote)
    for index, row in enumerate(order.doses):
        yield stage("doses", index, "dose", dose=row.dose, quote=row.quote, every=row.every,
                    days=row.days, part=row)  # fmt: skip
    for index, step in enumerate(order.steps):
        yield stage("steps", index, "dose", dose=step.dose, quote=step.quote, part=step)
    for start, later in order.later.items():
        dose = later.dose or first_dose
        if dose is not None:
            name = "dose" if later.dose else "days"
            yield stage("from", str(start), name, dose=dose, quote=later.quote, days=later.days,
                        part=later)  # fmt: skip
