"""Settles what a regimen leaves open by the inputs of a course; what is missing is asked for.

Decides nothing about doses or dates.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from posology.dosing.dose import row
from posology.errors import CourseError, QuantityError
from posology.model import (
    Course,
    Days,
    Moment,
    Order,
    Part,
    Patient,
    Period,
    Regimen,
    Run,
    Start,
    StatedDose,
    print_date,
)
from posology.text import shown

T = TypeVar("T")
_MOST_SHOWN = 6


class Settled(NamedTuple):
    """An order with everything settled: its period, its days, how long it runs."""

    order: Order
    every: Period
    days: Days
    run: Run
    start: Start | None = None
    """When it begins, if not on the first day of the course."""

    @property
    def parts(self) -> dict[Moment | None, Part]:
        """What holds from the first day, and from each later start."""
        return self.order.parts(self.every, self.days)


def settle(
    course: Course, whole: Regimen, patient: Patient, also_needed: Mapping[str, str]
) -> list[Settled]:
    """Settle each order of a course; raises CourseError with everything that is still open.

    ``whole``: the regimen with all that its sources leave open.

    ``also_needed`` maps each measure that the site needs to the reason.
    """
    regimen = whole.chosen(course.choices)
    problems = {
        **_choices(course, whole),
        **_cycles(course, regimen),
        **_unused(course, regimen),
        **_unplannable(regimen),
    }
    for measure, reason in {**also_needed, **_needed(regimen)}.items():
        if getattr(patient, measure.replace(" ", "_")) is None:
            problems[measure.replace(" ", "_")] = f"{reason}; enter it"
    if problems:
        raise CourseError(problems)
    settled: list[Settled] = []
    for order in regimen.orders:
        if order.id in course.without:
            continue
        if order.beside:
            of, when = order.beside.order, order.beside.when
            other = next(each for each in settled if each.order.id == of)
            own = other.order.times if when.timed else order.times
            alone = order.model_copy(update={"times": own, "later": {}})
            settled.append(Settled(alone, other.every, when.around(other.days), other.run))
        else:
            order = _titrated(order, course.choices)  # noqa: PLW2901 - as chosen
            fitting = row(order, patient)
            every = _picked(order.every, course.choices.get(f"{order.id}.every"))
            days = _picked(order.days, course.choices.get(f"{order.id}.days"))
            if fitting:
                every, days = fitting.every or every, fitting.days or days
                own = fitting.times or (fitting.every.times if fitting.every else order.times)
                if own != order.times:
                    order = order.model_copy(update={"times": own})  # noqa: PLW2901 - as of the row
            run = regimen.lasts(order) or Run(None, course.cycles)
            begins = course.choices.get(f"{order.id}.start")
            start = _picked(order.start, begins) if order.start else None
            settled.append(Settled(order, every, days, run, start))
    return settled


def _titrated(order: Order, choices: Mapping[str, str]) -> Order:
    """Give an order whose dose is titrated with each of its doses, from its day on."""
    if order.titrate is None or not isinstance(order.dose, StatedDose):
        return order
    every = _picked(order.titrate.every, choices.get(f"{order.id}.raised"))
    offered = order.offers(f"{order.id}.target")
    to = offered.picked(choices.get(f"{order.id}.target")) if offered else order.titrate.targets[0]
    try:
        later = order.titrate.steps(order.dose, every, to or order.titrate.targets[0])
    except QuantityError as error:
        raise CourseError({"choices": f"{order.id}.target: {error}"}) from None
    return order.model_copy(update={"later": later})


def _unplannable(regimen: Regimen) -> dict[str, str]:
    """Say why a regimen cannot be computed for anybody."""
    if regimen.undosed:
        undosed = " and ".join(regimen.undosed)
        return {"regimen": f"its source gives no dose of {undosed}, so it cannot be computed"}
    ids = [order.id for order in regimen.orders]
    twice = [name for name in ids if ids.count(name) > 1]
    if twice:
        return {"regimen": f"two orders are named {twice[0]}; give each an id of its own"}
    return {}


def _left_out(course: Course, regimen: Regimen) -> dict[str, str]:
    """Refuse to leave out an order that is not optional, or that another one follows."""
    optional = [order.id for order in regimen.orders if order.optional]
    for name in course.without:
        if name not in optional:
            can = ", ".join(optional) or "none"
            return {"without": f"{shown(name)} cannot be left out; optional orders: {can}"}
    for order in regimen.orders:
        gone = sorted(order.follows & set(course.without))
        if gone and order.id not in course.without:
            do = "leave it out too" if order.optional else f"so {gone[0]} cannot be left out"
            return {"without": f"{order.id} follows {gone[0]}; {do}"}
    return {}


def _unused(course: Course, regimen: Regimen) -> dict[str, str]:
    """Name inputs that this regimen does not use."""
    problems = _left_out(course, regimen)
    drugs = sorted({order.drug for order in regimen.orders})
    for field in ("products", "last", "before"):
        for name in getattr(course, field):
            if name not in drugs:
                listed = ", ".join(drugs)
                problems[field] = (
                    f"{shown(name)} is not a drug of this regimen; its drugs: {listed}"
                )
    for drug, last in course.last.items():
        if last.on >= course.start:
            on = print_date(last.on)
            problems["last"] = (
                f"{drug}: {on} is not before the first dose; enter the last dose before this course"
            )
    late = [name for name, each in course.before.items() if any(
        on >= course.start for on, _ in each.dated)]  # fmt: skip
    if late:
        problems["before"] = f"{late[0]}: a day is not before the first dose of this course"
    if course.first_cycle == 1:
        problems["first_cycle"] = "a course that begins with cycle 1 is a new one; leave it out"
    if course.patient.sampled and not course.patient.creatinine:
        problems["sampled"] = (
            "the creatinine of that day is missing; enter it, or leave the day out"
        )
    counts = (course.patient.neutrophils, course.patient.platelets)
    if course.patient.counted and counts == (None, None):
        problems["counted"] = "the counts of that day are missing; enter them, or leave the day out"
    return problems


def _needed(regimen: Regimen) -> dict[str, str]:
    """Say of each measure which doses depend on it."""
    reasons = {}
    for measure in sorted(regimen.needs):
        drugs = [
            order.id for order in regimen.orders
            if measure in order.measures or order.by_surface
        ]  # fmt: skip
        reasons[measure] = f"the dose of {' and '.join(drugs)} depends on it"
    if "creatinine clearance" in reasons:
        reasons["creatinine clearance"] += " (or on creatinine, sex and age, from which it follows)"
    return reasons


def _choices(course: Course, regimen: Regimen) -> dict[str, str]:
    wrong = []
    for name, options in regimen.choices.items():
        picked = course.choices.get(name)
        if name.split(".")[0] not in course.without and not regimen.accepts(name, picked):
            between = regimen.between(name)
            word = " to " if between else " or "
            offered = word.join(f'"{option}"' for option in options[:_MOST_SHOWN])
            offered += " or another" if len(options) > _MOST_SHOWN else ""
            got = f", not {shown(picked)}" if picked is not None else ""
            wrong.append(f"{name}: the source leaves this open; choose {offered}{got}")
    for order in regimen.orders:
        if order.unclear and any(line.startswith(f"{order.id}.") for line in wrong):
            wrong.append(order.unclear)
    for name in course.choices:
        if name not in regimen.choices:
            open_fields = ", ".join(regimen.choices) or "nothing"
            wrong.append(f"{shown(name)} is not left open by this regimen; open: {open_fields}")
    return {"choices": "; ".join(wrong)} if wrong else {}


def _cycles(course: Course, regimen: Regimen) -> dict[str, str]:
    stated = regimen.duration
    asked = [order.duration or stated for order in regimen.orders if regimen.lasts(order) is None]
    if not asked:
        if course.cycles is None:
            return {}
        how = f", {stated}" if isinstance(stated, Run) else ""
        return {"cycles": f"the source states the duration{how}; leave the cycles out"}
    if course.cycles is None:
        says = "no duration" if not isinstance(asked[0], Run) else str(asked[0])
        return {"cycles": f"the source states {says}; give the number of cycles, as in 6"}
    most = min(
        (run.cycles for run in asked if isinstance(run, Run) and run.cycles), default=course.cycles
    )
    if course.cycles > most:
        return {"cycles": f"{course.cycles} are more than the source's {stated}"}
    return {}


def _picked(options: tuple[T, ...], text: str | None) -> T:
    return next(option for option in options if text is None or str(option) == text)
