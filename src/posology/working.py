"""Which days a hospital works: those of its week, without the public holidays of its region."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

from posology.changing import Due
from posology.course import Settled
from posology.errors import CourseError
from posology.model import Finding, Region, Site, print_date
from posology.quantity import shown
from posology.scheduling import onto_working_days


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


def on_working_days(settled: Settled, dues: Sequence[Due], site: Site) -> Iterator[Due | Finding]:
    """Shift each cycle of an order onto working days within its tolerance, or say why not."""
    order, test = settled.order, works(site)
    most = order.tolerance.fewest_days if order.tolerance else 0
    for cycle, some in groupby(dues, key=lambda due: due.placed.slot.cycle):
        whole = list(some)
        free = [due for due in whole if due.open and not due.absent and not due.fixed]
        days = sorted({due.on for due in free})
        moved = onto_working_days(days, test, most) if days else []
        if moved is None:
            off = ", ".join(print_date(day) for day in days if not test(day))
            message = (
                f"{order.id}, cycle {cycle}: {off} is no working day, and no shift of up to {most} "
                f"days helps; move the doses, or delay the cycle"
            )
            yield Finding("working-days", "review", order.id, message)
            yield from whole
            continue
        new = dict(zip(days, moved, strict=True))
        yield from (due._replace(on=new[due.on]) if due in free else due for due in whole)
