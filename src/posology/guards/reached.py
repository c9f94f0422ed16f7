"""How near a plan comes to the limits of the formulary, for those who read it."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from posology.guards.doses import applies, measured_by
from posology.guards.sums import sums
from posology.model import Administration, Cited, Plan, Range, print_date
from posology.quantity import Quantity

_WORDS = {
    "dose": "one dose", "day": "one day", "week": "7 days", "28 days": "28 days",
    "cycle": "a cycle", "course": "the course",
}  # fmt: skip


class Reached(NamedTuple):
    """The largest amount of a drug in a length of time, beside its limits."""

    drug: str
    route: str
    per: str
    """The length of time, as in the drug file."""
    amount: Quantity
    """As dispensed or given, in the unit of the limits."""
    on: date
    """The first day of the length of time."""
    usual: Range
    absolute: Range
    source: Cited

    def __str__(self) -> str:
        """Print it: ``most in 28 days: 2 g/kg from Mon 11-Jan-2027; usual …, absolute …``."""
        since = "on" if self.per in {"dose", "day"} else "from"
        when = "" if self.per == "course" else f" {since} {print_date(self.on)}"
        return (
            f"most in {_WORDS[self.per]}: {self.amount}{when}; usual {self.usual}, absolute "
            f"{self.absolute} ({self.source.source})"
        )


def reached(plan: Plan) -> list[Reached]:
    """List each limit that is judged, with the plan's own figure; drug by drug, by route.

    A limit that depends on a measure that is missing is a finding (``limit-not-judged``).
    """
    found: list[Reached] = []
    for name in plan.drugs:
        doses = [each for each in plan.administrations if each.order.drug == name]
        for route in dict.fromkeys(each.order.route for each in doses):
            found += _of_a_route(plan, name, [each for each in doses if each.order.route == route])
    return found


def _of_a_route(plan: Plan, name: str, doses: Sequence[Administration]) -> Iterator[Reached]:
    drug, route = plan.drugs[name], doses[0].order.route
    giving = drug.routes.get(route)
    all_sums = [sums(doses, per) for per in measured_by(doses)]
    for window in giving.windows if giving else ():
        high = window.usual.high
        fitting = (each for each in all_sums if each["dose"][0].dimension == high.dimension)
        most = next(fitting, None)
        if most and applies(window, plan.patient):
            amount, on = most[window.per]
            yield Reached(name, route, window.per, amount=amount.to(high.unit), on=on,
                          usual=window.usual, absolute=window.absolute,
                          source=Cited(name, window.source))  # fmt: skip
