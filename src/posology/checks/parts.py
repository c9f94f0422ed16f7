"""Do the parts of an order say what they are: rows of a table, steps, smaller changes?

A part may say as little as its dose. What else its quote says must be that of the order.
"""

import re
from collections.abc import Iterator

from posology.checks.phases import Phase
from posology.checks.reading import Reading, canonical, plain, read
from posology.checks.rhythm import compared
from posology.checks.unread import words_of
from posology.model import (
    Finding,
    Later,
    Order,
    Period,
    Place,
    ReductionStep,
    Row,
    Stage,
)
from posology.text import shown

_DAY = Period(1, "day")


def row_rhythm(row: Row, order: Order, place: Place) -> Iterator[Finding]:
    """A row's own period must stand in its quote.

    Its days must be every n-th of the order's days (every other day: every second one).
    """
    reading = read(row.quote)
    times = row.times or (row.every.times if row.every else order.times)
    if reading.times and reading.times != {times}:
        says = " or ".join(str(number) for number in sorted(reading.times))
        message = f"the quote {shown(row.quote)} says {says} a day, the row {times}"
        yield Finding("times-not-quoted", "stop", place, message, ())
    every = canonical(row.every) if row.every else None
    daily = every == _DAY and reading.daily and not reading.periods
    hourly = every is not None and every.unit == "hour" and every.number in reading.hours
    if every and not (every in reading.periods or daily or hourly):
        message = f"the quote {shown(row.quote)} does not say every {row.every}"
        yield Finding("rhythm-not-quoted", "stop", place.at("every"), message, ())
    if row.days is not None and row.days.numbers != reading.days:
        lengths = [period.number for period in reading.periods if period.unit == "day"]
        whole = order.days[0].numbers
        if row.days.numbers not in [whole[::length] for length in lengths]:
            message = f"the quote {shown(row.quote)} does not say days {row.days}"
            yield Finding("days-not-quoted", "stop", place.at("days"), message, ())
    elif reading.periods and row.every is None and row.days is None:
        says = " and ".join(sorted(str(period) for period in reading.periods))
        message = f"the quote {shown(row.quote)} says every {says}, the row does not"
        yield Finding("rhythm-not-quoted", "stop", place, message, ())


def parts(order: Order, whole: Phase, place: Place) -> Iterator[Finding]:
    """What a row, a step, a smaller change or a dose beside another says must agree as well."""
    for stage in order.stages:
        part, at, quote = stage.part, place.at(*stage.path[:-1]), words_of(stage)
        if isinstance(part, (Row, ReductionStep)) or (order.beside and stage.complete):
            yield from compared(whole.only(stage, quote, at))
        if isinstance(part, (Row, ReductionStep, Later)):
            yield from route(order, read(quote), at, said=False)
            yield from _amounts(stage, quote, at)


def _amounts(stage: Stage, quote: str, place: Place) -> Iterator[Finding]:
    """A part says its own dose alone, and to how much it changes, not by how much."""
    own = {each.amount for each in stage.order.most}
    for one in stage.order.stages:  # "1.3 mg/m2 reduced to 1 mg/m2"
        own |= {one.dose.amount, one.dose.amount * one.times, one.dose.amount / one.times}
    dose = stage.dose.amount
    other = next((each for each in read(quote).amounts if each not in own), None)
    if other is not None:
        message = f"{other} in the quote {shown(quote)} is no dose of this order; put … for it"
        yield Finding("amount-not-encoded", "stop", place.at("quote"), message, ())
    written = re.escape(dose.plain.lower())
    if re.search(rf"(?<!followed )\bby {written}|{written} less\b", plain(stage.quote)):
        message = f"the quote {shown(quote)} says by how much it changes; encode to how much"
        yield Finding("not-quoted", "stop", place.at("quote"), message, ())


def route(order: Order, reading: Reading, place: Place, *, said: bool = True) -> Iterator[Finding]:
    """The route is the one of the quote; one of two needs a reason. ``said``: it must say one."""
    ours = "route" in order.inferred
    if reading.routes == {order.route} or (not reading.routes and (ours or not said)):
        return
    if order.route in reading.routes:
        if not ours:
            other = " and ".join(sorted(reading.routes - {order.route}))
            message = f"the quote says {other} too; this order is {order.route} alone"
            yield Finding("inferred", "note", place.at("route"), message, ())
        return
    says = " and ".join(sorted(reading.routes)) or "no route"
    message = f"the quote {shown(order.quote)} says {says}, the order {order.route}"
    yield Finding("route-not-quoted", "stop", place.at("route"), message, ())
