"""Which days a hospital works: those of its week, without the public holidays of its region."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from posology.changing import Due
from posology.course import Settled
from posology.errors import CourseError
from posology.model import Finding, Region, Site, print_date
from posology.quantity import shown


@cache
def _holidays(region: Region) -> Any:  # noqa: ANN401 - the package's own kind, a mapping of days
    from holidays import country_holidays  # noqa: PLC0415 - slow, and few orders ask for it

    try:
        return country_holidays(region.country, subdiv=region.part or None)
    except NotImplementedError:
        message = f"{shown(str(region))} is not a region whose public holidays are known"
        raise CourseError({"site": f"region: {message}; name it as ISO 3166 does"}) from None


def works(site: Site) -> Callable[[date], bool]:
    """Give the test whether the hospital works on a day."""
    free = _holidays(site.region) if site.region else ()
    return lambda day: day.weekday() in site.working_days.weekdays and day not in free


def days_off(settled: Settled, dues: Iterable[Due], site: Site) -> Iterator[Finding]:
    """Ask for review where an order for working days only could not be put on one."""
    test, order = works(site), settled.order
    off: dict[int, list[str]] = {}
    for due in dues:
        if due.open and not due.absent and not due.fixed and not test(due.on):
            off.setdefault(due.placed.slot.cycle, []).append(print_date(due.on))
    for cycle, days in off.items():
        message = (
            f"{order.id}, cycle {cycle}: {', '.join(dict.fromkeys(days))} is no working day, and "
            f"no shift of up to {order.tolerance or '0 days'} helps; move the doses, or delay the "
            "cycle"
        )
        yield Finding("working-days", "review", order.id, message)
