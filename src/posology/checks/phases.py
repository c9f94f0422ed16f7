"""The phases of an order: each rhythm with its own phrase, and how long it goes on."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal, NamedTuple, Self

from posology.checks.heard import AMOUNT
from posology.checks.reading import Reading, printed, read
from posology.checks.unread import own_words
from posology.model import (
    Days,
    Moment,
    Order,
    Part,
    Period,
    Place,
    Regimen,
    Row,
    Run,
    Stage,
)
from posology.model.periods import ONCE, Clock, Over
from posology.text import shown

_A_WEEK = 7


class Length(NamedTuple):
    """How long a phase goes on, in each way that is known."""

    days: int | None = None
    months: int | None = None
    cycles: int | None = None
    doses: int | None = None
    upto: int | None = None

    @property
    def each(self) -> set[int]:
        """The numbers of days of which one is chosen."""
        return set(range(self.days or 0, (self.upto or self.days or 0) + 1))

    def says(self, number: int, unit: str) -> bool:
        """Tell whether it is so many days, weeks, months, years or cycles."""
        known = {
            "day": self.days, "week": self.days, "month": self.months, "year": self.months,
            "cycle": self.cycles,
        }[unit]  # fmt: skip
        return known == number * {"week": _A_WEEK, "year": 12}.get(unit, 1)


class Phase(NamedTuple):
    """A part of an order with one rhythm, and the phrase that states it."""

    every: tuple[Period, ...]
    days: tuple[Days, ...]
    times: int
    at: Literal["bedtime"] | Clock | None
    over: tuple[Over, ...]
    anew: bool
    """Whether a rhythm begins here, which the phrase must say."""
    followed: bool
    """Whether something else comes then."""
    start: Moment | None
    """Where it begins; None: with the order."""
    first: int
    """The cycle with which it begins, where that is a cycle; else 1."""
    begin: int
    """The day of the order on which it begins, where its start is a day."""
    length: Length
    total: int | None
    """The cycles of the whole order, where its duration is a number of them."""
    quote: str
    reading: Reading
    inferred: Mapping[str, str]
    place: Place

    @property
    def steps(self) -> set[int]:
        """The hours between its clock times, where all are the same."""
        times = self.at.times if isinstance(self.at, Clock) else ()
        minutes = [each.hour * 60 + each.minute for each in times]
        gaps = {later - first for first, later in pairwise(minutes)}
        return {gap // 60 for gap in gaps if gap % 60 == 0} if len(gaps) == 1 else set()

    @property
    def several(self) -> bool:
        """Whether a cycle has several doses, in each of its choices."""
        return self.times > 1 or all(len(days.numbers) > 1 for days in self.days)

    def said(self, *kinds: str) -> str:
        """Give the words of the quote that say something."""
        words = [
            word.replace(AMOUNT, "").strip()
            for kind in kinds for word in self.reading.said.get(kind, ())
        ]  # fmt: skip
        found = [shown(printed(word, self.quote)) for word in words if word]
        return " and ".join(found) or "nothing"

    def only(self, stage: Stage, quote: str, place: Place) -> Self:
        """Give a row of a table, a step, or what is given beside another order, as a phase.

        What its phrase leaves out is that of the order; what it says must agree. The rhythm of a
        row is compared by itself.
        """
        reading, row = read(quote), stage.part if isinstance(stage.part, Row) else None
        if row:
            reading = reading._replace(
                periods=frozenset(), times=frozenset(), daily=False,
                days=() if row.days else reading.days,
            )  # fmt: skip
        if stage.order.beside and stage.order.beside.when.days != (0,):
            # "Daily for 3 days" are the days around another dose.
            daily = reading.daily and not reading.counts
            reading = reading._replace(counts=frozenset(), daily=daily)
        return self._replace(
            every=stage.every, days=stage.days, times=stage.times, quote=quote, reading=reading,
            place=place,
        ).smaller  # fmt: skip

    @property
    def smaller(self) -> Self:
        """Give it as one whose phrase may say as little as a dose; what it says must agree."""
        ours = self.inferred.keys() & {"duration"}
        return self._replace(anew=True, inferred=dict.fromkeys((*_FROM_THE_ORDER, *ours), ""))


_FROM_THE_ORDER = ("every", "days", "times", "over", "at", "basis", "start")


def phases(order: Order, regimen: Regimen, place: Place) -> Iterator[tuple[Phase, list[Stage]]]:
    """Give the beginning of an order and each later start, each with its own words and doses."""
    stated = order.duration or regimen.duration
    run = stated if isinstance(stated, Run) else None
    parts = order.parts(order.every[0], order.days[0])
    for start, following in zip(parts, [*list(parts)[1:], None], strict=True):
        part, later = parts[start], order.later[start] if start else None
        stages = [each for each in order.stages if each.part == later or not (later or each.part)]
        begin = start.day if start and start.unit != "cycle" else 1
        days = following.day - begin if following and following.unit != "cycle" else None
        first = start.number if start and start.unit == "cycle" else 1
        first = order.start[0].cycle if order.start and not start else first
        cycles = following.number - (start.number if start else first) if following else None
        rest = part.run or (None if following else _rest(run, begin))
        whole = _length(part, rest, days, None if days else cycles)
        words = own_words(order, later)
        inferred: Mapping[Any, str] = later.inferred if later else order.inferred
        yield Phase(
            every=(part.every,) if later and part.anew else order.every,
            days=(part.days,) if later else order.days,
            times=part.times,
            at=part.at,
            over=order.over,
            anew=part.anew,
            followed=following is not None,
            start=start,
            first=first,
            begin=begin,
            length=whole,
            total=run.cycles if run else None,
            quote=words,
            reading=read(words),
            # What the beginning says of an infusion, a later start need not say again.
            inferred={**({"over": ""} if later else {}), **dict(inferred)},
            place=place.at("from", str(start)) if later else place,
        ), stages  # fmt: skip


def _rest(run: Run | None, begin: int) -> Run | None:
    """Give what is left of a duration in days when a later phase begins; None: not known."""
    if run is None or begin == 1:
        return run
    days = run.period.fewest_days if run.period and run.period.unit != "month" else 0
    return Run(Period(days - begin + 1, "day"), None) if days >= begin else None


def _length(part: Part, run: Run | None, days: int | None, cycles: int | None) -> Length:
    """Say how long a part goes on: ``days`` or ``cycles`` until the next, else as the run says."""
    months, doses = None, None
    if run:
        cycles, doses = run.cycles, run.doses
        days = run.period.fewest_days if run.period and run.period.unit != "month" else None
        months = run.period.number if run.period and run.period.unit == "month" else None
    upto = run.upto if run and run.period and run.period.unit == "day" else None
    each, a_cycle = part.every.fewest_days, len(part.days.numbers) * part.times
    if part.every == ONCE:
        return Length(days, months, 1, doses or a_cycle)
    if part.every.unit == "month":
        months = months or (cycles * part.every.number if cycles else None)
        cycles = cycles or (months // part.every.number if months else None)
    elif days and days % each == 0:
        cycles = days // each
    elif cycles:
        days = cycles * each
    elif doses and doses % a_cycle == 0:
        cycles, days = doses // a_cycle, doses // a_cycle * each
    return Length(days, months, cycles, doses or (cycles * a_cycle if cycles else None), upto)
