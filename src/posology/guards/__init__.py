"""What is wrong with a plan: the patient's measures, the doses, the days, what comes together.

A guard is a function from a plan to findings. Each guard judges alone: the order of the list below
decides only the order of the findings.
"""

from collections.abc import Callable, Iterable, Iterator

from posology.guards.before import taken_over
from posology.guards.changes import after_a_pause, exceptions, markets, not_for_use
from posology.guards.dates import (
    clocks_set_anew,
    cycles_differ,
    days_of_each_order,
    days_off,
    many,
    too_near,
    two_routes,
)
from posology.guards.doses import lengths, split_unsaid, taken_as_needed, windows
from posology.guards.entered import days_entered, length_of_the_course, limits_unsaid
from posology.guards.gates import contraindications, gates, given_not_judged, risks_not_judged
from posology.guards.intervals import in_turn, intervals, not_begun
from posology.guards.patient import measures, reference
from posology.guards.records import brands, expired
from posology.guards.together import combinations, live_vaccines, pregnancy
from posology.guards.unjudged import Unjudged
from posology.model import Finding


def of_the_orders(plan: Unjudged) -> Iterator[Finding]:
    """Report the findings that placing and dispensing the orders have produced."""
    for planned in plan.orders:
        yield from planned.refused


Guard = Callable[[Unjudged], Iterable[Finding]]
GUARDS: tuple[Guard, ...] = (
    measures,
    gates,
    given_not_judged,
    risks_not_judged,
    contraindications,
    reference,
    days_entered,
    length_of_the_course,
    limits_unsaid,
    not_for_use,
    markets,
    of_the_orders,
    exceptions,
    cycles_differ,
    after_a_pause,
    lengths,
    windows,
    taken_as_needed,
    split_unsaid,
    days_of_each_order,
    intervals,
    in_turn,
    not_begun,
    taken_over,
    live_vaccines,
    pregnancy,
    combinations,
    too_near,
    two_routes,
    brands,
    expired,
    days_off,
    many,
    clocks_set_anew,
)


def judge(plan: Unjudged, guards: Iterable[Guard] = GUARDS) -> list[Finding]:
    """Collect the findings of all guards."""
    return [finding for guard in guards for finding in guard(plan)]
