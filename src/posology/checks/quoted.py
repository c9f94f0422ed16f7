"""Second net: does the order say what its quote says?

Number, unit, basis, rhythm, days and route of an order must stand in its quote as whole
tokens, or the order carries an erratum. An erratum is needed exactly where print and encoding
differ, and refused where the print was plausible.
"""

import re
from collections.abc import Iterator, Mapping

from posology.checks.plausible import amounts, judge
from posology.errors import QuantityError
from posology.model import Drug, Finding, Order, Regimen, Strength
from posology.quantity import Quantity, shown

_UNITS = {
    "microgram": "mcg", "micrograms": "mcg", "ug": "mcg", "µg": "mcg", "μg": "mcg",
    "milligram": "mg", "milligrams": "mg", "gram": "g", "grams": "g", "gm": "g",
    "international units": "IU", "iu": "IU", "units": "unit", "ml": "mL",
}  # fmt: skip
_ROUTES = {
    "oral": r"oral|orally|by mouth|p\.?o\.?|per os",
    "intravenous": r"intravenous|intravenously|i\.?v\.?|ivig|hdivig",
    "subcutaneous": r"subcutaneous|subcutaneously|s\.?c\.?",
    "intramuscular": r"intramuscular|intramuscularly|i\.?m\.?",
}
_EVERY = {
    "1 day": r"daily|once a day|/day|per day|a day|each day|every day|at bedtime|nightly",
    "2 days": r"every other day|on alternate days|every second day|every 2 days|every 48 hours",
    "1 week": r"weekly|/week|per week|a week|each week|every week",
    "4 weeks": r"every 4 weeks|every four weeks|4-weekly|four-weekly|28-day cycles?|every 28 days",
    "1 month": r"monthly|/month|per month|a month|each month|every month",
}
_TIMES = {
    2: r"twice daily|twice a day|two times a day|2 times a day|every 12 hours|b\.?i\.?d\.?",
    3: r"three times daily|three times a day|3 times a day|every 8 hours|t\.?i\.?d\.?|t\.?d\.?s\.?",
    4: r"four times daily|four times a day|4 times a day|every 6 hours|q\.?i\.?d\.?|q\.?d\.?s\.?",
}
_SHARED = r"over|divided|total|split|in all"
_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}


def quoted(regimen: Regimen, drugs: Mapping[str, Drug]) -> Iterator[Finding]:
    """Compare each order with its quote."""
    for index, order in enumerate(regimen.orders):
        where = f"orders[{index}]"
        quote = _plain(order.quote)
        yield from _dose(order, quote, drugs.get(order.drug), where)
        yield from _basis(order, quote, where)
        yield from _rhythm(order, quote, where)
        yield from _route(order, quote, where)


def _plain(text: str) -> str:
    """Write a quote in small letters, with plain hyphens and blanks, and numbers as digits."""
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text.lower())
    text = re.sub(rf"\b({'|'.join(_NUMBERS)})\b", lambda found: _NUMBERS[found[0]], text)
    return " ".join(text.split())


def _stands(pattern: str, quote: str) -> bool:
    """Tell whether a word or phrase stands in the quote as whole tokens."""
    return re.search(rf"(?:(?<![\w.])|(?=/))(?:{pattern})(?!\w)", quote) is not None


def printed_amounts(quote: str) -> list[Quantity]:
    """List the amounts of a drug that stand in a quote as whole tokens.

    >>> printed_amounts("11 mg and 200 µg twice daily, 2 g/kg per month")
    [Quantity('11 mg'), Quantity('200 mcg'), Quantity('2 g/kg')]
    """
    units = "|".join(sorted([*_UNITS, "mg", "mcg", "ng", "g", "tablet", "tablets"], key=len)[::-1])
    pattern = rf"(?<![\w.,/])(\d+(?:\.\d+)?) ?({units})((?:/kg|/m2|/m²)?)(?![\w²])"
    found = []
    for digits, unit, per in re.findall(pattern, _plain(quote)):
        text = f"{digits} {_UNITS.get(unit, unit)}{per.replace('²', '2')}"
        try:
            found.append(Quantity.parse(text))
        except QuantityError:
            continue
    return found


