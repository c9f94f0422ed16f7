"""How near a plan comes to the limits of the formulary, for those who read it."""

from datetime import date
from typing import NamedTuple

from posology.guards.doses import applies, measured_by
from posology.guards.sums import sums
from posology.model import Cited, Order, Plan, Range, print_date
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

    @property
    def length(self) -> str:
        """Say the length of time: ``one dose``, ``28 days``."""
        return _WORDS[self.per]

    @property
    def most(self) -> str:
        """Say the amount and its day: ``2 g/kg from Mon 11-Jan-2027``."""
        since = "on" if self.per in {"dose", "day"} else "from"
        when = "" if self.per == "course" else f" {since} {print_date(self.on)}"
        return f"{self.amount}{when}"

    def __str__(self) -> str:
        """Print it: ``most in 28 days: 2 g/kg from Mon 11-Jan-2027; usual …, absolute …``."""
        return (
            f"most in {self.length}: {self.most}; usual {self.usual}, absolute {self.absolute} "
            f"({self.source.source})"
        )


def reached(plan: Plan) -> list[Reached]:
    """List each limit that is judged, with the plan's own figure; drug by drug, by route.

    A limit that depends on a measure that is missing is a finding (``limit-not-judged``).
    """
    return [each for order in plan.regimen.orders for each in beside(order, plan)]


def beside(order: Order, plan: Plan) -> list[Reached]:
    """List the limits of an order's drug and route; they stand beside its first order alone."""
    alike = [
        each for each in plan.administrations
        if (each.order.drug, each.order.route) == (order.drug, order.route)
    ]  # fmt: skip
    first = next(
        (each for each in plan.regimen.orders if each in [dose.order for dose in alike]), None
    )
    drug = plan.drugs.get(order.drug)
    if order != first or drug is None or order.route not in drug.routes:
        return []
    found, all_sums = (
        [],
        [sums(alike, per, before=plan.course.before.get(order.drug)) for per in measured_by(alike)],
    )
    for window in drug.routes[order.route].windows:
        high = window.usual.high
        fitting = (each for each in all_sums if each["dose"][0].dimension == high.dimension)
        most = next(fitting, None)
        if most and applies(window, plan.patient):
            amount, on = most[window.per]
            found.append(
                Reached(order.drug, order.route, window.per, amount=amount.to(high.unit), on=on,
                        usual=window.usual, absolute=window.absolute,
                        source=Cited(order.drug, window.source))
            )  # fmt: skip
    return found
