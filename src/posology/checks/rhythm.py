"""Does an order run as its quote says: how often, on which days, from when, how long?

The beginning of an order and each later phase are compared with their own phrase, word by word.
"""

import re
from collections.abc import Iterator

from posology.checks.lengths import days_of, infused, lasts
from posology.checks.phases import Phase
from posology.checks.reading import canonical, plain, printed, read
from posology.model import Days, Finding, Order, Period, Place
from posology.model.periods import ONCE, Clock, Offset
from posology.text import shown

_MONTH, _FOUR_WEEKS, _DAY, _WEEK = (
    Period(1, "month"), Period(28, "day"), Period(1, "day"), Period(7, "day"),
)  # fmt: skip
_A_WEEK = 7
_DAY_MINUTES = 24 * 60
_RHYTHM = ("rhythm", "hours", "hourly", "times a week", "times", "daily", "once", "weeks")


def compared(phase: Phase) -> Iterator[Finding]:
    """Compare every word of a rhythm with what is encoded."""
    reading = phase.reading
    yield from _rhythm(phase)
    yield from _times(phase)
    if not _spans(phase):
        yield from _days(phase)
    yield from _rests(phase)
    yield from lasts(phase)
    yield from _weekdays(phase)
    at = str(phase.at or "").split(", ")
    if reading.clock and not set(reading.clock) <= set(at):
        message = f"the quote says {phase.said('clock')}; write the clock times under at"
        yield Finding("clock-not-quoted", "stop", phase.place.at("at"), message, ())
    unsaid = not (reading.clock or reading.hours or "at" in phase.inferred)
    if isinstance(phase.at, Clock) and unsaid:
        message = f"the quote {shown(phase.quote)} does not say at {phase.at}"
        yield Finding("clock-not-quoted", "stop", phase.place.at("at"), message, ())
    yield from infused(phase)


def _rhythm(phase: Phase) -> Iterator[Finding]:
    reading, options = phase.reading, {canonical(every) for every in phase.every}
    hours = {each.number for each in options if each.unit == "hour"} | phase.steps
    if reading.hours and reading.hours != hours and "times" not in phase.inferred:
        listed = " or ".join(map(str, phase.every))
        message = (
            f"the quote says {phase.said('hours')}, the order every {listed}; write every in "
            "hours, or say under inferred.times why the clock times of the site are meant"
        )
        yield Finding("rhythm-not-quoted", "stop", phase.place.at("every"), message, ())
        return
    periods = set(reading.periods)
    gaps = {later - day for day, later in zip(reading.days, reading.days[1:], strict=False)}
    if reading.days and gaps <= {_A_WEEK}:
        periods.discard(_WEEK)  # "weekly on days 1, 8, 15 and 22"
    if options == {ONCE} and phase.steps and not periods:
        return  # "every hour for the rest of the day", at the hours that are written
    if options <= {_DAY} or hours:
        agrees = (reading.daily or bool(reading.times)) and not periods and not reading.weekly
    elif options == {ONCE}:
        said = reading.once or bool(reading.weeks or reading.days) or phase.followed
        agrees = said and not periods and not reading.daily
    else:
        # A source may mean four weeks by a month; the pharmacist chooses.
        near = {_FOUR_WEEKS} if _MONTH in periods else set()
        agrees = bool(periods) and periods <= options <= (periods | near)
        # "once monthly (every 4 weeks)" says which month is meant.
        agrees = agrees or (periods == {_MONTH, _FOUR_WEEKS} and options == {_FOUR_WEEKS})
        agrees = agrees or (not periods and _listed(phase, options))
        agrees = agrees or (bool(reading.weekdays) and not periods and options == {_WEEK})
        later = reading.daily and not periods and "every" in phase.inferred
        agrees = agrees or (later and (bool(reading.days) or _whole(phase)))
    dated = reading.days or reading.counts or reading.runs or reading.weeks or reading.weekdays
    once = reading.once and not (reading.daily or reading.periods or dated) and ONCE not in options
    agrees = agrees and not once
    # "Daily" alone is each day, also where the length of the cycle is ours.
    daily = reading.daily and not (dated or reading.repeats or _whole(phase))
    unsaid = not (periods or once or daily) and "every" in phase.inferred
    if not agrees and not unsaid:
        encoded = " or ".join(map(str, phase.every))
        words = phase.said(*_RHYTHM)
        message = f"the quote {shown(phase.quote)} says {words}, not {encoded}"
        yield Finding("rhythm-not-quoted", "stop", phase.place.at("every"), message, ())


def _whole(phase: Phase) -> bool:
    """Tell whether the drug is given on every day of its cycles, so that they may be said daily."""
    return all(
        every.unit != "month" and len(days.numbers) == every.fewest_days
        for every in phase.every
        for days in phase.days
    )


