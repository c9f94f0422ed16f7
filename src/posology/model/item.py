"""What is done beside the doses: tests, supplies, premedication, prophylaxis, fluids."""

from datetime import date
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from posology.model.kinds import Name, Noun, Text, print_date, reads, reads_or
from posology.model.patient import Condition, Patient
from posology.model.periods import Days, Offset, Period

POSSIBLE: Literal["pregnancy is possible"] = "pregnancy is possible"


class DoneWith(Noun):
    """The doses of an order that something is done with; it follows them wherever they go."""

    order: Name
    when: Annotated[Offset, reads(Offset)] = Offset("the same time", (0,))
    each: Literal["dose", "cycle"] = "dose"
    """With each dose, or with the first one of each cycle."""

    def __str__(self) -> str:
        """Write it: ``30 minutes before each dose of rituximab``."""
        when = {"the same time": "with", "days 0": "with"}.get(self.when.text, self.when.text)
        of = " of" if when.startswith("day") else ""
        return f"{when}{of} each {self.each} of {self.order}"


class Bound(Noun):
    """What a test must show before treatment goes on, and what to do else."""

    must: Annotated[Condition, reads(Condition)]
    do: Text

    def __str__(self) -> str:
        """Write it: ``must be platelets >= 50000 /uL, else delay by one week``."""
        return f"must be {self.must}, else {self.do}"


class Item(Noun):
    """Something to do on days of its own: a test, a supply, premedication, fluids."""

    name: Text
    kind: Literal["monitoring", "supply", "premedication", "prophylaxis", "hydration"]
    where: (
        Annotated[Condition | Literal["pregnancy is possible"], reads_or(Condition, POSSIBLE)]
        | None
    ) = None
    """The patients it is for; one of whom that is not known is among them."""
    beside: DoneWith | None = Field(default=None, alias="with")
    """The doses that it is done with, in place of a rhythm of its own."""
    bound: Bound | None = None
    """What the test must show; the measures of the patient are judged by it."""
    every: Annotated[Period, reads(Period)] | None = None
    days: Annotated[Days, reads(Days)] = Days("1", (1,))
    before: Annotated[Period, reads(Period)] | None = None
    """An alternative to ``every``: once, this long before the first day."""
    after: Annotated[Period, reads(Period)] | None = None
    """How long after the first day it begins."""
    duration: Annotated[Period, reads(Period)] | None = None
    source: Name
    quote: Text

    def concerns(self, patient: Patient) -> bool:
        """Tell whether it is for a patient; also where what decides it is not known."""
        if self.where is None:
            return True
        if isinstance(self.where, Condition):
            known = all(patient.measure(each) is not None for each in self.where.measures)
            return not known or self.where.holds(patient)
        return patient.may_be_pregnant is not False

    @property
    def measures(self) -> set[str]:
        """The measures that decide whom it is for, and that its limit is about."""
        where = self.where.measures if isinstance(self.where, Condition) else set()
        return where | (self.bound.must.measures if self.bound else set())

    @property
    def words(self) -> str:
        """Say what is done, with which doses and with which limit."""
        parts = (self.name, self.beside, self.bound)
        return ", ".join(str(part) for part in parts if part)


class Dated(NamedTuple):
    """Something to do on a day: a test to take, a supply to give out."""

    key: str
    """That of its entry: of the regimen ``item.1.28``, of a drug ``due.melphalan.c2.1``."""
    name: str
    kind: str
    why: str
    """The phrase or the source that asks for it."""
    on: date
    facts: tuple[str, ...]
    """What it says, as the files say it: a change of these is a change of its calendar entry."""

    @property
    def words(self) -> str:
        """Say what it is: ``pregnancy test (monitoring)``."""
        return f"{self.name} ({self.kind})"

    @property
    def of_the_regimen(self) -> bool:
        """Whether the regimen asks for it, or one of its drugs."""
        return self.key.startswith("item.")

    def __str__(self) -> str:
        """Print it on one line: ``Mon 11-Jan-2027  pregnancy test (monitoring)``."""
        return f"{print_date(self.on)}  {self.words}"
