"""What a text says of a dose: amounts, rhythm, days, times a day, routes, sharing.

One reader for the quotes of regimens and for questions. Every digit, sign and word of a rhythm is
taken out as it is read (``phrases``). What is left over is kept in ``rest``, and ``unread``
names the first part of it that a dose could hang on, so that nothing is dropped without a word.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from posology.checks.amounts import without_amounts
from posology.checks.clinical import passed_over
from posology.checks.heard import AMOUNT, Heard
from posology.checks.phrases import hear, rises
from posology.model import Period
from posology.quantity import Quantity

LONGEST = 400
"""The most characters of a text that is read; as many as a quote may have."""
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_UNREAD = re.compile(
    r"[<>≤≥~±^*×+%#]|\b(?:every|q) ?\d[\d.,]* ?[a-z]*"
    r"|\b(?:q\.?o\.?d\.?|q\.?d\.?|eod|hs|prn|times?|twice|thrice|every|except|other|alternate"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|\w*-?weekly|\w*-?monthly|semi-?\w*|q\d*\w?|x"
    r"|\w+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|half|double|dozen"
    r"|quarter)\b|\S*\d[\d.,/'-]*(?: ?[a-z]+)?"
)


_BEYOND = (
    "range", "clock", "hourly", "beside", "share", "needed", "proviso", "rest", "weekdays",
    "weeks", "span", "alternating", "over", "times a week", "day 0", "on", "start",
    "limit of time", "most times",
    "others",
)  # fmt: skip


class Reading(NamedTuple):
    """What a text says."""

    amounts: tuple[Quantity, ...]
    limits: tuple[Quantity, ...]
    """Amounts that are not to be exceeded: "up to 24 mg"."""
    routes: frozenset[str]
    periods: frozenset[Period]
    """The rhythms that are longer than a day."""
    typed: tuple[str, ...]
    """The rhythms as they are written: "3 weeks", "8 hours"."""
    daily: bool
    times: frozenset[int]
    """Times a day, if the text says more than "daily"."""
    days: tuple[int, ...]
    """The days of the cycle, if the text lists them."""
    counts: frozenset[int]
    """Numbers of days, if the text counts them: 4 and 5 for "4-5 days"."""
    repeats: frozenset[int]
    """Numbers of doses: 5 for "x5"."""
    runs: frozenset[str]
    """How long the whole goes on: "6 months"."""
    compared: tuple[str, ...]
    """Comparisons, as in "≤75 years", and the cycles from which something holds."""
    consecutive: bool
    per_day: bool
    """Whether an amount is stated for a day, such as "2 mg/day"."""
    per_cycle: bool
    """Whether an amount is stated for a cycle, a week or a month, such as "2 g/kg per month"."""
    shared: bool
    """Whether one amount is divided over days or doses."""
    hours: frozenset[int]
    """Hours between two doses, as in "every 8 hours"."""
    weekly: frozenset[int]
    """Times a week, if more than one."""
    weekdays: tuple[str, ...]
    rests: frozenset[int]
    """Days without the drug at the end of a cycle: 7 for "1 week off"."""
    weeks: tuple[int, ...]
    """The weeks that the text lists, as it counts them: from 0 or from 1."""
    spans: tuple[tuple[str, int, int], ...]
    """From which week or cycle to which: ("cycle", 1, 4)."""
    over: tuple[tuple[int, int], ...]
    """How long one infusion takes, in minutes, from and to."""
    volumes: tuple[Quantity, ...]
    """What a dose is diluted in."""
    totals: tuple[Quantity, ...]
    """What all doses make together."""
    ranges: tuple[tuple[Quantity, Quantity], ...]
    """Doses from and to."""
    clock: tuple[str, ...]
    """Clock times, such as 07:00."""
    beside: tuple[int | range | tuple[int, ...], ...]
    """Minutes from a dose of another drug, from and to, or days around it: -30, or 0 and 1."""
    after: frozenset[int]
    """Days after which it begins: 21 for "3 weeks later"; 0 where they are months."""
    shares: frozenset[int]
    """Parts of a dose of another drug, in percent."""
    said: Mapping[str, tuple[str, ...]]
    """The words of the text, by what they say."""
    once: bool
    """Whether one single dose is meant: "stat"."""
    marked: tuple[str, ...]
    """What is read, and can be misread in print: "od", "1.0 mg"."""
    rest: str
    """What no reading has taken, in small letters."""
    unread: str
    """The first part of the rest that looks like a number, a sign or a rhythm; or nothing."""

    @property
    def beyond(self) -> str:
        """The first phrase that only an order can hold, not a dose that is asked; or nothing."""
        return next((self.said[says][0] for says in _BEYOND if says in self.said), "")


def canonical(period: Period) -> Period:
    """Write weeks as days, so that 4 weeks and 28 days are one."""
    return Period(period.number * 7, "day") if period.unit == "week" else period


@lru_cache(maxsize=4096)
def read(quote: str) -> Reading:
    """Read a text of at most ``LONGEST`` characters.

    >>> reading = read("40 mg daily on days 1-4 every 28 days, divided")
    >>> reading.days, [str(each) for each in reading.periods], reading.daily, reading.shared
    ((1, 2, 3, 4), ['28 days'], True, True)
    >>> read("1 200 mcg daily").unread, read("100 mg 4 a day").times
    ('1', frozenset({4}))
    """
    heard, text = Heard(), plain(quote[:LONGEST])
    strange = f"more than {LONGEST} characters" if len(quote) > LONGEST else _strange(text)
    text = without_amounts(text, heard)
    text = hear(text, heard)
    if heard.rests and len(heard.counts) == 1 and not heard.periods:
        # "3 weeks on, 1 week off" is a cycle of four.
        heard.periods.add(Period(min(heard.counts) + min(heard.rests), "day"))
    rest = " ".join(text.replace(AMOUNT, " ").split())
    left = _UNREAD.search(rest) or passed_over(" ".join(text.split()), heard)
    out_of_order = "" if rises(heard.days) else f"days {', '.join(map(str, heard.days))}"
    return Reading(
        amounts=tuple(heard.amounts),
        limits=tuple(heard.limits),
        routes=frozenset(heard.routes),
        periods=frozenset(heard.periods),
        typed=tuple(sorted(heard.typed)),
        daily=heard.daily,
        times=frozenset(_times(heard)),
        days=tuple(heard.days),
        counts=frozenset(heard.counts),
        repeats=frozenset(heard.repeats),
        runs=frozenset(heard.runs),
        compared=tuple(heard.compared),
        consecutive=heard.consecutive,
        per_day=heard.per_day,
        per_cycle=heard.per_cycle,
        shared=heard.shared,
        hours=frozenset(heard.hours),
        weekly=frozenset(heard.weekly),
        weekdays=tuple(heard.weekdays),
        rests=frozenset(heard.rests),
        weeks=tuple(heard.weeks),
        spans=tuple(heard.spans),
        over=tuple(heard.over),
        volumes=tuple(heard.volumes),
        totals=tuple(heard.totals),
        ranges=tuple(heard.ranges),
        clock=tuple(heard.clock),
        beside=tuple(heard.beside),
        after=frozenset(heard.after),
        shares=frozenset(heard.shares),
        said={says: tuple(words) for says, words in heard.said.items()},
        once=heard.once,
        marked=tuple(heard.marked),
        rest=rest,
        unread=strange or (left[0] if left else out_of_order),
    )


def _times(heard: Heard) -> set[int]:
    """Give the times a day: as stated, else as many as parts of the day are named.

    "Three times daily and at bedtime" says two numbers; "once daily with breakfast" says one.
    """
    named = {len(heard.moments)} if heard.moments else set()
    return heard.times | (named if heard.also or not heard.times else set())


_HEADER = re.compile(r"\(((?:g|mg|mcg)/(?:day|d))\)")


def plain(text: str) -> str:
    """Write a text in small letters, with plain hyphens, blanks, units, and numbers as digits."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text.lower()).replace("≥", " ≥ ")
    text = re.sub(r"[\u00b5\u03bc]", "u", text)
    text = re.sub(r"\u00d7 ?(?=\d+ (?:day|week|month|dose|cycle)s?\b)", "x ", text)
    text = re.sub(r"(?<=kg/)mo\b", "month", text)
    text = re.sub(r"(?<=/)m 2(?![\d.])", "m2", text)  # as a printed square is copied
    text = re.sub(r"\bm(?:²|\^2)|\bsquare met(?:re|er)s?\b", "m2", text)
    text = re.sub(
        r"(?<![\w.])(?:[a-z]\.)+[a-z]\b\.?", lambda found: found[0].replace(".", ""), text
    )
    if table := _HEADER.search(text):  # the unit stands above the column
        text = re.sub(r"\| ?(\d+(?:\.\d+)?)\b", rf"| \1 {table[1]}", text.replace(table[0], ""))
    text = re.sub(r"\bfirst day of\b", "day 1 of", text)
    # A column of a table: its head, then its cell.
    text = re.sub(r"\b(days?) … (?=\d+(?:(?:, | and |, and | to |-)\d+)*(?: …|$))", r"\1 ", text)
    words = "|".join(_NUMBERS)
    # "two- 1000 mg infusions" are two of them, neither a range nor 21,000 mg.
    text = re.sub(rf"\b({words})(?:-? |-)(?=\d[\d,]* ?(?:mg|g|mcg)\b)", r"\1 of ", text)
    text = re.sub(rf"\b({words})\b", lambda found: str(_NUMBERS.index(found[0])), text)
    return " ".join(text.split())


