"""What has been heard of a phrase so far, and how each kind of phrase is kept."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from posology.model import Period
from posology.quantity import Quantity

AMOUNT = "¤"
"""Stands in a text for an amount that has been read."""


@dataclass
class Heard:
    """What has been read so far; ``reading.Reading`` says what each part means."""

    amounts: list[Quantity] = field(default_factory=list)
    limits: list[Quantity] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)
    periods: set[Period] = field(default_factory=set)
    typed: set[str] = field(default_factory=set)
    times: set[int] = field(default_factory=set)
    days: list[int] = field(default_factory=list)
    counts: set[int] = field(default_factory=set)
    repeats: set[int] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    compared: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    hours: set[int] = field(default_factory=set)
    weekly: set[int] = field(default_factory=set)
    weekdays: list[str] = field(default_factory=list)
    rests: set[int] = field(default_factory=set)
    weeks: list[int] = field(default_factory=list)
    spans: list[tuple[str, int, int]] = field(default_factory=list)
    """From which week or cycle to which."""
    over: list[tuple[int, int]] = field(default_factory=list)
    volumes: list[Quantity] = field(default_factory=list)
    totals: list[Quantity] = field(default_factory=list)
    ranges: list[tuple[Quantity, Quantity]] = field(default_factory=list)
    clock: list[str] = field(default_factory=list)
    beside: list[int | range | tuple[int, ...]] = field(default_factory=list)
    """Minutes from another dose, or days around it."""
    after: set[int] = field(default_factory=set)
    """Days after which something begins; 0 where they are months."""
    shares: set[int] = field(default_factory=set)
    others: list[Quantity] = field(default_factory=list)
    """Amounts of something else, or the same amount once more in another unit."""
    said: dict[str, list[str]] = field(default_factory=dict)
    """The words themselves, by what they say: rhythm, times, days, run, …"""
    moments: set[str] = field(default_factory=set)
    """The parts of the day that are named, such as morning; of "morning or evening" the first."""
    also: bool = False
    """Whether one of them comes beside what is said before: "and at bedtime"."""
    daily: bool = False
    per_day: bool = False
    per_cycle: bool = False
    shared: bool = False
    consecutive: bool = False
    once: bool = False

    def period(self, number: int, unit: str) -> None:
        """Keep a rhythm, with weeks as days, so that 4 weeks and 28 days are one."""
        name = {"d": "day", "w": "week", "m": "month", "c": "cycle"}[unit[0]]
        self.typed.add(f"{number} {name}{'s' if number > 1 else ''}")
        if name == "week":
            number, name = number * 7, "day"
        if (number, name) == (1, "day"):
            self.daily = True
        elif name != "cycle":
            self.periods.add(Period(number, name))  # type: ignore[arg-type]  # of the three

    def a_day(self, times: int) -> None:
        """Keep how many times a day."""
        self.times.add(times)
        self.daily = True


Keep = Callable[[Heard, re.Match[str]], object]
"""Keeps what a phrase says; a text that it gives back stays, to be refused."""
LATIN = {"bid": 2, "bd": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4, "od": 1, "om": 1}
"""Times a day; dots are taken out before."""
_MOST_TIMES = 24


def flag(name: str) -> Callable[[Heard, re.Match[str]], object]:
    """Keep that something is said."""
    return lambda heard, _: setattr(heard, name, True)


def keep_per_day(heard: Heard, _: re.Match[str]) -> None:
    """Keep that an amount is for a day."""
    heard.per_day = heard.daily = True


def keep_list_of_days(heard: Heard, found: re.Match[str]) -> None:
    """Keep days such as 1-4, 9-12; days that do not rise are kept as they are, to be refused.

    Where the first is day 0, the source counts from it: its day 14 is the fifteenth.
    """
    later = 1 if re.match(r"0\b", found[1]) else 0
    if later:
        heard.said.setdefault("day 0", []).append(found[0])
    for part in re.findall(r"\d+(?: ?(?:-|to|through) ?(?:days? ?|d)?\d+)?", found[1]):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        days = range(first, last[0] + 1) if last and last[0] > first else [first, *last]
        heard.days.extend(day + later for day in days)


def keep_hours(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep hours that divide a day, or that days divide; leave any other to be refused."""
    hours = int(found[1] or found[2])
    if 24 % hours == 0:
        heard.hours.add(hours)
        heard.a_day(24 // hours)
        heard.typed.add(f"{hours} hour{'s' if hours > 1 else ''}")
    elif hours % 24 == 0:
        heard.period(hours // 24, "day")
        heard.typed = {f"{hours} hours"}
    else:
        return found[0]
    return None


def keep_every_hour(heard: Heard, _: re.Match[str]) -> None:
    """Keep that it is given each hour."""
    heard.hours.add(1)
    heard.a_day(24)


def keep_apart(heard: Heard, found: re.Match[str]) -> None:
    """Keep how long before or after another dose, in minutes; a range where one is said."""
    unit = {"m": 1, "h": 60, "d": 1440}[found[3][0]] * (1 if found[4] == "after" else -1)
    first, last = sorted(int(each) * unit for each in (found[1] or found[2], found[2]))
    heard.beside.append(range(first, last + 1) if found[1] else first)


def keep_after(heard: Heard, found: re.Match[str]) -> None:
    """Keep how many days after something it begins; months have no number of days."""
    days = {"d": 1, "w": 7, "m": 0}[found[2][0]]
    heard.after.add(int(found[1]) * days)


def keep_times(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep how often a day; leave what is more than hourly."""
    times = int(found[1])
    if times > _MOST_TIMES:
        return found[0]
    heard.a_day(times)
    return None


def keep_latin(heard: Heard, found: re.Match[str]) -> None:
    """Keep an abbreviation such as bd; "od" may be misread."""
    heard.a_day(LATIN[found[0]])
    if found[0] == "od":
        heard.marked.append("od")


def keep_parts(heard: Heard, found: re.Match[str]) -> None:
    """Keep in how many doses an amount is shared."""
    heard.shared = True
    heard.times.add(int(found[1]))


def keep_counted(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep a number of days: of "2 to 5 days" each, of "4 or 5 days" both; leave "5 to 2 days"."""
    first, *last = [int(number) for number in found.groups() if number]
    every = last and re.search(r"\d ?(?:-|to) ?\d", found[0])  # "2 to 5 days" is 2, 3, 4 or 5
    if every and last[0] <= first:
        return found[0]
    heard.counts.update(range(first, last[0] + 1) if every else [first, *last])
    heard.consecutive |= "consecutive" in found[0]
    return None


def keep_over(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep over how many days an amount is shared."""
    heard.shared = True
    return keep_counted(heard, found)


def keep_weekly(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep how often a week; once a week is a rhythm of its own."""
    word = found[1] or found[2]
    times = {"twice": 2, "thrice": 3}.get(word) or int(word)
    if not 1 < times < 8:  # noqa: PLR2004 - once, or more often than daily
        return found[0]
    heard.weekly.add(times)
    return None


def keep_moment(heard: Heard, found: re.Match[str]) -> None:
    """Keep a part of the day; "in the morning with breakfast" is one."""
    parts = found.groupdict()
    also = parts.pop("also")
    if also != "or":
        heard.moments.update(name for name, words in parts.items() if words)
    heard.also |= also == "and"
    heard.daily = True


_DAYS_OF_A_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def keep_weekdays(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep the days from one day of the week to another; leave "Friday to Monday"."""
    first, last = (_DAYS_OF_A_WEEK.index(name) for name in found.groups())
    if last <= first:
        return found[0]
    heard.weekdays.extend(_DAYS_OF_A_WEEK[first : last + 1])
    return None


def keep_an_hour(heard: Heard, _: re.Match[str]) -> None:
    """Keep that one infusion takes an hour."""
    heard.over.append((60, 60))


def keep_rest(heard: Heard, found: re.Match[str]) -> None:
    """Keep how many days at the end of a cycle are free."""
    heard.rests.add(int(found[1]) * {"d": 1, "w": 7}[found[2][0]])


def keep_on(heard: Heard, found: re.Match[str]) -> None:
    """Keep how many days of a cycle are not free."""
    heard.counts.add(int(found[1]) * {"d": 1, "w": 7}[found[2][0]])
    heard.said.setdefault("on", []).append(found[0])


def keep_separated(heard: Heard, found: re.Match[str]) -> None:
    """Keep the days of doses that are so far apart: "2 infusions separated by 2 weeks"."""
    step = int(found[2]) * {"d": 1, "w": 7}[found[3][0]]
    heard.days.extend(1 + step * number for number in range(int(found[1])))


def keep_span(heard: Heard, found: re.Match[str]) -> None:
    """Keep from which week or cycle to which it goes on."""
    heard.spans.append((found[1], int(found[2]), int(found[3])))


def keep_cycles(heard: Heard, found: re.Match[str]) -> None:
    """Keep how many cycles of so many weeks: "9 6-week treatment cycles"."""
    heard.runs.add(f"{found[1]} cycles")
    heard.period(int(found[2]), "week")


def keep_at_least(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep the shortest time that an infusion may take."""
    heard.said.setdefault("over at least", []).append(found[0].strip())
    return keep_lasts(heard, found)


def keep_weeks(heard: Heard, found: re.Match[str]) -> None:
    """Keep the weeks of a list."""
    heard.weeks.extend(int(number) for number in re.findall(r"\d+", found[0]))


def keep_lasts(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep how long one infusion takes, in minutes, from and to; leave "60 to 30 minutes"."""
    minutes = 60 if found[3].startswith("h") else 1
    low, high = int(found[1]), int(found[2] or found[1])
    if high < low:
        return found[0]
    heard.over.append((low * minutes, high * minutes))
    return None


def keep_both(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep two rhythms, as in "every 3 to 4 weeks"; leave "every 4 to 3 weeks"."""
    if int(found[2]) <= int(found[1]):
        return found[0]
    heard.period(int(found[1]), found[3])
    heard.period(int(found[2]), found[3])
    return None


def keep_compared(heard: Heard, found: re.Match[str]) -> None:
    """Keep a comparison."""
    heard.compared.append(found[0])