def _listed(phase: Phase, options: set[Period]) -> bool:
    """Tell whether "2 times a week" is a rhythm of weeks, or listed weeks are those of a rhythm."""
    if phase.reading.weekly:
        return options == {_WEEK}
    return bool(phase.reading.weeks) and len(options) == 1


def _times(phase: Phase) -> Iterator[Finding]:
    reading = phase.reading
    said = reading.times or {1}
    if reading.hours and reading.hours == phase.steps:
        return  # at the clock times that are written
    if said != {phase.times} and not (not reading.times and "times" in phase.inferred):
        says = " or ".join(str(number) for number in sorted(reading.times)) or "no times"
        message = f"the quote says {says} a day, the order {phase.times}"
        yield Finding("times-not-quoted", "stop", phase.place.at("times"), message, ())
    for number in reading.weekly:
        wrong = [days for days in phase.days if not _so_often(days, number)]
        if wrong or phase.times > 1 or any(each.fewest_days < _A_WEEK for each in phase.every):
            message = (
                f"the quote says {phase.said('times a week')}, the order "
                f"{' or '.join(map(str, wrong)) or phase.times}; write the days of each week"
            )
            yield Finding("days-not-quoted", "stop", phase.place.at("days"), message, ())
        elif not (reading.days or reading.weekdays or "days" in phase.inferred):
            message = (
                f"the quote says {phase.said('times a week')} and not on which days; "
                f"{' or '.join(map(str, phase.days))} are ours"
            )
            yield Finding("inferred", "note", phase.place.at("days"), message, ())


