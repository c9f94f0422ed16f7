"""What is done beside the doses: has it one rhythm, and does its quote say its numbers?"""

import re
from collections.abc import Iterator

from posology.checks.conditions import of_a_patient
from posology.checks.reading import plain, printed_amounts, read
from posology.checks.rhythm import beside_said
from posology.model import Condition, Finding, Item, Place, Regimen
from posology.model.periods import FIRST_DAY, Period
from posology.text import shown

_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?")
_AMOUNT = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)? ?(?:mcg|mg|g|ng|mL|L|IU|units?)\b")
_PERCENT = re.compile(r"\d[\d.]* ?%")


def items(regimen: Regimen) -> Iterator[Finding]:
    """Stop at an item without one rhythm, and at a number that its quote does not say."""
    orders = {each.id for each in regimen.orders}
    undated = {each.id for each in regimen.orders if each.as_needed}
    for index, item in enumerate(regimen.items):
        place = Place.of("items", index)
        yield from list(_dated(item, orders, undated, place)) or _quoted(item, place)
        where = item.where if isinstance(item.where, Condition) else None
        yield from of_a_patient(where, item.quote, place.at("where"))
        must = item.bound.must if item.bound else None
        yield from of_a_patient(must, item.quote, place.at("bound", "must"), bound=True)
        if item.beside:
            yield from beside_said(
                item.beside.when, item.beside.order, item.quote, place.at("with", "when")
            )


def _dated(item: Item, orders: set[str], undated: set[str], place: Place) -> Iterator[Finding]:
    if sum(each is not None for each in (item.every, item.before, item.beside)) != 1:
        message = 'give one of "every", "before" (once before the first day) and "with" (an order)'
        yield Finding("item-undated", "stop", place, message, ())
    if item.beside and item.beside.order not in orders:
        message = f"{item.beside.order} is no order of this regimen"
        yield Finding("item-undated", "stop", place.at("with", "order"), message, ())
    if item.beside and item.beside.order in undated:
        message = f"{item.beside.order} is taken as needed, so it has no days"
        yield Finding("item-undated", "stop", place.at("with", "order"), message, ())
    if item.before and (item.after or item.duration or item.days != FIRST_DAY):
        message = "it is done once before the first day; leave out days, after and duration"
        yield Finding("item-undated", "stop", place.at("before"), message, ())
    if item.every and max(item.days.numbers, default=1) > item.every.fewest_days:
        message = f"day {max(item.days.numbers)} is not within {item.every}"
        yield Finding("item-undated", "stop", place.at("days"), message, ())
    if item.beside and (item.after or item.duration or item.days != FIRST_DAY):
        message = "it is done on the days of the order; leave out days, after and duration"
        yield Finding("item-undated", "stop", place.at("with"), message, ())


def _quoted(item: Item, place: Place) -> Iterator[Finding]:
    """Stop at an amount in the name, a rhythm or a time that the quote does not say."""
    text = plain(item.quote)
    wrong: dict[tuple[str, ...], str] = {}
    if lacking := _lacking(item):
        wrong["name",] = lacking
    if item.every and not _says(item.every, item.quote):
        wrong["every",] = str(item.every)
    for field, length in (("before", item.before), ("after", item.after),
                          ("duration", item.duration)):  # fmt: skip
        turned = r"(?! ?(?:after|later)\b)" if field == "before" else ""
        if length and not re.search(rf"(?:{_written(length)}){turned}", text):
            wrong[field,] = str(length)
    by_cycle = bool(re.search(r"\b(?:each|every|individual|per|of each) (?:new )?cycle", text))
    by_dose = bool(re.search(r"\b(?:each|every) (?:dose|infusion|injection|administration)", text))
    if item.beside and {"cycle": by_dose and not by_cycle,
                        "dose": by_cycle and not by_dose}[item.beside.each]:  # fmt: skip
        wrong["with", "each"] = item.beside.each
    for path, what in wrong.items():
        message = (
            f"{shown(what)} is not what the quote {shown(item.quote)} says; quote the phrase that "
            "says it, or correct the number"
        )
        yield Finding("item-not-quoted", "stop", place.at(*path), message, ())


def _lacking(item: Item) -> str:
    """Give the first amount or number of a name that its quote does not have."""
    said = set(printed_amounts(item.quote, limits=True)) | set(read(item.quote).volumes)
    for found in _AMOUNT.finditer(item.name):
        words = re.escape(plain(found[0]))
        stands = re.search(rf"(?<![\d.,]){words}(?!\w)", plain(item.quote))
        if not stands and not said & set(printed_amounts(found[0])):
            return found[0]
    numbers = _numbers(item.quote)
    left = _PERCENT.sub("", _AMOUNT.sub("", item.name))
    return next((each for each in _numbers(left) if each not in numbers), "")


def _numbers(text: str) -> list[str]:
    return [each.replace(",", "") for each in _NUMBER.findall(text)]


def _says(every: Period, quote: str) -> bool:
    """Tell whether a quote says a rhythm: in its words, else by the number of days."""
    reading, text = read(quote), plain(quote)
    if re.search(r"\bnot (?:daily|weekly|monthly|every)\b", text):
        return False
    said = {each.fewest_days for each in reading.periods} | ({1} if reading.daily else set())
    said |= {_A_WEEK} if reading.weekly or reading.weekdays else set()
    said |= {days for words, days in _RHYTHMS.items() if words in text}
    cycle = re.search(r"\b(?:each|every|per) cycle\b", text)
    if said or cycle:
        return every.fewest_days in said or bool(cycle)
    return bool(re.search(_written(every), text))


_A_WEEK = 7
_RHYTHMS = {"quarterly": 84, "yearly": 336, "annually": 336}
"""Words of a rhythm that no dose has, with its fewest days; a month counts 28."""


def _written(length: Period) -> str:
    """Give the pattern of a length as it may be written: 2 weeks, 14 days; 1 day, 24 hours."""
    days = length.fewest_days
    units = {"day": "d|days?", "week": "w|wks?|weeks?", "month": "mo|months?"}
    forms = [rf"\b{length.number}[- ]?(?:{units.get(length.unit, length.unit)})\b",
             rf"\b{days}[- ]?(?:d|days?)\b"]  # fmt: skip
    forms += [r"\b24 ?h(?:ours?)?\b", r"\bthe day (?:before|prior)"] if days == 1 else []
    forms += [r"\b(?:a|1st|first) week\b"] if days == _A_WEEK else []
    forms += [r"\b(?:1|a|1st|first) month\b"] if days == 4 * _A_WEEK else []
    if days % _A_WEEK == 0:
        forms.append(rf"\b{days // _A_WEEK}[- ]?(?:w|wks?|weeks?)\b")
    return "|".join(forms)
