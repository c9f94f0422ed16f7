"""What stands under an order: rows of a table of doses, later starts, limits, steps, an erratum."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator

from posology.errors import QuantityError
from posology.model.kinds import (
    Amount,
    Count,
    Name,
    Noun,
    StatedDose,
    Text,
    must_match,
    reads,
    reads_or,
)
from posology.model.patient import Condition
from posology.model.periods import HOURS_A_DAY, Clock, Days, Every, Offset, Period, Run


def _refuse_more_than_hourly(times: int) -> int:
    if times > HOURS_A_DAY:
        msg = f"{times} times a day is more than once an hour; write 1 to {HOURS_A_DAY}"
        raise ValueError(msg)
    return times


Times = Annotated[Count, AfterValidator(_refuse_more_than_hourly)]
Market = Literal["eu", "uk", "us"]
"""Whose label, packs and pregnancy programme count."""
Route = Literal[
    "oral", "intravenous", "subcutaneous", "intramuscular", "intrathecal", "inhaled", "ocular",
    "topical", "rectal", "sublingual", "nasal", "buccal", "vaginal", "transdermal", "intravitreal",
    "intraarticular",
]  # fmt: skip


class Erratum(Noun):
    """A printing error of the source, and why we read it otherwise."""

    printed: Text
    because: Text


class Row(Noun):
    """The dose of one kind of patient, and the rhythm if it differs."""

    when: Annotated[Condition, reads(Condition)]
    dose: Annotated[StatedDose, reads(StatedDose)]
    every: Annotated[Period, reads(Every)] | None = None
    days: Annotated[Days, reads(Days)] | None = None
    times: Times | None = None
    market: Market | None = None
    """The market whose label has this row, where markets differ; the order lists them."""
    source: Name | None = None
    """None: that of the order."""
    quote: Text


class Later(Noun):
    """What changes from a later cycle, week or day on; with ``every``, a new phase begins there.

    A phase states its whole rhythm: its cycles count from its own first day, and what it leaves
    out is day 1, once a day.
    """

    dose: Annotated[StatedDose, reads(StatedDose)] | None = None
    every: Annotated[Period, reads(Every)] | None = None
    days: Annotated[Days, reads(Days)] | None = None
    times: Times | None = None
    at: Annotated[Literal["bedtime"] | Clock, reads_or(Clock, "bedtime")] | None = None
    duration: Annotated[Run, reads(Run)] | None = None
    """How long a phase goes on; None: until the next start, or the end of the order."""
    quote: Text
    inferred: Mapping[Literal["start", "every", "days", "times", "basis", "duration"], Text] = {}
    """What the quote does not say and follows from elsewhere, with the reason."""

    @property
    def a_day(self) -> int | None:
        """How many times a day, as it is written or as its clock times say."""
        return self.times or (len(self.at.times) if isinstance(self.at, Clock) else None)


class Start(NamedTuple):
    """When an order begins: on a day, in a week or with a cycle, or after another order.

    Its cycles are numbered from the first one of the course where it begins with a cycle; else they
    are its own, as many as the course has.
    """

    text: str
    day: int
    after: str = ""
    cycle: int = 1

    @classmethod
    def parse(cls, text: str) -> "Start":
        """Read ``day 22``, ``week 4``, ``cycle 3`` or ``after melphalan``."""
        if found := re.fullmatch(r"after ([a-z][a-z0-9]*(?:-[a-z0-9]+)*)", text):
            return cls(text, 0, found[1])
        try:
            moment = Moment.parse(text)
        except QuantityError as error:
            raise QuantityError(f'{error}; or "after melphalan"') from None
        if moment.unit == "cycle":
            return cls(text, 1, cycle=moment.number)
        return cls(text, moment.day)

    def __str__(self) -> str:
        """Write it as it is read."""
        return self.text


class Beside(Noun):
    """That an order is given with the doses of another, which it follows wherever they go."""

    order: Name
    when: Annotated[Offset, reads(Offset)] = Offset("the same time", (0,))
    share: Annotated[str, must_match(r"[1-9][0-9]{0,2} %", 'a part; write "100 %"')] | None = None
    """Which part of the other dose it is, in place of a dose of its own."""


class Limit(Noun):
    """The most that one administration may be, for some patients."""

    amount: Amount
    when: Annotated[Condition, reads(Condition)] | None = None
    quote: Text


class Reduction(Noun):
    """A part to which a dose is reduced for some patients, such as 50 %."""

    to: Literal["25 %", "50 %", "75 %"]
    when: Annotated[Condition, reads(Condition)]
    quote: Text


class ReductionStep(Noun):
    """A step to which the dose of an order may be reduced, as its source defines."""

    dose: Annotated[StatedDose, reads(StatedDose)]
    source: Name
    quote: Text


class Moment(NamedTuple):
    """The start of a later cycle, week or day of the order; week 2 begins on day 8."""

    unit: Literal["cycle", "week", "day"]
    number: int

    @property
    def day(self) -> int:
        """The day of the order, for a week or a day."""
        return self.number * 7 - 6 if self.unit == "week" else self.number

    def reached(self, cycle: int, day: int) -> bool:
        """Tell whether a cycle or day of the order is this one or a later one."""
        return cycle >= self.number if self.unit == "cycle" else day >= self.day

    @classmethod
    def parse(cls, text: str) -> "Moment":
        """Read ``cycle 5``, ``week 9`` or ``day 15``."""
        unit, _, number = text.partition(" ")
        known = unit in {"cycle", "week", "day"}
        if not known or not number.isdecimal() or not number.isascii():
            msg = f'"{text}" is not a start; write "cycle 5", "week 9" or "day 15"'
            raise QuantityError(msg)
        if not 1 < int(number) < 1000:  # noqa: PLR2004 - three digits, as of all counts
            msg = f'"{text}" is not a later start; write 2 to 999'
            raise QuantityError(msg)
        return cls(unit, int(number))  # type: ignore[arg-type]  # checked above

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.unit} {self.number}"