def _so_often(days: Days, number: int) -> bool:
    """Tell whether each week that has a dose has so many."""
    weeks: dict[int, int] = {}
    for day in days.numbers:
        weeks[(day - 1) // _A_WEEK] = weeks.get((day - 1) // _A_WEEK, 0) + 1
    return set(weeks.values()) == {number}


def _days(phase: Phase) -> Iterator[Finding]:
    """Listed days must agree. For a range of counts the order must offer each."""
    reading, encoded = phase.reading, [days.numbers for days in phase.days]
    has = " or ".join(str(days) for days in phase.days)
    message = ""
    # "daily" in a longer cycle is each of its days; "1 mg twice daily every other day" is not.
    in_cycle = reading.daily and bool(reading.periods - {Period(2, "day")})
    # "daily for 30 days" and "daily for 4 weeks" are a duration, not days of a cycle.
    steady = {canonical(each) for each in phase.every} == {_DAY} or bool(reading.hours)
    inferred = "days" in phase.inferred or bool(reading.weekly or reading.weekdays)
    if reading.weeks and (reading.days or reading.daily):
        yield from _days_of_weeks(phase)
    elif reading.days:
        if encoded != [reading.days] or (steady and not in_cycle and reading.days == (1,)):
            message = f"the quote says {phase.said('days')}, the order {has}"
    elif reading.weeks:
        yield from _weeks(phase)
    elif reading.counts and not steady:
        if {len(days) for days in encoded} != reading.counts:
            says = " or ".join(str(number) for number in sorted(reading.counts))
            counts = " or ".join(str(len(days)) for days in encoded)
            message = f"the quote counts {says} days a cycle, the order {counts}"
    elif (encoded != [(1,)] or in_cycle) and not inferred and not _in_weeks(phase):
        whole_cycle = [tuple(range(1, phase.every[0].fewest_days + 1))]
        if not (reading.daily and encoded == whole_cycle):
            message = f"the quote says no days, the order {has}"
    if message:
        yield Finding("days-not-quoted", "stop", phase.place.at("days"), message, ())
    yield from _runs_of_days(phase, steady=steady)


def _runs_of_days(phase: Phase, *, steady: bool) -> Iterator[Finding]:
    """Counted days are consecutive, unless that is said to be ours; once a week is one day."""
    spans = any(re.match(r"for|during|x", words) for words in phase.reading.said.get("days", ()))
    counted = bool(phase.reading.counts) and spans and not steady and "days" not in phase.inferred
    once = re.search(r"\bonce (?:weekly|(?:a|per|each|every) week)\b", plain(phase.quote))
    for days in phase.days:
        first, last = days.numbers[0], days.numbers[-1]
        says = ""
        if (phase.reading.consecutive or counted) and last - first + 1 != len(days.numbers):
            says = "consecutive days"
        elif once and len(days.numbers) > 1 and last <= _A_WEEK:
            says = shown(once[0])
        if says:
            message = f"the quote says {says}, the order {days}"
            yield Finding("days-not-quoted", "stop", phase.place.at("days"), message, ())
            return


def _spans(phase: Phase) -> bool:
    """Tell whether "days 15-21" are all days of a phase, from its first day to its last."""
    days, (encoded, *more) = phase.reading.days, phase.days
    if not days:
        return False
    steady = not more and encoded.numbers == (1,) and phase.every[0].fewest_days < _A_WEEK
    whole = range(phase.begin, phase.begin + (phase.length.days or 0))
    return steady and days == tuple(whole)


def _in_weeks(phase: Phase) -> bool:
    """Tell whether "daily for 3 weeks every 4 weeks", or "x 5", is what the days of a cycle are."""
    reading, (days, *more) = phase.reading, phase.days
    if more:
        return False
    if reading.repeats == {len(days.numbers) * phase.times}:
        return True
    runs = {days_of(each) for each in reading.runs}
    return reading.daily and runs == {len(days.numbers)} and days.numbers[-1] in runs


def _days_of_weeks(phase: Phase) -> Iterator[Finding]:
    """Days of listed weeks: "day 1 of weeks 1, 2 and 4" is day 1, 8 and 22; "daily" each day."""
    first = 0 if phase.reading.weeks[0] == 0 else 1
    of_a_week = phase.reading.days or tuple(range(1, _A_WEEK + 1))
    days = tuple(
        (week - first) * _A_WEEK + day for week in phase.reading.weeks for day in of_a_week
    )
    if [each.numbers for each in phase.days] != [days]:
        message = (
            f"the quote says {phase.said('days', 'weeks')}, which are days "
            f"{', '.join(map(str, days))}; the order says {phase.days[0]}"
        )
        yield Finding("weeks-not-quoted", "stop", phase.place.at("days"), message, ())


def _weeks(phase: Phase) -> Iterator[Finding]:
    """Weeks that are listed are days: week 0 is the first one where the list begins with 0."""
    listed = phase.reading.weeks
    first = 0 if listed[0] == 0 else 1
    days = tuple((week - first) * _A_WEEK + 1 for week in listed)
    (every, *_), (encoded, *_) = phase.every, phase.days
    step, number = every.fewest_days, phase.length.cycles or 0
    repeated = tuple(1 + step * index for index in range(number))
    if encoded.numbers != days and not (encoded.numbers == (1,) and repeated == days):
        message = (
            f"the quote says {phase.said('weeks')}, which are days {', '.join(map(str, days))}; "
            f"the order says every {every}, days {encoded}"
        )
        yield Finding("weeks-not-quoted", "stop", phase.place.at("days"), message, ())


def _rests(phase: Phase) -> Iterator[Finding]:
    for rest in phase.reading.rests:
        for every in phase.every:
            if any(every.fewest_days - days.numbers[-1] != rest for days in phase.days):
                days = " or ".join(map(str, phase.days))
                message = (
                    f"the quote says {phase.said('rest')}; the order, every {every} on days "
                    f"{days}, leaves another number of days free"
                )
                yield Finding("rest-not-quoted", "stop", phase.place.at("days"), message, ())


_WORKING = ("Mon", "Tue", "Wed", "Thu", "Fri")


def _weekdays(phase: Phase) -> Iterator[Finding]:
    said = phase.reading.weekdays
    if not said:
        return
    names = _WORKING if "weekdays" in said else tuple(each[:3].title() for each in said)
    if any(str(days).split(", ") != list(names) for days in phase.days):
        message = (
            f"the quote says {phase.said('weekdays')}; write every: 1 week and days: "
            f"{', '.join(names)}"
        )
        yield Finding("weekdays-not-quoted", "stop", phase.place.at("days"), message, ())


def beside(order: Order, place: Place) -> Iterator[Finding]:
    """When an order is given beside another, and which part of it, must be what the quote says."""
    reading, place = read(order.quote), place.at("with")
    if order.beside is None or "with" in order.inferred:
        return
    yield from beside_said(order.beside.when, order.beside.order, order.quote, place.at("when"))
    share = order.beside.share
    if share and int(share.removesuffix(" %")) not in reading.shares:
        message = f"the quote {shown(order.quote)} does not say {share} of {order.beside.order}"
        yield Finding("with-not-quoted", "stop", place.at("share"), message, ())


def beside_said(when: Offset, other: str, quote: str, place: Place) -> Iterator[Finding]:
    """Stop where a quote says another time beside the doses of an order than is encoded."""
    reading = read(quote)
    at = when.minutes or when.days[0] * _DAY_MINUTES
    expected: set[int | range | tuple[int, ...]] = {at, when.days}
    if set(when.days) != {0} and len(when.days) in reading.counts:
        if when.days != tuple(range(when.days[0], when.days[-1] + 1)):
            expected = set()  # "for 3 days starting 1 day before" are days in a row
    elif len(when.days) > 1:
        expected = {when.days}
    at_all = when.minutes or when.days != (0,)
    near = {each for each in reading.beside if isinstance(each, range) and at in each}
    if bool(reading.beside) != bool(at_all) or not set(reading.beside) <= expected | near:
        words = reading.said.get("beside", ())
        said = " and ".join(shown(printed(each, quote)) for each in words) or "no such time"
        message = f"the quote says {said}, the order {when} with {other}"
        yield Finding("with-not-quoted", "stop", place, message, ())
