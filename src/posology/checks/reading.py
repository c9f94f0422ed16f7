"""What a quote says, read as whole tokens: amounts, rhythm, days, times a day, routes, sharing.

Each phrase is removed once it is read, so that no word counts twice: the "daily" in "3 times
daily" is not a second rhythm. A word that looks like a rhythm and cannot be read is kept, so that
a check refuses it instead of guessing.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from posology.errors import QuantityError
from posology.model import Period
from posology.quantity import Quantity

_UNITS = {
    "microgram": "mcg", "micrograms": "mcg", "ug": "mcg", "µg": "mcg", "μg": "mcg", "mcg": "mcg",
    "milligram": "mg", "milligrams": "mg", "mg": "mg", "gram": "g", "grams": "g", "g": "g",
    "ng": "ng", "iu": "IU", "units": "unit", "ml": "mL", "tablet": "tablet", "tablets": "tablet",
    "capsule": "capsule", "capsules": "capsule",
}  # fmt: skip
_ROUTES = {
    "oral": r"oral|orally|by mouth|p\.?o\.?|per os",
    "intravenous": r"intravenous|intravenously|i\.?v\.?|ivig|hdivig",
    "subcutaneous": r"subcutaneous|subcutaneously|s\.?c\.?|subcut",
    "intramuscular": r"intramuscular|intramuscularly|i\.?m\.?",
}
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8}
_A_DAY = r"(?:daily|a day|per day|each day|every day|/ ?day|/d\b)"
_LATIN = {
    "b.i.d.": 2, "bid": 2, "bd": 2, "t.i.d.": 3, "tid": 3, "tds": 3,
    "q.i.d.": 4, "qid": 4, "qds": 4,
}  # fmt: skip
_LONG = {"day": "day", "d": "day", "week": "week", "wk": "week", "month": "month", "cycle": "cycle"}
_UNREAD = (
    r"\b(?:q\.?o\.?d\.?|q\.?d\.?|prn|times|twice|thrice|\d+x|x\d+|every|q\d+\w*|except|other"
    r"|\d+ (?:doses|injections|administrations)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|weeks? \d[\d-]*|alternate|\w*-?weekly|\w*-?monthly|semi-?\w*)\b"
    r"|\d+ ?[x×]|\d-\d-\d|\d,(?!\d{3}(?!\d))\d"
)


class Reading(NamedTuple):
    """What a quote says."""

    amounts: tuple[Quantity, ...]
    routes: frozenset[str]
    periods: frozenset[Period]
    """The rhythms that are longer than a day."""
    daily: bool
    times: frozenset[int]
    """Times a day, if the quote says more than "daily"."""
    days: tuple[int, ...]
    """The days of the cycle, if the quote lists them."""
    counts: frozenset[int]
    """Numbers of days, if the quote counts them: 4 and 5 for "4-5 days"."""
    consecutive: bool
    per_day: bool
    """Whether an amount is stated for a day, such as "2 mg/day"."""
    shared: bool
    """Whether one amount is divided over days or doses."""
    unread: str
    """A word that looks like a rhythm and could not be read, or nothing."""


def canonical(period: Period) -> Period:
    """Write weeks as days, so that 4 weeks and 28 days are one."""
    return Period(period.number * 7, "day") if period.unit == "week" else period


@lru_cache(maxsize=4096)
def read(quote: str) -> Reading:
    """Read a quote.

    >>> reading = read("40 mg daily on days 1-4 every 28 days, over 2 days")
    >>> reading.days, [str(each) for each in reading.periods], reading.daily, reading.shared
    ((1, 2, 3, 4), ['28 days'], True, True)
    """
    text = plain(quote)
    amounts = printed_amounts(quote)
    routes = frozenset(name for name, words in _ROUTES.items() if _stands(words, text))
    shared = bool(
        re.search(r"\b(?:over (?:a course of )?\d|divided|split|distributed|in equal)", text)
    )
    per_day = bool(
        re.search(rf"(?:{_NAMES})(?:/kg|/m2|/m²)? ?(?:/ ?day|/d\b|per day)|daily dose", text)
    )
    times: set[int] = set()
    periods: set[Period] = set()
    text = _times_a_day(text, times, periods)
    text = _periods(text, periods)
    days: list[int] = []
    text = _take(
        rf"\b(\d+) ?[x×] ?(?=\d[\d.]* ?(?:{_NAMES})\b)",
        text,
        lambda found: times.add(int(found[1])),
    )
    item = r"\d+(?: ?(?:-|to|through) ?(?:days? ?|d)?\d+)?"
    text = _take(
        rf"(?:\bdays?|\bd) ?({item}(?:(?: ?,? ?(?:and|&) |, ?){item})*)",
        text,
        lambda found: days.extend(_numbers(found[1])),
    )
    counts: set[int] = set()
    consecutive = "consecutive" in text
    text = _take(
        r"\b(\d+)(?: ?(?:-|to|or) ?(\d+))? (?:consecutive )?days?\b",
        text,
        lambda found: counts.update(int(number) for number in found.groups() if number),
    )
    daily = bool(times) or _stands(rf"{_A_DAY}|nightly|at bedtime", text)
    text = _take(rf"{_A_DAY}", text, lambda _: None)
    unread = re.search(_UNREAD, re.sub(r"\d{1,3}(?:,\d{3})+", " ", text))
    return Reading(
        amounts=tuple(amounts),
        routes=routes,
        periods=frozenset(periods),
        daily=daily,
        times=frozenset(times),
        days=tuple(days),
        counts=frozenset(counts),
        consecutive=consecutive,
        per_day=per_day,
        shared=shared,
        unread=unread[0] if unread else "",
    )


def _times_a_day(text: str, times: set[int], periods: set[Period]) -> str:
    """Read how often a day: "3 times daily", "b.i.d.", "every 12 hours", "morning and evening"."""
    text = _take(rf"(\d+) ?(?:x|×|times?) ?{_A_DAY}", text, lambda found: times.add(int(found[1])))
    text = _take(rf"(once|twice|thrice) {_A_DAY}", text, lambda found: times.add(_once(found[1])))
    latin = "|".join(re.escape(word) for word in _LATIN)
    text = _take(rf"(?<![\w.])({latin})(?![\w])", text, lambda found: times.add(_LATIN[found[1]]))
    text = _take(
        r"(?:every|q) ?(\d+) ?(?:hours|h)\b", text, lambda found: _hours(found, times, periods)
    )
    return _take(r"morning and (?:evening|night)", text, lambda _: times.add(2))


def plain(text: str) -> str:
    """Write a quote in small letters, with plain hyphens and blanks, and numbers as digits."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text.lower()).replace("≥", " ≥ ")
    words = "|".join(_NUMBERS)
    text = re.sub(rf"\b({words})\b", lambda found: str(_NUMBERS.index(found[0])), text)
    return " ".join(text.split())


