"""Days that lie far from the day on which they were entered: a wrong year, a wrong number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from posology.course.changes import in_force
from posology.course.settled import Settled
from posology.errors import CourseError
from posology.guards.unjudged import Entered, Unjudged
from posology.model import Change, Course, Finding, Level, Period, Place, Site, print_date
from posology.model.change import Delay, Extend, Give, Measures, Move, Resume
from posology.model.kinds import read_date
from posology.model.periods import ONCE
from posology.model.site import Far
from posology.scheduling.dates import after

_MEASURED = {"weighed": "the weight", "sampled": "the blood sample", "counted": "the blood count"}


class _Day(NamedTuple):
    """A day that a person has entered: its place, its name, the day."""

    place: Place
    words: str
    day: date


class _Entry(NamedTuple):
    """When days were entered, and whether that is now."""

    on: date
    new: bool


def days_entered(plan: Unjudged) -> Iterator[Finding]:
    """Judge the days of the course, and of each change, against the day of its entry."""
    if plan.entered is None:
        message = "the day of planning is not given (on), so no day is compared with it"
        yield Finding("day-not-given", "note", Place.of("start"), message, ())
        return
    course, days = plan.course, plan.entered.days
    new = len(days) - 1 if plan.entered.new else -1
    start = _Day(Place.of("start"), "the first dose", course.start)
    measured = list(_measured(Place.of("patient"), course.patient.texts))
    last = [
        _Day(Place.of("last", drug), f"the last dose of {drug}", before.on)
        for drug, before in course.last.items()
    ]
    last += [
        _Day(Place.of("before", drug), f"a dose of {drug} before the course", on)
        for drug, before in course.before.items()
        for on, _ in before.dated
    ]
    entry = _Entry(days[0], new == 0)
    yield from _far([start, *measured], entry, plan.site)
    yield from _to_come([*measured, *last], entry)
    yield from _far(_others(course, entry.on), _Entry(entry.on, new=False), plan.site)
    standing = in_force(course.changes)
    for number, change in enumerate(course.changes, 1):
        if any(change is each for each in standing):
            entry = _Entry(days[number], number == new)
            named, happened = _days_of(change, number, entry.on)
            yield from _far([*named, *happened], entry, plan.site)
            yield from _to_come(happened, entry)
            if plan.entered.moments and isinstance(change, Give):
                yield from _later_today(change, number, plan.entered.moments[number], entry.on)


def _later_today(change: Give, number: int, entered: datetime, on: date) -> Iterator[Finding]:
    """Ask about a dose that is recorded as given at a time which was still to come.

    A later day of the site is reported by ``_to_come``.
    """
    for slot, record in change.doses.items():
        moment = record.moment if record else None
        if record and moment and entered < moment and record.on <= on:
            message = (
                f"{slot} is recorded as given at {moment:%H:%M}, but at "
                f"{entered.astimezone(moment.tzinfo):%H:%M}, when that was still to come; record "
                "the time at which it was given"
            )
            place = Place.of("changes", number).at(str(slot))
            yield Finding("day-to-come", "review", place, message, (moment.isoformat(),))


def limits_unsaid(plan: Unjudged) -> Iterator[Finding]:
    """Note limits that an older site file does not hold."""
    if plan.site.unsaid:
        message = (
            f"the site file does not say {' and '.join(plan.site.unsaid)}, so the limits of the "
            "example site are taken; copy these keys from it, and set them"
        )
        yield Finding("limits-unsaid", "note", Place.of("site"), message, tuple(plan.site.unsaid))


def _measured(place: Place, texts: Mapping[str, str | None]) -> Iterator[_Day]:
    """Give the days on which measures were taken."""
    for field, words in _MEASURED.items():
        text = texts.get(field)
        if text is not None:
            yield _Day(place.at(field), words, read_date(text))


def _others(course: Course, entered: date) -> Iterator[_Day]:
    """Give the days of other medicines that may be slips: an end long past, a start far ahead.

    What has begun long ago and goes on is no slip.
    """
    for other in course.others:
        if other.end and other.end < entered:
            yield _Day(Place.of("others", other.name), f"the end of {other.name}", other.end)
        if other.start and other.start > entered:
            yield _Day(Place.of("others", other.name), f"the start of {other.name}", other.start)


def _days_of(change: Change, number: int, entered: date) -> tuple[list[_Day], list[_Day]]:
    """Give the days that a change names, and those of what has happened."""
    place = Place.of("changes", number)
    named = [_Day(place.at("on"), "the day of the decision", change.on)]
    happened: list[_Day] = []
    what = getattr(change, "what", None)
    if what is not None and what.kind == "from day":
        named.append(_Day(place.at("what"), "the day of the change", what.day))
    match change:
        case Measures():
            happened += _measured(place, change.values)
        case Move():
            named.append(_Day(place.at("to"), "the new day of the dose", change.to))
        case Delay():
            later = entered + timedelta(days=change.days)
            named.append(
                _Day(place.at("days"), f"a dose of today, {change.days} days later,", later)
            )
        case Give():
            happened += [
                _Day(place.at(str(slot)), f"what was given of {slot}", record.on)
                for slot, record in change.doses.items()
                if record is not None
            ]
    return named, happened


def _far(days: Iterable[_Day], entry: _Entry, site: Site) -> Iterator[Finding]:
    """Report a day that lies further from that of its entry than the site expects."""
    for place, words, day in days:
        limits, side = (site.days.past, "before") if day < entry.on else (site.days.ahead, "after")
        level = _level(min(day, entry.on), max(day, entry.on), limits, new=entry.new)
        if level:
            limit = limits.stop if level == "stop" else limits.review
            message = (
                f"{words} is on {print_date(day)}, more than {limit} {side} "
                f"{print_date(entry.on)}, when it was entered; check the year and the month"
            )
            yield Finding("day-far", level, place, message, (day,))


def _to_come(days: Iterable[_Day], entry: _Entry) -> Iterator[Finding]:
    """Report what has happened, by its name, but is dated after the day of its entry."""
    for place, words, day in days:
        if day > entry.on:
            level: Level = "stop" if entry.new else "review"
            message = (
                f"{words} is dated {print_date(day)}, but was entered on {print_date(entry.on)}, "
                "when that day was still to come; enter the day on which it was"
            )
            yield Finding("day-to-come", level, place, message, (day,))


def _level(early: date, late: date, limits: Far, *, new: bool) -> Level | None:
    """Give the level of a length of time. What was kept long ago is not stopped now."""
    if new and _longer(early, late, limits.stop):
        return "stop"
    return "review" if _longer(early, late, limits.review) else None


def _longer(early: date, late: date, limit: Period) -> bool:
    """Tell whether more than a length of time lies between two days."""
    try:
        return after(early, limit) < late
    except CourseError:  # the limit reaches beyond the years that a day may have
        return False


def length_of_the_course(plan: Unjudged) -> Iterator[Finding]:
    """Report a course that goes on for longer than the site expects."""
    if not plan.administrations:
        return
    first, last = plan.administrations[0].at.date(), plan.administrations[-1].at.date()
    new = plan.entered is not None and _lengthens(plan.course, plan.entered)
    limits = plan.site.days.course
    level = _level(first, last, limits, new=new)
    if level:
        limit = getattr(limits, level)
        message = (
            f"the course runs from {print_date(first)} to {print_date(last)}, longer than {limit}; "
            "check the number of cycles, and plan a shorter course"
        )
        yield Finding("course-long", level, Place.of("cycles"), message, (first, last))


def refuse_too_long(
    course: Course, settled: Sequence[Settled], site: Site, entered: Entered
) -> None:
    """Refuse cycles that pass the site's limit before their doses are computed."""
    if not entered.new or (course.changes and not isinstance(course.changes[-1], Extend)):
        return
    limit = site.days.course.stop
    for each in settled:
        # The shortest rhythm of its phases: a load that is given once is no cycle of years.
        rhythms = [part.every for part in each.parts.values() if part.every != ONCE]
        every = min(rhythms, key=lambda period: period.fewest_days, default=ONCE)
        cycles = each.run.cycles if rhythms else None
        if cycles and _longer(course.start, after(course.start, every, cycles - 1), limit):
            message = (
                f"{cycles} cycles of {every} are longer than {limit}, the site's "
                "limit; plan fewer, and extend the course later"
            )
            raise CourseError({"cycles": message})


def _lengthens(course: Course, entered: Entered) -> bool:
    """Tell whether what is entered now decides how long the course runs."""
    if not entered.new:
        return False
    return not course.changes or isinstance(course.changes[-1], Delay | Extend | Move | Resume)
