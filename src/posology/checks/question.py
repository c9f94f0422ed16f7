"""A dose in free text, judged by each of the three nets: is "octreotide 200 g" right?

Each net judges alone, so the answer shows what each would catch without the others.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import ValidationError

from posology.checks.feasible import feasible
from posology.checks.plausible import plausible
from posology.checks.reading import Reading, read
from posology.errors import QuantityError
from posology.library import Library
from posology.model import LEVELS, Finding, Level, Order, Period, Place, Regimen, Route, Stage
from posology.quantity import Quantity
from posology.text import shown

_ONCE = Period(999, "day")
"""Stands for a rhythm that the text does not state: no window holds two doses."""
_FAR = 10
"""A dose this many times above or below the stated ones stops. Posology's own number."""


class Answer(NamedTuple):
    """How we read a question, and what each net finds; a net that finds nothing is empty."""

    understood: str
    plausible: tuple[Finding, ...]
    quoted: tuple[Finding, ...]
    feasible: tuple[Finding, ...]
    said: tuple[str, ...]
    """The doses that the library's sources state for this drug and route, with their quotes."""

    @property
    def worst(self) -> Level | None:
        """The gravest level of all findings; None if no net found anything."""
        levels = {finding.level for finding in (*self.plausible, *self.quoted, *self.feasible)}
        return next((level for level in LEVELS if level in levels), None)


def ask(text: str, drug: str, route: Route, library: Library) -> Answer:
    """Judge a dose in free text. Raises QuantityError unless the text states exactly one dose."""
    entry = library.drugs[drug]
    if route not in entry.routes:
        routes = ", ".join(entry.routes)
        raise QuantityError(f"{drug} has no {route} route in the formulary; routes: {routes}")
    reading = _read(text)
    _must_be_understood(text, reading, drug, route, library)
    if len(reading.amounts) != 1:
        found = " and ".join(map(str, reading.amounts)) or "none"
        example = '"200 mcg every other day" or "2 g/kg over 5 days every month"'
        message = f"write one dose with its unit, as in {example}; found: {found}"
        raise QuantityError(message)
    try:
        order, rhythm = _order(text, drug, route)
    except ValidationError:
        message = 'how often cannot be understood; write it as in "every other day" or "days 1-4"'
        raise QuantityError(message) from None
    regimen = _regimen(order)
    judged = list(plausible(regimen, library.drugs))
    if not rhythm:
        judged = [
            finding for finding in judged if finding.code in {"implausible-dose", "window-missing"}
        ]
        message = (
            "the text does not say how often, so a day and a week are not judged; add how often"
        )
        judged.append(Finding("rhythm-not-said", "review", Place.of("dose"), message, ()))
    rhythm = rhythm or "; how often is not stated, so one dose is judged alone"
    return Answer(
        f"{order.dose} of {drug}, {route}{rhythm}",
        tuple(judged),
        tuple(_quoted(reading.amounts[0], drug, route, library)),
        tuple(feasible(regimen, library.drugs)),
        tuple(_stated(drug, route, library)),
    )


_KNOWN = frozenset(
    re.findall(
        r"\S+",
        """mcg mg g ng iu unit units ml kg m2 d h per each every other day days daily once twice one
        two three four five times a an over for on in of the week weeks month months monthly cycle
        cycles and to dose doses dosed with at by is as total divided equally equal parts course
        tablet tablets capsule capsules consecutive given administered bedtime subcutaneous
        subcutaneously sc intravenous intravenously iv oral orally po mouth intramuscular
        intramuscularly im injection infusion ivig""",
    )
)
"""The words that a question may contain besides the names of the drug."""
_read = read.__wrapped__
"""Reads without the cache, so that what people type is not kept."""