def printed_amounts(quote: str, *, limits: bool = False) -> list[Quantity]:
    """List the amounts of a drug that stand in a quote as whole tokens.

    Leaves out ends of ranges, concentrations, and amounts per something unknown, which are no
    doses. Leaves out upper limits too, unless ``limits`` is set.

    >>> printed_amounts("11 mg and 200 µg twice daily, 2 g/kg per month")
    [Quantity('11 mg'), Quantity('200 mcg'), Quantity('2 g/kg')]
    >>> printed_amounts("0.5-1 mg, 1 to 2 mg, up to 3 mg, 4 mg/mL")
    []
    """
    text = plain(quote)
    found = []
    for printed in _AMOUNT.finditer(text):
        before, behind = text[: printed.start()], text[printed.end() :]
        per = _PER.match(behind)
        body = {"k": "/kg", "m": "/m2", "s": "/m2"}[per[1][0]] if per else ""
        behind = behind[per.end() :] if per else behind
        if _LIMIT_BEFORE.search(before) and not limits:
            continue
        if _RANGE_BEFORE.search(before) or _RANGE_BEHIND.match(behind) or _UNKNOWN.match(behind):
            continue
        try:
            found.append(
                Quantity.parse(f"{printed[1].replace(',', '')} {_UNITS[printed[2]]}{body}")
            )
        except QuantityError:
            continue
    return found


