"""Lengths of time, rhythms, durations, days of a cycle and clock times, each read from its text."""

import re
from datetime import date, time
from itertools import combinations
from typing import Literal, NamedTuple, Self

from posology.errors import QuantityError
from posology.model.kinds import WEEKDAYS
from posology.text import shown

HOURS_A_DAY = 24


class Period(NamedTuple):
    """A length of calendar time: a number of days, weeks or months.

    As the rhythm of an order it may be a number of hours that divide a day, or ``once``.
    """

    number: int
    unit: Literal["hour", "day", "week", "month", "once"]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``1 month`` or ``4 weeks``."""
        found = re.fullmatch(r"([1-9][0-9]{0,2}) (day|week|month)s?", text)
        if not found or (found[1] == "1") == text.endswith("s"):
            msg = (
                f"{shown(text)} is not a period; write a whole number from 1 to 999, one space "
                'and days, weeks or months, as in "4 weeks" or "1 month"'
            )
            raise QuantityError(msg)
        return cls(int(found[1]), found[2])  # type: ignore[arg-type]  # the pattern holds it

    def __str__(self) -> str:
        """Write it as it is read."""
        if self.unit == "once":
            return "once"
        return f"{self.number} {self.unit}{'s' if self.number > 1 else ''}"

    @property
    def fewest_days(self) -> int:
        """The smallest number of days it can have; a month has at least 28.

        Hours repeat each day. What is given once has the longest cycle that can be written.
        """
        days = {"hour": 0, "day": 1, "week": 7, "month": 28, "once": 999}
        return self.number * days[self.unit] or 1

    @property
    def times(self) -> int:
        """How many times a day a rhythm in hours is; 1 for any other."""
        return HOURS_A_DAY // self.number if self.unit == "hour" else 1


ONCE = Period(1, "once")
"""The rhythm of what is given in one cycle alone."""


class Every:
    """Reads the rhythm of an order: a period, hours, or ``once``."""

    @staticmethod
    def parse(text: str) -> Period:
        """Read ``4 weeks``, ``8 hours`` or ``once``."""
        if text == "once":
            return ONCE
        found = re.fullmatch(r"([1-9][0-9]?) hours?", text)
        if found is None and (meant := _SAID.get(text.lower().replace(".", ""))):
            raise QuantityError(f"{shown(text)} is not a rhythm here; write {meant}")
        if found is None:
            return Period.parse(text)
        hours = Period(int(found[1]), "hour")
        if HOURS_A_DAY % hours.number or hours.number == HOURS_A_DAY or text != str(hours):
            msg = (
                f"{shown(text)} does not divide a day; write 1 hour, 2, 3, 4, 6, 8 or 12 hours, or "
                'days, as in "2 days"'
            )
            raise QuantityError(msg)
        return hours


_SAID = {
    "daily": "1 day", "od": "1 day", "qd": "1 day", "once daily": "1 day",
    **dict.fromkeys(("bd", "bid", "twice daily"), "1 day, and times: 2"),
    **dict.fromkeys(("tds", "tid", "three times daily"), "1 day, and times: 3"),
    **dict.fromkeys(("qds", "qid", "four times daily"), "1 day, and times: 4"),
    **dict.fromkeys(("alternate days", "every other day", "qod"), "2 days"),
    "weekly": "1 week", "fortnightly": "2 weeks", "every week": "1 week", "every day": "1 day",
    "monthly": "1 month, 4 weeks, or both as a choice: 1 month or 4 weeks",
    "every month": "1 month, 4 weeks, or both as a choice: 1 month or 4 weeks",
    "q8h": "8 hours", "q12h": "12 hours", "q6h": "6 hours", "q4h": "4 hours", "q3w": "3 weeks",
    "q2w": "2 weeks", "q4w": "4 weeks",
}  # fmt: skip
"""Words for a rhythm, and how it is written in a file."""
_MOST_PERIODS = 30
"""Between so many periods one may be chosen."""


class Run(NamedTuple):
    """How long an order goes on: a period, or a number of its own cycles or of its doses."""

    period: Period | None
    cycles: int | None
    at_most: bool = False
    doses: int | None = None
    upto: int | None = None
    """The longest of the periods of which one is chosen: 21 for ``14 to 21 days``."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``6 months``, ``at most 12 cycles``, ``6 doses`` or ``14 to 21 days``."""
        if between := re.fullmatch(r"([1-9][0-9]?) to ([1-9][0-9]?) (days|weeks|months)", text):
            first, last = int(between[1]), int(between[2])
            if not first < last <= first + _MOST_PERIODS:
                msg = f"{shown(text)} offers none, or more than {_MOST_PERIODS + 1} lengths"
                raise QuantityError(msg)
            unit = between[3] if first > 1 else between[3].removesuffix("s")
            return cls(Period.parse(f"{first} {unit}"), None, upto=last)
        found = re.fullmatch(r"(at most )?([1-9][0-9]{0,2}) (cycle|dose)(s?)", text)
        if found is None or (found[1] and found[3] == "dose"):
            return cls(Period.parse(text), None)
        if found[3] == "dose":
            return cls(None, None, doses=int(found[2]))
        return cls(None, int(found[2]), bool(found[1]))

    def __str__(self) -> str:
        """Write it as it is read."""
        if self.period is not None and self.upto:
            return f"{self.period.number} to {self.upto} {self.period.unit}s"
        if self.period is not None:
            return str(self.period)
        number, unit = (self.doses, "dose") if self.doses else (self.cycles, "cycle")
        return f"{'at most ' if self.at_most else ''}{number} {unit}{'s' if number != 1 else ''}"

    @property
    def lengths(self) -> tuple[Self, ...]:
        """The lengths of which one is chosen; itself where none is."""
        if self.period is None or self.upto is None:
            return (self,)
        numbers = range(self.period.number, self.upto + 1)
        return tuple(
            self._replace(period=Period(each, self.period.unit), upto=None) for each in numbers
        )