def _must_be_understood(
    text: str, reading: Reading, drug: str, route: Route, library: Library
) -> None:
    """Raise QuantityError if we would silently ignore a part of the text."""
    if reading.unread:
        message = (
            f'{shown(reading.unread)} is not understood; write "twice daily" or "every 2 days"'
        )
        raise QuantityError(message)
    if reading.routes - {route}:
        raise QuantityError(f"the text says {' and '.join(sorted(reading.routes))}, not {route}")
    words = set(re.findall(r"[a-z]+", text.casefold()))
    others = sorted(name for name in library.drugs if name != drug and name in words)
    if others:
        raise QuantityError(f"the text names {' and '.join(others)}, not {drug}")
    own_names = re.findall(r"[a-z]+", " ".join([drug, *library.drugs[drug].names]).casefold())
    unknown = [
        word
        for word in re.findall(r"[^\W\d_]+", text.casefold())
        if word not in {*_KNOWN, *own_names}
    ]
    if unknown:
        message = f"{shown(unknown[0])} is not understood; leave it out if it changes nothing"
        raise QuantityError(message)
    if (
        re.search(r"[\^×*]|\d\.\d{3}\b|\bhour|\bMon|\btimes\b|\bweekly\b", text)
        and not reading.times
    ):
        message = (
            "powers, thousands with a point, hours and weekdays cannot be read; write them in full"
        )
        raise QuantityError(message)
    listed = re.search(r"\bdays? (\d+)\s*[-–]\s*(\d+)", text)
    longest = min((period.fewest_days for period in reading.periods), default=28)
    if (listed and int(listed[1]) > int(listed[2])) or max(reading.days, default=1) > longest:
        raise QuantityError(f"the days do not fit a cycle of {longest} days")


def _order(text: str, drug: str, route: Route) -> tuple[Order, str]:
    """Make an order from the text. The second value is the rhythm in words; empty if none."""
    reading = _read(text)
    (amount,) = reading.amounts
    basis = "per cycle" if reading.shared else "per day" if reading.per_day else "each"
    times = max(reading.times, default=1)
    period = next(iter(sorted(reading.periods)), None)
    days = ", ".join(map(str, reading.days)) or (
        f"1-{max(reading.counts)}" if reading.counts else "1"
    )
    every = period or (Period(1, "day") if reading.daily or reading.times else _ONCE)
    if days != "1" and period is None:
        every = Period(28, "day")
    rhythm = "" if every == _ONCE else f", every {every}"
    rhythm += " (assumed, as the text names no cycle)" if days != "1" and not period else ""
    rhythm += f", {times} times a day" if times > 1 else ""
    rhythm += f", days {days}" if days != "1" else ""
    order = Order.model_validate(
        {
            "drug": drug, "route": route, "dose": f"{amount.plain} {basis}", "every": str(every),
            "times": str(times), "days": "1" if days == "1-1" else days, "source": "asked",
            "quote": text,
        }
    )  # fmt: skip
    return order, rhythm


def _regimen(order: Order) -> Regimen:
    return Regimen.model_validate(
        {
            "name": "asked", "indication": "asked", "version": "1", "status": "draft",
            "duration": "not stated", "sources": {"asked": {"cite": "asked"}}, "orders": [order],
        }
    )  # fmt: skip


def _stages(drug: str, route: Route, library: Library) -> Iterator[tuple[str, Stage]]:
    for name, entry in library.regimens.items():
        for order in entry.regimen.orders:
            if order.drug == drug and order.route == route:
                yield from ((name, stage) for stage in order.stages)


def _stated(drug: str, route: Route, library: Library) -> Iterator[str]:
    lines = dict.fromkeys(
        f'{stage.dose}: "{stage.quote}" ({name})' for name, stage in _stages(drug, route, library)
    )
    yield from lines


def _quoted(amount: Quantity, drug: str, route: Route, library: Library) -> Iterator[Finding]:
    """Compare a dose with the doses that the sources print, including known misprints."""
    stages = list(_stages(drug, route, library))
    for name, stage in stages:
        erratum = stage.order.erratum
        if erratum and _read(erratum.printed).amounts == (amount,):
            message = (
                f"the source of {name} prints {amount} by mistake: {erratum.because}; "
                f"we encode {stage.dose}"
            )
            yield Finding("printed-error", "stop", Place.of("dose"), message, ())
            return
    alike = [stage.dose for _, stage in stages if stage.dose.amount.dimension == amount.dimension]
    if any(dose.amount == amount for dose in alike):
        return
    if not alike:
        message = f"no source in the library states a dose of {drug}, {route}, in this unit"
        yield Finding("not-stated", "review", Place.of("dose"), message, ())
        return
    near = min(alike, key=lambda dose: abs(dose.amount.ratio(amount) - 1))
    ratio = amount.ratio(near.amount)
    level = "stop" if ratio >= _FAR or ratio * _FAR <= 1 else "review"
    listed = " or ".join(dict.fromkeys(str(dose) for dose in alike))
    message = f"no source in the library states {amount} of {drug}, {route}; they state {listed}"
    yield Finding("not-stated", level, Place.of("dose"), message, ())  # type: ignore[arg-type]  # one of two