_NAMES = "|".join(sorted(_UNITS, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?<![\w.,/-])(\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?) ?({_NAMES})(?!\w)"
)
_PER = re.compile(r"(?:/ ?| per )(kg|kilogram|m2|m²|m\^2|square met(?:re|er))(?![\w²])")
_RANGE_BEFORE = re.compile(rf"\d ?(?:{_NAMES})? ?(?:-|to|or) ?$|\d and ?$")
_LIMIT_BEFORE = re.compile(
    r"(?:up to|at most|not exceeding|not to exceed|no more than|max\.?|maximum)"
    r"(?: (?!every)\w+){0,3}:? ?$"
)
_RANGE_BEHIND = re.compile(r" ?(?:-|to|or) ?\d")
_UNKNOWN = re.compile(r"(?:/ ?| per )(?!(?:day|d|dose|week|month|cycle|course|treatment)\b)|[²^]")


def _stands(pattern: str, text: str) -> bool:
    """Tell whether a word or phrase stands in a text as whole tokens."""
    return re.search(rf"(?:(?<![\w.])|(?=/))(?:{pattern})(?!\w)", text) is not None


def _take(pattern: str, text: str, keep: Callable[[re.Match[str]], object]) -> str:
    """Read every match, and take it out of the text."""

    def taken(found: re.Match[str]) -> str:
        keep(found)
        return " ; "

    return re.sub(pattern, taken, text)


def _once(word: str) -> int:
    return {"once": 1, "twice": 2, "thrice": 3}[word]


def _hours(found: re.Match[str], times: set[int], periods: set[Period]) -> None:
    hours = int(found[1])
    if hours and 24 % hours == 0:
        times.add(24 // hours)
    elif hours and hours % 24 == 0:
        periods.add(Period(hours // 24, "day"))


def _periods(text: str, periods: set[Period]) -> str:
    def add(number: int, unit: str) -> None:
        periods.add(canonical(Period(number, _LONG[unit])))  # type: ignore[arg-type]

    text = _take(
        r"(?:every other|on alternate|alternate|every second) (day|week|month)s?\b",
        text,
        lambda found: add(2, found[1]),
    )
    ordinals = "|".join(_ORDINALS)
    text = _take(
        rf"every ({ordinals}) (day|week|month)\b",
        text,
        lambda found: add(_ORDINALS[found[1]], found[2]),
    )

    def add_both(found: re.Match[str]) -> None:
        add(int(found[1]), found[3])
        add(int(found[2]), found[3])

    span = r"(?:every|q) ?(\d+) ?(?:to|-|or) ?(\d+) ?(day|d|week|wk|month)s?\b"
    text = _take(span, text, add_both)
    text = _take(
        r"(?:every|q) ?(\d+) ?(day|d|week|wk|month)s?\b",
        text,
        lambda found: add(int(found[1]), found[2]),
    )
    cycle = r"\b(\d+)[- ](day|week|wk|month)(?: treatment cycles?| cycles?| period)"
    text = _take(
        rf"(?:\bof each |\bevery )?{cycle}", text, lambda found: add(int(found[1]), found[2])
    )
    once = r"(?:\b(?:once|1 time|1 day|1 cycle) ?)?"
    per = rf"{once}(?:/ ?|\bper |\ba |\beach |\bevery |\bof each )(week|month)\b"
    text = _take(per, text, lambda found: add(1, found[1]))
    text = _take(r"(\d+)-?(week|month)ly\b", text, lambda found: add(int(found[1]), found[2]))
    text = _take(r"(?<![\w-])(week|month)ly\b", text, lambda found: add(1, found[1]))
    return _take(r"\bfortnightly\b", text, lambda _: add(2, "week"))


def _numbers(listed: str) -> list[int]:
    found: list[int] = []
    for part in re.findall(r"\d+(?: ?(?:-|to|through) ?(?:days? ?|d)?\d+)?", listed):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        found.extend(range(first, (last or [first])[0] + 1))
    return found
