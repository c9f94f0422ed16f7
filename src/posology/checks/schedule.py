"""From what a question says to an order: which dose, how often, on which days.

Where a text can be meant in two ways, it is refused with what to write; nothing is picked.
"""

from typing import NamedTuple

from posology.checks.reading import Reading
from posology.errors import QuantityError
from posology.model import Order, Period, Route
from posology.text import shown

ONCE = Period(999, "day")
"""Stands for one single dose, or a rhythm that is not said: no window holds two doses."""
_CYCLE = Period(28, "day")
"""Where a text lists days and names no cycle."""
_TWO_DAYS = Period(2, "day")


class Schedule(NamedTuple):
    """A dose as it is asked, and what the text does not say of its rhythm."""

    order: Order
    words: str
    """The rhythm in words, with every number of the text."""
    said: bool
    """Whether the text says how often, or that it is a single dose."""
    assumed: bool
    """Whether the length of the cycle is ours, as the text names none."""

    @property
    def regular(self) -> bool:
        """Whether the dose is given again and again."""
        return self.order.every != (ONCE,)


def schedule(reading: Reading, text: str, drug: str, route: Route) -> Schedule:
    """Make an order of what a text says. Raises QuantityError with what to write instead."""
    _must_be_one(reading)
    (amount,) = reading.amounts
    times = max(reading.times, default=1)
    period = next(iter(reading.periods), None)
    days, runs = _days(reading, period)
    basis = _basis(reading, times, days)
    assumed = bool(days) and period is None
    days = days or (1,)
    every = period or (_CYCLE if assumed else Period(1, "day") if reading.daily else ONCE)
    if max(days) > every.fewest_days:
        raise QuantityError(f"the days do not fit a cycle of {every}; write days within it")
    order = Order.model_validate(
        {
            "drug": drug, "route": route, "dose": f"{amount.plain} {basis}", "every": str(every),
            "times": str(times), "days": ", ".join(map(str, days)), "source": "asked",
            "quote": text,
        }
    )  # fmt: skip
    said = reading.daily or reading.once or bool(reading.periods) or assumed
    words = _words(reading, order, runs, assumed=assumed)
    return Schedule(order, words, said, assumed)


def _must_be_one(reading: Reading) -> None:
    """Refuse two rhythms, ranges, and what contradicts itself."""
    two = [f"every {each}" for each in reading.typed] if len(reading.periods) > 1 else []
    if len(reading.times) > 1:
        two = [f"{each} time{'s' if each > 1 else ''} a day" for each in sorted(reading.times)]
    if two:
        raise _refused(f"the text says {' and '.join(two)}; write one rhythm")
    if reading.compared:
        raise _refused(f"{shown(reading.compared[0])} is a condition; write the dose that is given")
    if len(reading.counts) > 1:
        numbers = f"{min(reading.counts)} to {max(reading.counts)}"
        raise _refused(f"the text says {numbers} days; write one number of days")
    if reading.days and reading.counts:
        raise _refused("the text lists days and counts days; write one of the two")
    if len(reading.runs) > 1 or len(reading.repeats) > 1:
        raise _refused("the text says twice how long; write one of the two")
    _must_agree(reading)


def _must_agree(reading: Reading) -> None:
    """Refuse a rhythm that contradicts itself, or is none."""
    listed = reading.days or reading.counts
    rhythm = reading.daily or reading.periods or reading.times or listed
    if reading.once and (rhythm or reading.repeats or reading.runs):
        raise _refused('the text says a single dose and a rhythm; write one, or "once daily"')
    if reading.daily and reading.periods and not listed:
        _must_be_daily_in_a_cycle(reading)
    if reading.times and not reading.daily and not reading.shared:
        raise _refused('it is not said how often; write "3 times a day"')


