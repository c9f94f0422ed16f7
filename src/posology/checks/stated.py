"""What the library's sources state of a drug, beside a dose that is asked.

Dose and rhythm are compared, so that 0.4 g/kg on 5 days is the same as 2 g/kg per cycle, and 200
mcg three times a day is not the same as 200 mcg every other day.
"""

from collections.abc import Iterator

from posology.checks.plausible import amounts
from posology.checks.reading import canonical, read
from posology.checks.schedule import Schedule
from posology.library import Library
from posology.model import Days, Finding, Period, Place, Route, Stage
from posology.quantity import Quantity

_DOSE = Place.of("dose")


def stages_of(drug: str, route: Route, library: Library) -> Iterator[tuple[str, Stage]]:
    """List every dose of a drug by a route that a regimen gives, with the regimen's id."""
    for name, entry in library.regimens.items():
        for order in entry.regimen.orders:
            if order.drug == drug and order.route == route:
                yield from ((name, stage) for stage in order.stages)


def compared(asked: Schedule, stages: list[tuple[str, Stage]]) -> Iterator[Finding]:
    """Compare dose and rhythm with what the sources print, including known misprints."""
    (stage,) = asked.order.stages
    amount = stage.dose.amount
    for name, stated in stages:
        erratum = stated.order.erratum
        if erratum and read(erratum.printed).amounts == (amount,):
            message = (
                f"the source of {name} prints {amount} by mistake: {erratum.because}; "
                f"we encode {stated.dose}"
            )
            yield Finding("printed-error", "stop", _DOSE, message, ())
            return
    alike = [each for _, each in stages if each.dose.amount.dimension == amount.dimension]
    name = f"{asked.order.drug}, {asked.order.route}"
    if not alike:
        message = f"no source in the library states a dose of {name}, in this unit"
        yield Finding("not-stated", "review", _DOSE, message, ())
        return
    same = [each for each in alike if _doses(each) & _doses(stage)]
    listed = " or ".join(dict.fromkeys(map(_in_words, same or alike)))
    if not same:
        message = f"no source in the library states {amount} of {name}; they state {listed}"
        yield Finding("not-stated", "review", _DOSE, message, ())
    elif asked.said and not any(_same_rhythm(asked, each) for each in same):
        message = f"the sources state this dose in another rhythm: {listed}"
        yield Finding("rhythm-not-stated", "review", _DOSE, message, ())


def _doses(stage: Stage) -> set[tuple[str, Quantity]]:
    """Give what is given at a time and in a cycle, for each choice of days."""
    found = set()
    for days in stage.days:
        each = amounts(stage.dose, stage, stage.every[0], days)
        found |= {("dose", each["dose"]), ("cycle", each["cycle"])}
    return found


def _same_rhythm(asked: Schedule, stage: Stage) -> bool:
    """Tell whether a source states this dose, times a day, days and period, a month as 28 days."""
    (own,) = asked.order.stages
    every, days = _rhythm(own.every[0], own.days[0])
    dose = amounts(own.dose, own, own.every[0], own.days[0])["dose"]
    return any(
        asked.order.times == stage.times
        and amounts(stage.dose, stage, period, each)["dose"] == dose
        and _rhythm(period, each)[1] == days
        and (asked.assumed or _rhythm(period, each)[0] == every)
        for period in stage.every
        for each in stage.days
    )


def _rhythm(every: Period, days: Days) -> tuple[Period, tuple[int, ...]]:
    """Write a rhythm in one way: days 1, 8, 15, 22 of 28 are weekly, each day of them daily."""
    length, numbers = canonical(every).fewest_days, days.numbers
    step = numbers[1] - numbers[0] if len(numbers) > 1 else length
    if length % step == 0 and numbers == tuple(range(1, length + 1, step)) and step < length:
        return Period(step, "day"), (1,)
    return canonical(every), numbers


def _in_words(stage: Stage) -> str:
    every = " or ".join(map(str, stage.every))
    times = f", {stage.times} times a day" if stage.order.times > 1 else ""
    days = " or ".join(map(str, stage.days))
    return f"{stage.dose}, every {every}{times}" + (f", days {days}" if days != "1" else "")