def printed(words: str, quote: str) -> str:
    """Give words that were read, in small letters and digits, as the quote has them."""
    signs = [
        rf"(?:{sign}|{_NUMBERS[int(sign)]})" if sign.isdecimal() and int(sign) < len(_NUMBERS)
        else r"\.?".join(map(re.escape, sign))
        for sign in words.split(" ")
    ]  # fmt: skip
    found = re.search(r"\s+".join(signs) + r"\.?", quote, re.IGNORECASE)
    return found[0] if found else words


_CHANGES = re.compile(
    r"\b(?:then|thereafter|followed by|afterwards?|subsequently"
    r"|(?:increas|decreas|reduc|escalat|titrat|taper|rais|lower)(?:e|ed|ing|es)?(?: (?:to|by))?)\b"
    r"(?! (?:a |an )?\d+[- ](?:day|week)s?(?: of)?[- ](?:rest|off|break|pause)\b)"
)


def parts_in_time(text: str) -> tuple[list[str], str]:
    """Divide a text where it says that something changes later; and give the first such word.

    >>> parts_in_time("6 mg once, followed by 2 mg daily")
    (['6 mg once,', '2 mg daily'], 'followed by')
    """
    text = plain(text)
    found = _CHANGES.search(text)
    parts = [part.strip() for part in _CHANGES.split(text)]
    return [part for part in parts if re.search(r"\w", part)], found[0] if found else ""


def printed_amounts(quote: str, *, limits: bool = False) -> list[Quantity]:
    """List the amounts of a drug that stand in a quote as whole tokens.

    Leaves out ends of ranges, concentrations, and amounts per something unknown, which are no
    doses. Leaves out upper limits too, unless ``limits`` is set.

    >>> printed_amounts("11 mg and 200 µg twice daily, 2 g/kg per month")
    [Quantity('11 mg'), Quantity('200 mcg'), Quantity('2 g/kg')]
    >>> printed_amounts("0.5-1 mg, 1 to 2 mg, up to 3 mg, 4 mg/mL, 1 200 mg")
    []
    """
    heard = Heard()
    without_amounts(plain(quote), heard)
    return [*heard.amounts, *(heard.limits if limits else ())]


def _strange(text: str) -> str:
    """Find a character that may be a number to somebody, or that nobody sees."""
    seen = (c for c in text if c == AMOUNT or not c.isprintable() or c.isnumeric() > c.isascii())
    return next(seen, "")