def _dose(order: Order, quote: str, drug: Drug | None, where: str) -> Iterator[Finding]:
    stated = order.dose.amount
    stands = stated in [one for one in printed_amounts(quote) if one.dimension == stated.dimension]
    if order.erratum is None:
        if not stands:
            message = (
                f"{stated} does not stand in the quote {shown(order.quote)}; encode what it says, "
                "or add an erratum that says what is printed and why it cannot be meant"
            )
            yield Finding("not-quoted", "stop", f"{where}.dose", message)
        return
    field = f"{where}.erratum.printed"
    printed = printed_amounts(order.erratum.printed)
    if len(printed) != 1 or printed[0] not in printed_amounts(quote):
        message = f"{shown(order.erratum.printed)} does not stand in the quote as one amount"
        yield Finding("erratum-not-printed", "stop", field, message)
    elif stands:
        message = f"{stated} stands in the quote, so there is nothing to correct; drop the erratum"
        yield Finding("erratum-needless", "stop", f"{where}.erratum", message)
    elif drug is not None and _plausible(order, printed[0], drug):
        message = (
            f"{printed[0]} as printed would be plausible for {drug.name}; it may be what was "
            "meant. Encode it, or say what is unclear"
        )
        yield Finding("erratum-plausible", "stop", field, message)


def _plausible(order: Order, amount: Quantity, drug: Drug) -> bool:
    if order.route not in drug.routes:
        return False
    read = order.model_copy(update={"dose": Strength(amount, order.dose.basis)})
    given = amounts(read, order.every[0], order.days[0])
    windows = [
        window
        for window in drug.routes[order.route].windows
        if window.usual.low.dimension == amount.dimension
    ]
    return bool(windows) and not any(judge(given[one.per], one) == "stop" for one in windows)


def _basis(order: Order, quote: str, where: str) -> Iterator[Finding]:
    shared = _stands(_SHARED, quote)
    if (order.dose.basis == "per cycle") != shared:
        says = "shares the dose out (over … days)" if shared else "does not share the dose out"
        message = f'the quote {says}, but the order says "{order.dose.basis}"'
        yield Finding("basis-not-quoted", "stop", f"{where}.dose", message)


def _rhythm(order: Order, quote: str, where: str) -> Iterator[Finding]:
    rhythms = {text for text, words in _EVERY.items() if _stands(words, quote)}
    times = [number for number, words in _TIMES.items() if _stands(words, quote)] or [1]
    if times != [1]:
        rhythms.add("1 day")
    options = {str(every) for every in order.every}
    if not rhythms & options or (rhythms - options and options != {"1 day"}):
        message = (
            f"the quote {shown(order.quote)} says {' and '.join(sorted(rhythms)) or 'no rhythm'}, "
            f"not {' or '.join(sorted(options))}"
        )
        yield Finding("rhythm-not-quoted", "stop", f"{where}.every", message)
    if order.times not in times:
        message = f"the quote says {times[0]} a day, the order {order.times}"
        yield Finding("times-not-quoted", "stop", f"{where}.times", message)
    yield from _days(order, quote, where)


def _days(order: Order, quote: str, where: str) -> Iterator[Finding]:
    """The number of days must be that of the quote; a range is offered as a choice of its ends."""
    found = re.search(r"(?<![\w.-])(\d+)(?:(?:-| to | or )(\d+))? (consecutive )?days?\b", quote)
    encoded = {len(days.numbers) for days in order.days}
    printed = {int(number) for number in found.groups()[:2] if number} if found else {1}
    if printed != encoded:
        says = " or ".join(str(number) for number in sorted(printed))
        message = f"the quote says {says} days a cycle, the order {sorted(encoded)}"
        yield Finding("days-not-quoted", "stop", f"{where}.days", message)
    if found and found[3]:
        for days in order.days:
            if days.numbers[-1] - days.numbers[0] + 1 != len(days.numbers):
                message = f"the quote says consecutive days, the order {days}"
                yield Finding("days-not-quoted", "stop", f"{where}.days", message)


def _route(order: Order, quote: str, where: str) -> Iterator[Finding]:
    routes = [route for route, words in _ROUTES.items() if _stands(words, quote)]
    if routes != [order.route]:
        says = " and ".join(routes) or "no route"
        message = f"the quote {shown(order.quote)} says {says}, the order {order.route}"
        yield Finding("route-not-quoted", "stop", f"{where}.route", message)