class Days(NamedTuple):
    """Days of a cycle, day 1 being the first, with the text they were written in.

    Days of the week count from a Monday in ``numbers``; ``of`` counts them from the first day.
    """

    text: str
    numbers: tuple[int, ...]
    weekdays: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``1-5``, ``1``, ``1-4, 9-12`` or ``Mon, Wed, Fri``, in rising order."""
        parts, numbers = text.split(", "), list[int]()
        if parts[0] in WEEKDAYS:
            numbers = [WEEKDAYS.index(part) + 1 if part in WEEKDAYS else 0 for part in parts]
            if 0 in numbers or numbers != sorted(set(numbers)):
                msg = f'{shown(text)} are not days of the week; write them as in "Mon, Wed, Fri"'
                raise QuantityError(msg)
            return cls(text, tuple(numbers), weekdays=True)
        for part in parts:
            found = re.fullmatch(r"([1-9][0-9]{0,2})(?:-([1-9][0-9]{0,2}))?", part)
            first = int(found[1]) if found else 0
            last = int(found[2] or first) if found else 0
            if not 0 < first <= last or (numbers and first <= numbers[-1]):
                msg = (
                    f"{shown(text)} are not days of a cycle; write them in rising order, "
                    'as in "1-5" or "1-4, 9-12", or days of the week, as in "Mon, Wed, Fri"'
                )
                raise QuantityError(msg)
            numbers.extend(range(first, last + 1))
        return cls(text, tuple(numbers))

    def of(self, begin: date) -> tuple[int, ...]:
        """Number the days of a cycle that begins on a day.

        >>> Days.parse("Mon, Fri").of(date(2027, 1, 13))
        (3, 6)
        """
        if not self.weekdays:
            return self.numbers
        return tuple(sorted((day - 1 - begin.weekday()) % 7 + 1 for day in self.numbers))

    def __str__(self) -> str:
        """Write them as they are read."""
        return self.text


FIRST_DAY = Days("1", (1,))


def days_of_the_week(number: int) -> tuple[Days, ...]:
    """List every way to choose so many days of the week."""
    return tuple(Days.parse(", ".join(each)) for each in combinations(WEEKDAYS, number))


class Over(NamedTuple):
    """How long one infusion takes, with the text it was written in."""

    text: str
    minutes: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``3 hours`` or ``30 minutes``."""
        found = re.fullmatch(r"([1-9][0-9]{0,2}) (minute|hour)(s?)", text)
        if found is None or (found[1] == "1") == bool(found[3]):
            msg = (
                f'{shown(text)} is not how long an infusion takes; write "3 hours" or "30 minutes"'
            )
            raise QuantityError(msg)
        return cls(text, int(found[1]) * {"minute": 1, "hour": 60}[found[2]])

    def __str__(self) -> str:
        """Write it as it is read."""
        return self.text


class Offset(NamedTuple):
    """When a dose is given beside that of another order: on days around it, or minutes from it."""

    text: str
    days: tuple[int, ...] = ()
    """0 is its day, 1 the day after, -1 the day before."""
    minutes: int = 0
    """From its hour; negative: before it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``the same time``, ``30 minutes before``, ``24 hours after``, ``days -1, 0, 1``."""
        if text == "the same time":
            return cls(text, (0,))
        if days := re.fullmatch(r"days? (-?\d{1,2}(?:, -?\d{1,2})*)", text):
            numbers = [int(part) for part in days[1].split(", ")]
            if numbers == sorted(set(numbers)):
                return cls(text, tuple(numbers))
        found = re.fullmatch(r"([1-9][0-9]{0,2} (?:minute|hour)s?) (before|after)", text)
        if found is None:
            msg = (
                f'{shown(text)} is no time beside another dose; write "30 minutes before", '
                '"24 hours after", "the same time", or days around it: "days -1, 0, 1"'
            )
            raise QuantityError(msg)
        minutes = Over.parse(found[1]).minutes * (1 if found[2] == "after" else -1)
        return cls(text, (minutes // (60 * HOURS_A_DAY) if minutes > 0 else 0,), minutes)

    @property
    def timed(self) -> bool:
        """Whether it is a time beside each dose, and not a day beside that of a dose."""
        return bool(self.minutes) or self.text == "the same time"

    @property
    def lead(self) -> int:
        """How many days before the other dose the first one falls."""
        return max(0, -self.days[0])

    def around(self, days: Days) -> Days:
        """Give the days of a cycle that begins ``lead`` days before that of the other order."""
        numbers = {day + apart + self.lead for day in days.numbers for apart in self.days}
        return days if self.days == (0,) else Days(f"{self} of {days}", tuple(sorted(numbers)))

    def __str__(self) -> str:
        """Write it as it is read."""
        return self.text


class Clock(NamedTuple):
    """The clock times of the doses of one day, in rising order."""

    times: tuple[time, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``08:00`` or ``08:00, 20:00``."""
        parts = text.split(", ")
        good = all(re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", part) for part in parts)
        if not good or parts != sorted(set(parts)):
            msg = f'{shown(text)} are not clock times; write them in rising order: "08:00, 20:00"'
            raise QuantityError(msg)
        return cls(tuple(time.fromisoformat(part) for part in parts))

    def __str__(self) -> str:
        """Write them as they are read."""
        return ", ".join(f"{moment:%H:%M}" for moment in self.times)