def _must_be_daily_in_a_cycle(reading: Reading) -> None:
    """Refuse "daily every 28 days" without days of it; "twice daily on alternate days" is read."""
    if reading.periods != {_TWO_DAYS} or not reading.times:
        raise _refused(
            f"the text says daily and every {reading.typed[0]}; write on which days of it, as in "
            '"daily on days 1-4 every 28 days"'
        )


def _basis(reading: Reading, times: int, days: tuple[int, ...]) -> str:
    """Decide whether the amount is for each dose, a day or a cycle; refuse what may be two."""
    several = len(days) > 1 or bool(reading.counts)
    if reading.per_day:
        if times > 1 and not reading.shared:
            raise _refused(
                "the amount is for a day, and the text says several doses a day; write it as in "
                '"1 mg twice daily" or "2 mg per day in 2 doses"'
            )
        return "per day" if times > 1 else "each"
    if not reading.shared:
        if reading.per_cycle and several:
            raise _refused(
                "the amount may be for each day or for all of them; write it as in "
                '"2 g/kg over 5 days every month" or "0.4 g/kg daily for 5 days every month"'
            )
        return "each"
    if several == (reading.daily and times > 1) or (several and reading.daily):
        raise _refused(
            "it is not clear what is divided; write it as in "
            '"2 g/kg over 5 days every month" or "2 mg per day in 2 doses"'
        )
    if times > 1 and several:
        raise _refused('write how much is given each time, as in "1 mg twice daily for 4 days"')
    return "per day" if not several else "per cycle" if len(days) > 1 else "each"


def _days(reading: Reading, period: Period | None) -> tuple[tuple[int, ...], list[str]]:
    """Give the days of a cycle, none where it names none; and in words how long it goes on."""
    runs = [f"for {each}" for each in reading.runs]
    if reading.days:
        if reading.repeats:
            number = min(reading.repeats)
            raise _refused(f"the text lists days and {number} doses; write one of the two")
        return reading.days, runs
    (count,) = reading.counts or (0,)
    (repeats,) = reading.repeats or (0,)
    if repeats and (count or max(reading.times, default=1) > 1 or not (reading.daily or period)):
        raise _refused(f'"x{repeats}" may be days or doses; write "for {repeats} days"')
    if repeats and period:
        return (), [*runs, f"for {repeats} doses"]
    weeks = {f"{number} week{'s' * (number > 1)}": 7 * number for number in (1, 2, 3, 4)}
    if not (count or repeats or period) and reading.daily and set(reading.runs) & set(weeks):
        return tuple(range(1, weeks[min(reading.runs)] + 1)), runs
    count = count or repeats
    longest = (period or _CYCLE).fewest_days
    if count > longest or (count == longest and period and not reading.daily):
        if reading.daily and period:
            _must_be_daily_in_a_cycle(reading)
        if reading.shared:
            raise _refused(f"{count} days do not fit a cycle of {longest} days")
        return (), [*runs, f"for {count} days"]
    return tuple(range(1, count + 1)), runs


def _words(reading: Reading, order: Order, runs: list[str], *, assumed: bool) -> str:
    """Write the rhythm in words, with every number as it was typed."""
    words: list[str] = []
    (every,), (days,) = order.every, order.days
    typed = [each for each in reading.typed if not each.endswith(("hour", "hours"))] or (
        [str(every)] if every != ONCE else []
    )
    words += [f"every {' and '.join(typed)}"] if typed else []
    words += [f"every {each}" for each in reading.typed if each.endswith(("hour", "hours"))]
    if assumed:
        words[0] += " (assumed, as the text names no cycle)"
    if reading.times:
        words.append(f"{order.times} time{'s' if order.times > 1 else ''} a day")
    if reading.days or (reading.counts and not runs) or assumed or len(days.numbers) > 1:
        counted = f"1-{len(days.numbers)}" if len(days.numbers) > 1 else "1"
        words.append(f"days {days if reading.days else counted}")
    if reading.once:
        words.append("1 single dose")
    return "".join(f", {each}" for each in [*words, *runs])


def _refused(message: str) -> QuantityError:
    return QuantityError(message)
