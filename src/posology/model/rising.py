"""What rises step by step by a rule: the rate of an infusion, and a dose that is titrated."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import PlainValidator

from posology.errors import QuantityError
from posology.model.kinds import (
    DRUG_UNITS,
    Amount,
    Noun,
    Offered,
    StatedDose,
    Text,
    reads,
    reads_options,
    written,
)
from posology.model.periods import Every, Over, Period
from posology.model.readers import read_dose
from posology.model.rows import Later, Moment
from posology.quantity import Quantity
from posology.text import shown

_MOST_STEPS = 50


def _read_rate(value: object) -> Quantity:
    text = value.plain if isinstance(value, Quantity) else str(value)
    rate = Quantity.parse(text)
    top, *below = rate.unit.split("/")
    if top not in DRUG_UNITS or below not in (["h"], ["kg", "h"], ["min"], ["kg", "min"]):
        msg = f'{shown(text)} is not how fast it runs; write it as in "50 mg/h" or "100 mL/h"'
        raise ValueError(msg)
    return rate


_Rate = Annotated[
    Quantity, PlainValidator(_read_rate, json_schema_input_type=written("RateOfInfusion"))
]


class Rate(Noun):
    """How fast an infusion runs: from ``start`` on, raised ``by`` so much, at ``most`` so fast."""

    start: _Rate
    by: _Rate | None = None
    each: Annotated[Over, reads(Over)] | None = None
    """How long each rate is held before it rises."""
    most: _Rate | None = None
    quote: Text

    def __str__(self) -> str:
        """Write it: ``50 mg/h, every 30 minutes 50 mg/h more, to 400 mg/h``."""
        more = f", every {self.each} {self.by} more" if self.by else ""
        return f"{self.start}{more}" + (f", to {self.most}" if self.most else "")


class Rates(Noun):
    """How fast the first infusion of an order runs, and the later ones."""

    first: Rate
    later: Rate | None = None
    """None: they run as the first one does."""


class Titration(Noun):
    """A dose that is raised or lowered by so much each time, until it is what is aimed at."""

    by: Amount
    every: Annotated[tuple[Period, ...], reads_options(Every)]
    """After how long each time; several: a choice."""
    to: Annotated[
        StatedDose | Offered, PlainValidator(read_dose, json_schema_input_type=written("Dose"))
    ]
    quote: Text

    @property
    def targets(self) -> tuple[StatedDose, ...]:
        """The doses that may be aimed at; of a range its two ends."""
        return self.to.options if isinstance(self.to, Offered) else (self.to,)

    def __str__(self) -> str:
        """Write it: ``by 5 mg every 2 weeks or 4 weeks to 20 mg each``."""
        return f"by {self.by} every {' or '.join(map(str, self.every))} to {self.to}"

    def steps(self, dose: StatedDose, every: Period, to: StatedDose) -> Mapping[Moment, Later]:
        """Give the doses after the first one, each from its day on.

        Raises QuantityError if the dose does not come to what is aimed at.
        """
        if to.basis != dose.basis:
            raise QuantityError(
                f"the target is {to.basis}, the dose {dose.basis}; write both alike"
            )
        step = self.by if to.amount > dose.amount else self.by * -1
        number = (to.amount + dose.amount * -1).ratio(step)
        if number.denominator > 1 or not 0 <= number <= _MOST_STEPS:
            message = f"{to.amount} is not reached from {dose.amount} by steps of {self.by}"
            raise QuantityError(f"{message}; choose another dose")
        return {
            Moment("day", every.fewest_days * count + 1): Later(
                dose=StatedDose(dose.amount + step * count, to.basis), quote=self.quote
            )
            for count in range(1, int(number) + 1)
        }
