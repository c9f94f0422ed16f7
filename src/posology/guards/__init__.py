"""What is wrong with a plan: the patient's measures, the doses, the days, what comes together.

Each guard is a function that gives findings; ``planning`` runs them all.
"""

from collections.abc import Iterator, Sequence

from posology.guards.dates import (
    clashes,
    clock_changes,
    cut_cycles,
    cycles_differ,
    days_off,
    many,
    not_on_working_days,
    slips,
    split_cycles,
)
from posology.guards.doses import apart, doses, not_judged, over
from posology.guards.patient import clearance, freshness, last_weight, measures, reweighed, weight
from posology.guards.together import combined, pregnancy, vaccines
from posology.model import Administration, Circumstances, Finding

__all__ = [
    "apart",
    "clashes",
    "clearance",
    "clock_changes",
    "combined",
    "cut_cycles",
    "cycles_differ",
    "days_off",
    "doses",
    "freshness",
    "last_weight",
    "many",
    "measures",
    "not_judged",
    "not_on_working_days",
    "of_a_drug",
    "over",
    "pregnancy",
    "reweighed",
    "slips",
    "split_cycles",
    "vaccines",
    "weight",
]


def of_a_drug(
    given: Sequence[Administration], about: Circumstances, said: Sequence[Finding]
) -> Iterator[Finding]:
    """Judge all that is given of one drug, whatever order it comes from."""
    for route in dict.fromkeys(one.order.route for one in given):
        if route in about.drug.routes:
            yield from over([one for one in given if one.order.route == route], about, said)
    yield from apart(given, about)
    yield from vaccines(given, about)
    yield from pregnancy(about)
