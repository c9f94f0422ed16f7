"""An order: one drug of a regimen, with what changes by patient and by time."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, PlainValidator, model_validator

from posology.model.kinds import (
    Amount,
    Name,
    Noun,
    Offered,
    StatedDose,
    Text,
    reads,
    reads_in,
    reads_options,
    reads_or,
    written,
)
from posology.model.patient import Condition, YesNo
from posology.model.periods import (
    FIRST_DAY,
    ONCE,
    Clock,
    Days,
    Every,
    Over,
    Period,
    Run,
)
from posology.model.readers import NOT_STATED, read_days, read_dose, times_said
from posology.model.rising import Rates, Titration
from posology.model.rows import (
    Beside,
    Erratum,
    Later,
    Limit,
    Market,
    Moment,
    Reduction,
    ReductionStep,
    Route,
    Row,
    Start,
    Times,
)
from posology.model.stages import Part, Stage, stages_of
from posology.quantity import Quantity

LaterStart = Annotated[Moment, reads(Moment)]


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
        StatedDose | Offered | Literal["not stated"] | None,
        PlainValidator(read_dose, json_schema_input_type=written("Dose")),
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
    """The rhythm; several: a choice. Empty only with another order, or where no dose is stated."""
    start: Annotated[tuple[Start, ...], reads_options(Start)] = ()
    """When it begins; several: a choice. Empty: on the first day of the course."""
    beside: Beside | None = Field(default=None, alias="with")
    """That it is given with the doses of another order, whose rhythm it then has."""
    days: Annotated[
        tuple[Days, ...], PlainValidator(read_days, json_schema_input_type=written("Weekdays"))
    ] = (FIRST_DAY,)
    times: Times = 1
    """Times a day; where ``every`` is in hours or ``at`` lists clock times, their number."""
    at: Annotated[Literal["bedtime"] | Clock, reads_or(Clock, "bedtime")] | None = None
    over: Annotated[tuple[Over, ...], reads_options(Over)] = ()
    """How long one infusion takes; several: a choice. Empty: the source does not say."""
    duration: Annotated[Run, reads(Run)] | None = None
    later: Mapping[LaterStart, Later] = Field(default={}, alias="from")
    rates: Rates | None = None
    """How fast an infusion runs, in place of ``over``."""
    diluted: Annotated[Quantity, reads_in(("mL",), "500 mL")] | None = None
    """The volume in which an infusion is given."""
    titrate: Titration | None = None
    """By how much the dose is raised or lowered each time, until which dose."""
    cap: Annotated[Quantity, reads_in(("mL/min",), "125 mL/min")] | None = None
    """The most of a creatinine clearance that a dose by exposure (AUC) is computed with."""
    most: tuple[Limit, ...] = ()
    reduce: tuple[Reduction, ...] = ()
    steps: tuple[ReductionStep, ...] = ()
    """The doses to which a change may reduce it."""
    steps_up: tuple[ReductionStep, ...] = ()
    """The doses to which a change may raise it, one after the other."""
    tolerance: Annotated[Period, reads(Period)] | None = None
    """How far one dose may be moved; None: only within its day."""
    on: Literal["working days only"] | None = None
    as_needed: Text | None = None
    """The words by which it is taken only as needed: it has no dates; ``every`` is the least time
    between two doses, ``times`` the most of a day."""
    most_a_day: Amount | None = None
    """The most of a day of what is taken as needed."""
    optional: YesNo = False
    source: Name
    quote: Text
    erratum: Erratum | None = None
    proviso: Text | None = None
    """Words of the source that nobody can compute, such as "if tolerated"; they stand beside it."""
    unclear: Text | None = None
    inferred: Mapping[
        Literal[
            "route",
            "every",
            "days",
            "times",
            "basis",
            "over",
            "at",
            "start",
            "with",
            "cap",
            "duration",
            "diluted",
            "tolerance",
            "on",
        ],
        Text,
    ] = {}
    """What the quote does not say and follows from elsewhere, with the reason."""

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(data, dict):
            return data
        if "drug" in data:
            data = {"id": data["drug"], **data}
        if data.get("dose") == NOT_STATED or "with" in data:
            data = {"every": (), **data}
        return {**data, **times_said(data)}

    def parts(self, every: Period, days: Days) -> dict[Moment | None, "Part"]:
        """Give what holds from the first day (None) and from each later start, in order.

        ``every`` and ``days`` are the rhythm of the beginning, as chosen.
        """
        dose = self.dose if isinstance(self.dose, StatedDose) else None
        part = Part(dose, every, days, self.times, self.at, anew=True)
        found: dict[Moment | None, Part] = {None: part}
        for start, later in self.later.items():
            if later.every:
                part = Part(part.dose, later.every, FIRST_DAY, later.every.times, None, anew=True)
            part = part._replace(
                dose=later.dose or part.dose, days=later.days or part.days,
                times=later.a_day or part.times, at=later.at or part.at,
                anew=later.every is not None, run=later.duration,
            )  # fmt: skip
            found[start] = part
        return found

    @property
    def way(self) -> str:
        """How it is given: ``intravenous over 3 hours``, ``intravenous in 500 mL``."""
        over = f" over {self.over[0]}" if len(self.over) == 1 else ""
        return self.route + over + (f" in {self.diluted}" if self.diluted else "")

    @property
    def follows(self) -> frozenset[str]:
        """The orders after which it begins, or with which it is given."""
        with_ = [self.beside.order] if self.beside else []
        return frozenset([*with_, *(start.after for start in self.start if start.after)])

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
            "every": () if self.beside else self.every,
            "days": () if self.beside else self.days,
            "start": self.start,
            "dose": self.dose.options if isinstance(self.dose, Offered) else (),
            "reading": self.readings,
            "market": self.markets,
            "salt": self.salts,
            "over": self.over,
            "raised": self.titrate.every if self.titrate else (),
            "target": self.titrate.targets if self.titrate else (),
            "duration": self.duration.lengths if self.duration and not self.beside else (),
        }
        return {
            f"{self.id}.{name}": tuple(str(option) for option in options)
            for name, options in fields.items()
            if len(options) > 1
        }

    def chosen(self, choices: Mapping[str, str]) -> Self:
        """Give the order with what was chosen: dose, reading, market, salt, length of infusion.

        What is still open, or is chosen wrongly, stays open.
        """
        reading, market, salt = (
            choices.get(f"{self.id}.{name}") for name in ("reading", "market", "salt")
        )
        doses = [each for each in self.readings if str(each) == reading]
        update: dict[str, object] = {"dose": doses[0]} if doses else {}
        if isinstance(self.dose, Offered) and (
            dose := self.dose.picked(choices.get(f"{self.id}.dose"))
        ):
            update["dose"] = dose
        if market in self.markets:
            update["doses"] = tuple(row for row in self.doses if row.market == market)
        if salt in self.salts:
            update["salt"] = salt
        if over := [each for each in self.over if str(each) == choices.get(f"{self.id}.over")]:
            update["over"] = tuple(over)
        lengths = self.duration.lengths if self.duration else ()
        if run := [each for each in lengths if str(each) == choices.get(f"{self.id}.duration")]:
            update["duration"] = run[0]
        return self.model_copy(update=update) if update else self

    def accepts(self, name: str, picked: str | None) -> bool:
        """Tell whether a choice is one of the options, or lies between two that are its ends."""
        offered = self.offers(name)
        return offered.picked(picked) is not None if offered else picked in self.choices[name]

    def offers(self, name: str) -> Offered | None:
        """Give the doses that a choice offers: of the order, or as the target of a titration."""
        target = self.titrate.to if self.titrate else None
        found = {f"{self.id}.dose": self.dose, f"{self.id}.target": target}.get(name)
        return found if isinstance(found, Offered) else None

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
        found = {measure for condition in self.conditions for measure in condition.measures}
        exposure = any(each.dose.exposure for each in self.stages)
        return found | ({"creatinine clearance"} if exposure else set())

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
        return not self.measures and not any(each.dose.of_the_body for each in self.stages)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Every dose that the order may give, with the phrase that states it."""
        return tuple(stages_of(self))
