"""The phrases that say how often, on which days and how long: a table of patterns.

Each rule takes out what it has read, so that no word counts twice: the "daily" in "3 times daily"
is not a second rhythm. The rules run from the top; an amount has become ``AMOUNT`` before. What
no rule takes is left over, and whoever asked refuses it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

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


Rule = tuple[re.Pattern[str], Callable[[Heard, re.Match[str]], object]]
ROUTES = {
    "oral": r"oral|orally|by mouth|p/?o|per os",
    "intravenous": r"intravenous|intravenously|i/?v|ivig|hdivig",
    "subcutaneous": r"subcutaneous|subcutaneously|s/?c|subcut",
    "intramuscular": r"intramuscular|intramuscularly|i/?m",
}
LATIN = {"bid": 2, "bd": 2, "tid": 3, "tds": 3, "qid": 4, "qds": 4, "od": 1, "om": 1}
"""Times a day; dots are taken out before."""
_ORDINALS = {
    "other": 2, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "tenth": 10,
}  # fmt: skip
_MOST_TIMES = 24
_N = r"(?<![\d.,])([1-9]\d{0,2})(?!\d|[.,]\d)"
_UNIT = r"(day|d|week|wk|w|month|mo|cycle)s?\b"
_DAY = r"(?:daily\b|(?:a|per|each|every) day\b|/ ?day\b|/ ?d\b)"
_SHARE = r"divided|split|distributed|shared"
_NO_ITEM = r"x\b|×|times|/|a day|per day|daily|-?(?:day|week|month|cycle)"
_ITEM = rf"[1-9]\d{{0,2}}(?!\d|\.\d|,\d{{3}}(?!\d)| ?(?:{_NO_ITEM}))"
_ITEM += r"(?: ?(?:-|to|through) ?(?:days? ?|d)?[1-9]\d{0,2}(?!\d|\.\d))?"
_NO_LIST = "".join(rf"(?<!{word} )" for word in ("every", "other", "each", "a", "per", "alternate"))
_COMPARED = r"(?:<=|>=|<|>|≤|≥|below|under|above|less than|more than|at least|older than)"
_NOT_DOSED = r"(?! ?(?:mcg|mg|g|ng|ug|iu|units?|tablets?|capsules?|microg|millig|gram)\b)"
_FIGURE = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
_OF = r"(?: ?(?:years?(?: old)?|ml/min|/ul|%))?"


def _rule(pattern: str, keep: Callable[[Heard, re.Match[str]], object]) -> Rule:
    return re.compile(pattern), keep


def _flag(name: str) -> Callable[[Heard, re.Match[str]], object]:
    return lambda heard, _: setattr(heard, name, True)


def _per_day(heard: Heard, _: re.Match[str]) -> None:
    heard.per_day = heard.daily = True


def _list_of_days(heard: Heard, found: re.Match[str]) -> None:
    """Keep days such as 1-4, 9-12; days that do not rise are kept as they are, to be refused."""
    for part in re.findall(r"\d+(?: ?(?:-|to|through) ?(?:days? ?|d)?\d+)?", found[1]):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        heard.days.extend(range(first, last[0] + 1) if last and last[0] > first else [first, *last])


def _hours(heard: Heard, found: re.Match[str]) -> str | None:
    """Keep hours that divide a day, or that days divide; leave any other to be refused."""
    hours = int(found[1] or found[2])
    if 24 % hours == 0:
        heard.a_day(24 // hours)
        heard.typed.add(f"{hours} hour{'s' if hours > 1 else ''}")
    elif hours % 24 == 0:
        heard.period(hours // 24, "day")
        heard.typed = {f"{hours} hours"}
    else:
        return found[0]
    return None


def _times(heard: Heard, found: re.Match[str]) -> str | None:
    times = int(found[1])
    if times > _MOST_TIMES:
        return found[0]
    heard.a_day(times)
    return None


def _latin(heard: Heard, found: re.Match[str]) -> None:
    heard.a_day(LATIN[found[0]])
    if found[0] == "od":
        heard.marked.append("od")


def _parts(heard: Heard, found: re.Match[str]) -> None:
    heard.shared = True
    heard.times.add(int(found[1]))


def _counted(heard: Heard, found: re.Match[str]) -> None:
    heard.counts.update(int(number) for number in found.groups() if number)
    heard.consecutive |= "consecutive" in found[0]


def _over(heard: Heard, found: re.Match[str]) -> None:
    heard.shared = True
    _counted(heard, found)


def _both(heard: Heard, found: re.Match[str]) -> None:
    heard.period(int(found[1]), found[3])
    heard.period(int(found[2]), found[3])


def _compared(heard: Heard, found: re.Match[str]) -> None:
    heard.compared.append(found[0])


_EVERY = r"(?:\bonce )?(?:\bevery|\bq|\beach|\bof each|\bof every)"
_DAYS_BEHIND = rf"{_N}(?: ?(?:-|to|or) ?{_N})? ?(?:consecutive |successive )?days?\b"
_ON = r"\bon\b(?= ?(?:$|[,.;)]|for\b|x ?\d|p/?o\b|by mouth|orally))"
"""At night: "10 mg on", but not "on days 1-4"."""
RULES: tuple[Rule, ...] = (
    _rule(r"\b(?:morning|mane|om) (?:and|&) (?:at )?(?:evening|night|nocte|on)\b",
          lambda heard, _: heard.a_day(2)),
    _rule(_ON, lambda heard, _: heard.a_day(1)),
    _rule(rf"{_COMPARED} ?(?:{_FIGURE})(?![\d.,]*\d){_OF}{_NOT_DOSED}", _compared),
    _rule(rf"(?<![\d.,])(?:{_FIGURE}) ?(?:<=|>=|<|>|≤|≥)", _compared),
    *(
        _rule(rf"(?<![\w.])(?:{words})\b", lambda heard, _, name=name: heard.routes.add(name))  # type: ignore[misc]  # bound at once
        for name, words in ROUTES.items()
    ),
    _rule(
        rf"\bfrom day {_N}(?! ?(?:-|to|through))",
        lambda heard, found: heard.compared.append(found[0]),
    ),
    _rule(
        rf"{_NO_LIST}(?:\bdays?|\bd) ?({_ITEM}(?:(?: ?,? ?(?:and|&) |, ?)(?:days? |d)?{_ITEM})*)",
        _list_of_days,
    ),
    _rule(rf"{AMOUNT} ?(?:/ ?day\b|/ ?d\b|per day\b)|daily dose", _per_day),
    _rule(rf"{AMOUNT} ?(?:/ ?|per )dose\b", lambda *_: None),
    _rule(rf"{AMOUNT} ?(?:/ ?|per )(?:cycle|course|treatment)\b", _flag("per_cycle")),
    _rule(rf"{AMOUNT}(?= ?(?:/ ?|per )(?:week|month)\b)", _flag("per_cycle")),
    # A dose that is shared over days or doses.
    _rule(rf"\bin(?:to)? {_N} (?:equal |divided |equally divided )?(?:doses|parts)\b", _parts),
    _rule(rf"\b(?:over|in) (?:a (?:course|period) of )?{_DAYS_BEHIND}", _over),
    _rule(rf"\b(?:{_SHARE})\b|\bin (?:equal|divided) (?:parts|doses)\b", _flag("shared")),
    # How often a day.
    _rule(rf"{_N} ?[x×] ?(?={AMOUNT})", lambda heard, found: heard.times.add(int(found[1]))),
    _rule(rf"{_N} ?(?:x|×|times?)? ?{_DAY}", _times),
    _rule(rf"\bonce {_DAY}", lambda heard, _: heard.a_day(1)),
    _rule(rf"\btwice {_DAY}", lambda heard, _: heard.a_day(2)),
    _rule(rf"\bthrice {_DAY}", lambda heard, _: heard.a_day(3)),
    _rule(rf"\b(?:{'|'.join(LATIN)})\b", _latin),
    _rule(rf"(?:\bevery|\bq) ?{_N} ?(?:hours|hrs|hourly|h)\b|{_N}[- ]hourly\b", _hours),
    _rule(r"\b(?:nocte|mane|nightly|at bedtime|at night|in the (?:morning|evening)|every (?:morning"
          r"|evening|night))\b", lambda heard, _: heard.a_day(1)),
    # How often otherwise.
    _rule(r"\b(?:every other|on alternate|alternate|every alternate) (day|week|month)s?\b",
          lambda heard, found: heard.period(2, found[1])),
    _rule(rf"\bevery ({'|'.join(_ORDINALS)}) (day|week|month)\b",
          lambda heard, found: heard.period(_ORDINALS[found[1]], found[2])),
    _rule(rf"{_EVERY} ?{_N} ?(?:to|-|or) ?{_N} ?{_UNIT}", _both),
    _rule(rf"{_EVERY} ?{_N}[- ]?{_UNIT}(?: treatment)?(?: cycles?| period)?",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"{_N}[- ](day|week|wk|month)(?: treatment cycles?| cycles?| period)",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(rf"\bcycles? of {_N} {_UNIT}",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(r"(?:\b(?:once|1 time|1 dose|1 day|1 cycle) ?)?(?:/ ?|\bper |\ba |\beach |\bevery |"
          r"\bof each )(week|month|cycle)\b", lambda heard, found: heard.period(1, found[1])),
    _rule(rf"{_N}[- ]?(week|month)ly\b",
          lambda heard, found: heard.period(int(found[1]), found[2])),
    _rule(r"(?:\bonce )?(?<![\w-])(week|month)ly\b",
          lambda heard, found: heard.period(1, found[1])),
    _rule(r"\b(?:once )?fortnightly\b", lambda heard, _: heard.period(2, "week")),
    # How long.
    _rule(rf"(?:\b(?:for|during) |\bx ?)?{_DAYS_BEHIND}", _counted),
    _rule(rf"(?:\b(?:for|during) |\bx ?){_N} ?(weeks?|months?|cycles?|years?)\b",
          lambda heard, found: heard.runs.add(f"{found[1]} {found[2]}")),
    _rule(rf"\b(?:from|in|at) (?:cycle|course|month|week) {_N}|\b(?:cycle|course|month) {_N}",
          lambda heard, found: heard.compared.append(found[0])),
    _rule(rf"\bx ?{_N}\b", lambda heard, found: heard.repeats.add(int(found[1]))),
    _rule(rf"{_DAY}", _flag("daily")),
    _rule(r"\b(?:stat|(?:as )?(?:a )?single dose|once only|1 dose|once)\b", _flag("once")),
)  # fmt: skip


def rises(days: list[int]) -> bool:
    """Tell whether days of a cycle are in rising order."""
    return all(day < later for day, later in pairwise(days))
