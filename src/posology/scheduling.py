"""When: an order and a first day give dates; knows no drugs.

Months are counted from the first day: from 31-Jan-2027 the second cycle starts on
28-Feb-2027 and the third on 31-Mar-2027. Weeks and days are exact.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from posology.errors import CourseError
from posology.model import Days, Order, Period, Slot
from posology.model.kinds import YEARS
from posology.zone import Zone

MOST_ADMINISTRATIONS = 10_000
"""More than any course needs; beyond it, the input is taken for a slip."""


def after(first: date, period: Period, times: int = 1) -> date:
    """Give the day that lies so many times the period after the first.

    >>> after(date(2027, 1, 31), Period(1, "month"))
    datetime.date(2027, 2, 28)
    """
    if period.unit == "month":
        years, month = divmod(first.month - 1 + period.number * times, 12)
        year = first.year + years
        if year not in YEARS:
            raise CourseError({"start": f"the course reaches beyond {YEARS[-1]}; shorten it"})
        return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
    day = first + timedelta(days=period.fewest_days * times)
    if day.year not in YEARS:
        raise CourseError({"start": f"the course reaches beyond {YEARS[-1]}; shorten it"})
    return day


def slots(  # noqa: PLR0913 - an order, what was chosen, and where it ends
    order: Order, every: Period, days: Days, first: date, *, until: date | None, cycles: int | None
) -> list[tuple[Slot, date]]:
    """List the administrations of an order with their dates, in order of time.

    Ends before the day ``until``, or after so many cycles; one of both is given.
    """
    found: list[tuple[Slot, date]] = []
    for cycle in count(1):
        start = after(first, every, cycle - 1)
        if (cycles is not None and cycle > cycles) or (until is not None and start >= until):
            return found
        for day in days.numbers:
            date_of_day = start + timedelta(days=day - 1)
            if until is not None and date_of_day >= until:
                break
            found.extend(
                (Slot(order.id, cycle, day, number), date_of_day)
                for number in range(1, order.times + 1)
            )
        if len(found) > MOST_ADMINISTRATIONS:
            message = f"over {MOST_ADMINISTRATIONS:,} doses of {order.id}; plan a shorter course"
            raise CourseError({"cycles" if cycles else "start": message})
    return found


def moment(day: date, clock: time, zone: Zone) -> datetime | None:
    """Give the moment of a clock time, or None where the clocks change.

    None: the time does not exist on that day, or exists twice.
    """
    at = datetime.combine(day, clock, zone.info)
    there_and_back = at.astimezone(UTC).astimezone(zone.info)
    twice = at.utcoffset() != at.replace(fold=1).utcoffset()
    return None if twice or there_and_back.replace(tzinfo=None) != at.replace(tzinfo=None) else at


def busiest_week(order: Order, every: Period, days: Days) -> int:
    """Count the administrations of the fullest seven days in a row.

    A month is taken as its shortest, 28 days.
    """
    length = every.fewest_days
    given = {cycle * length + day for cycle in range(7 // length + 2) for day in days.numbers}
    return max(sum(start <= day < start + 7 for day in given) for start in given) * order.times
