"""Whether the rates of an infusion and the steps of a titration are those of their quotes."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from posology.checks.reading import canonical, plain, read
from posology.errors import QuantityError
from posology.model import Drug, Finding, Offered, Order, Place, Rate, Titration
from posology.quantity import Quantity
from posology.text import shown

_PER_TIME = re.compile(
    r"(?<![\w.,-])(\d+(?:,\d{3})*(?:\.\d+)?) ?(mcg|mg|g|ml|iu|units?)(/kg)?"
    r" ?(?:/|per|an|a) ?(h|hr|hour|min|minute)s?\b"
)
_HELD = re.compile(r"\b(?:every|each|first|for|after) (\d+) ?(min|minute|h|hr|hour)s?\b")


def rising(order: Order, drugs: Mapping[str, Drug], place: Place) -> Iterator[Finding]:
    """Compare rates, the volume of a bag and a titration with their quotes, and with the order."""
    if order.rates:
        yield from _rates(order, drugs, place)
    if order.diluted and "diluted" not in order.inferred:
        volumes = read(order.quote).volumes
        if order.diluted not in volumes:
            message = f"the quote {shown(order.quote)} does not say in {order.diluted}"
            yield Finding("not-quoted", "stop", place.at("diluted"), message, ())
    if order.titrate:
        yield from _titration(order, order.titrate, place.at("titrate"))


def _rates(order: Order, drugs: Mapping[str, Drug], place: Place) -> Iterator[Finding]:
    place, drug = place.at("rates"), drugs.get(order.drug)
    message = ""
    if order.over or order.beside:
        message = "rates say how long an infusion takes; leave out over and with"
    elif drug and any(product.ladder for product in drug.products.values()):
        message = f"a product of {order.drug} has rates of its own; leave those of the order out"
    if message:
        yield Finding("rates-twice", "stop", place, message, ())
    for name, rate in (("first", order.rates and order.rates.first),
                       ("later", order.rates and order.rates.later)):  # fmt: skip
        if rate:
            yield from _rate(rate, order, place.at(name))


def _rate(rate: Rate, order: Order, place: Place) -> Iterator[Finding]:
    text = plain(rate.quote)
    said: dict[str, set[Quantity]] = {"start": set(), "by": set(), "most": set()}
    for found in (each for each in _PER_TIME.finditer(text) if Fraction(_figure(each))):
        said[_role(text[: found.start()], text[found.end() :])].add(_per_time(found))
    rates = {"start": rate.start, "by": rate.by, "most": rate.most}
    written = {name: {each} if each else set() for name, each in rates.items()}
    falls = re.search(r"\b(?:lower|decreas|reduc)\w*", text)
    held = {int(number) * (1 if unit[0] == "m" else 60) for number, unit in _HELD.findall(text)}
    if said != written or falls:
        listed = " and ".join(
            f"{name} {each}" for name, some in said.items() for each in sorted(map(str, some))
        )
        listed = shown(falls[0]) if falls else listed or "no rate"
        message = f"the quote {shown(rate.quote)} says {listed}; the order {rate}"
        yield Finding("rate-not-quoted", "stop", place, message, ())
    if held != ({rate.each.minutes} if rate.each else set()):
        message = f"the quote {shown(rate.quote)} does not say that a rate is held so long: {rate}"
        yield Finding("rate-not-quoted", "stop", place.at("each"), message, ())
    for words in read(rate.quote).said.get("proviso", ()):
        if words not in plain(order.proviso or ""):
            message = f"{order.drug}: the source says {shown(words)}; this decides nothing here"
            yield Finding("proviso", "note", place, message, ())
    message = ""
    dose = order.stages[0].dose.amount if order.stages else rate.start
    if len({each.dimension for each in rates.values() if each}) > 1 or (rate.by is None) != (
        rate.each is None
    ):
        message = "a rate rises by another of its kind, after a time: give by and each, or neither"
    elif rate.most and rate.most < rate.start:
        message = f"{rate.most} is below {rate.start}, with which it begins"
    elif rate.start.unit.startswith("mL") and not (order.diluted or dose.unit.startswith("mL")):
        message = "rates in mL need the volume of the bag; write diluted"
    if message:
        yield Finding("rates-wrong", "stop", place, message, ())


def _role(before: str, behind: str) -> str:
    """Tell by the words around a rate whether it begins with it, rises by it, or has it as most."""
    if re.match(r" ?(?:increments?|steps?)\b", behind):
        return "by"
    if re.search(r"\b(?:by|increments?(?: of)?|steps?(?: of)?) ?$", before):
        return "by"
    return "most" if _AT_MOST.search(before) else "start"


_AT_MOST = re.compile(
    r"\b(?:max\w*|at most|not (?:to )?exceed\w*|no more than|up to|to)"
    r"(?: an?| of| rate| infusion| be|:)* ?$"
)


def _figure(found: re.Match[str]) -> str:
    return found[1].replace(",", "")


def _per_time(found: re.Match[str]) -> Quantity:
    _, unit, kg, per = found.groups()
    names = {"iu": "IU", "units": "unit", "ml": "mL"}
    text = f"{_figure(found)} {names.get(unit, unit)}{kg or ''}/{per[0]}"
    return Quantity.parse(text.replace("/m", "/min"))


def _titration(order: Order, titration: Titration, place: Place) -> Iterator[Finding]:
    """Amount, rhythm and target must be those of the quote, and be reached."""
    if wrong := _unsaid(order, titration):
        message = f"the quote {shown(titration.quote)} does not say {wrong}"
        yield Finding("titration-not-quoted", "stop", place, message, ())
    if order.later or order.doses or order.readings or not order.dose:
        message = "a titration begins at the dose of the order; leave out from, doses and readings"
        yield Finding("titration-wrong", "stop", place, message, ())
    elif any(stage.dose.basis == "per cycle" for stage in order.stages):
        message = 'a dose that is titrated is written "each", or per day'
        yield Finding("titration-wrong", "stop", place, message, ())
    elif any(every.unit not in {"day", "week"} for every in titration.every):
        message = "the time between two steps is in days or weeks"
        yield Finding("titration-wrong", "stop", place.at("every"), message, ())
    else:
        doses = {stage.dose for stage in order.stages if stage.path == ("dose",)}
        for dose, target in product(doses, titration.targets):
            try:
                titration.steps(dose, titration.every[0], target)
            except QuantityError as error:
                yield Finding("titration-wrong", "stop", place, str(error), ())


def _unsaid(order: Order, titration: Titration) -> str:
    """Name the first part of a titration that its quote does not say; nothing if it says all."""
    reading = read(titration.quote)
    every = sorted(map(canonical, titration.every))  # of "every 2-4 weeks" each number of weeks
    if titration.by not in reading.amounts:
        return f"steps of {titration.by}"
    wanted, own = {every[0], every[-1]}, set(map(canonical, order.every))
    if not wanted <= reading.periods or reading.periods - own - wanted:
        return f"every {' or '.join(map(str, titration.every))}"
    falls = bool(re.search(r"\b(?:lower|decreas|reduc)\w*", plain(titration.quote)))
    doses = [stage.dose.amount for stage in order.stages if stage.path == ("dose",)]
    if any((each.amount < dose) != falls for each in titration.targets for dose in doses
           if each.amount.dimension == dose.dimension and each.amount != dose):  # fmt: skip
        return "that the dose falls" if not falls else "that the dose rises"
    aims = [each.amount for each in titration.targets]
    if isinstance(titration.to, Offered) and titration.to.between:
        stands = tuple(aims) in reading.ranges
    else:
        stands = {*aims} <= {*reading.amounts, *reading.limits}
    return "" if stands else f"to {titration.to}"
