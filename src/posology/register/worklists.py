"""What there is to do over all courses: doses due, doses not recorded, containers to order.

Each list is one query over the rows of the register; closed courses are left out. Every list
comes with a count of what it is made of, so that nothing is missing from it unseen.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, select

from posology.model import Pack
from posology.quantity import Quantity
from posology.register.tables import Register, administration, course, task

_OPEN = course.c.closed == ""


class Due(NamedTuple):
    """A dose of a course, or something to do for it, on a day."""

    reference: str
    regimen: str
    day: date
    at: datetime | None
    """None for something to do, which has no clock time."""
    drug: str
    """Empty for something to do."""
    dose: str
    """The amount as it is printed; in place of it what the course file says of a dose that
    cannot be computed as it was."""
    way: str
    product: str
    form: str
    containers: tuple[str, ...]
    """As they are printed; none where they are not known."""
    volume: str
    place: str
    """Its place in the course: cycle 2, day 1."""
    given: bool
    state: str
    """Whether its course is a draft, released, or its release has lapsed."""
    of_course: tuple[str, ...]
    """What must be done with its course before it is given."""
    before: tuple[str, ...]
    """What is to be done for its course on the same day, before it is given."""
    task: str
    """What is to be done; empty for a dose."""
    slot: str
    """The id of the dose, with which it is recorded; empty for something to do."""


class Counted(NamedTuple):
    """What a list is made of."""

    courses: int
    """Those that are open."""
    closed: int
    stale: tuple[str, ...]
    """References of courses whose rows were computed by other software, site or drug files."""
    problems: Mapping[str, str]
    """By reference: why the doses of a course are not those that would be computed now."""


def counted(register: Register, basis: str) -> Counted:
    """Count the courses, and name those whose rows need a look; ``basis`` is that of today."""
    with register.reading() as connection:
        columns = (course.c.reference, course.c.closed, course.c.basis, course.c.problem)
        rows = connection.execute(select(*columns).order_by(course.c.reference)).all()
    still = [row for row in rows if not row.closed]
    return Counted(
        len(still),
        len(rows) - len(still),
        tuple(row.reference for row in still if row.basis != basis),
        {row.reference: row.problem for row in still if row.problem},
    )


def due(register: Register, on: date, days: int) -> list[Due]:
    """List doses and tasks from a day on, in order of time; given doses are among them."""
    first, last = on.isoformat(), (on + timedelta(days=days - 1)).isoformat()
    within = administration.c.given.in_((0, 1)) & administration.c.day.between(first, last)
    return _listed(register, within, task.c.day.between(first, last))


def overdue(register: Register, on: date) -> list[Due]:
    """List the doses before a day of which nothing is recorded, in order of time."""
    before = (administration.c.given == 0) & (administration.c.day < on.isoformat())
    return _listed(register, before, None)


class Late(NamedTuple):
    """The doses of a drug of a course that are past and have no record."""

    reference: str
    drug: str
    number: int
    first: date


def late(register: Register, on: date) -> list[Late]:
    """Count the doses before a day of which nothing is recorded, by course and drug."""
    columns = (course.c.reference, administration.c.drug)
    query = (
        select(*columns, func.count(), func.min(administration.c.day)).join(course)
        .where((administration.c.given == 0) & (administration.c.day < on.isoformat()) & _OPEN)
        .group_by(*columns).order_by(*columns)
    )  # fmt: skip
    with register.reading() as connection:
        rows = connection.execute(query).all()
    return [
        Late(reference, drug, number, date.fromisoformat(first))
        for reference, drug, number, first in rows
    ]


def _listed(
    register: Register, doses: ColumnElement[bool], tasks: ColumnElement[bool] | None
) -> list[Due]:
    about = (course.c.reference, course.c.regimen, course.c.state, course.c.reviews,
             course.c.problem)  # fmt: skip
    found = select(administration, *about).join(course).where(doses & _OPEN)
    with register.reading() as connection:
        given = connection.execute(found.order_by(administration.c.at, course.c.reference)).all()
        to_do = [] if tasks is None else connection.execute(
            select(task, *about).join(course).where(tasks & _OPEN)
            .order_by(task.c.day, course.c.reference, task.c.key)
        ).all()  # fmt: skip
    by_day: dict[tuple[str, str], list[str]] = {}
    for row in to_do:
        by_day.setdefault((row.reference, row.day), []).append(row.words)
    # What is to be done stands before the doses of its day.
    listed = [((row.day, "", row.reference), _task(row)) for row in to_do]
    listed += [
        ((row.day, row.at, row.reference), due_of(row, by_day.get((row.reference, row.day), ())))
        for row in given
    ]
    return [each for _, each in sorted(listed, key=itemgetter(0))]


def due_of(row: Row[Any], tasks: Iterable[str]) -> Due:
    """Read a dose of a course with what is to be done on its day."""
    at = datetime.fromisoformat(row.at)
    return Due(
        row.reference, row.regimen, at.date(), at, drug=row.drug,
        dose=_printed(row.dose) if row.dose else row.place, way=row.way, product=row.product,
        form=row.form, containers=_printed_packs(row.packs),
        volume=_printed(row.volume) if row.volume else "",
        place=row.place if row.dose else "", given=bool(row.given), state=row.state,
        of_course=() if row.given else of_course(row.state, row.reviews, row.problem),
        before=() if row.given else tuple(tasks), task="", slot=row.slot,
    )  # fmt: skip


def _task(row: Row[Any]) -> Due:
    return Due(
        row.reference, row.regimen, date.fromisoformat(row.day), None, drug="", dose="", way="",
        product="", form="", containers=(), volume="", place="", given=False, state=row.state,
        of_course=(), before=(), task=f"{row.words} ({row.kind})", slot="",
    )  # fmt: skip


@cache
def of_course(state: str, reviews: str, problem: str) -> tuple[str, ...]:
    """Say what must be done with a course before a dose is given."""
    said = {
        f"look at the course, a finding says stop: {problem}": problem,
        "release the course": state == "draft",
        "release the course again, its release has lapsed": state == "lapsed",
        f"look at what is open: {reviews}": reviews,
    }
    return tuple(words for words, so in said.items() if so)


@cache
def _exact(text: str) -> Quantity:
    """Read an amount; the same few stand in most rows."""
    return Quantity.exactly(text)


@cache
def _printed(text: str) -> str:
    return str(_exact(text))


@cache
def _printed_packs(text: str) -> tuple[str, ...]:
    return tuple(map(str, _packs(text)))


@cache
def _packs(text: str) -> tuple[Pack, ...]:
    return tuple(map(Pack.parse, text.split(" + "))) if text else ()


_WEEK = 7


def demand(register: Register, first: date, weeks: int) -> list[tuple[date, "Order"]]:
    """Count the containers for the doses of each week from a day on, with the week's first day."""
    days = [first + timedelta(days=_WEEK * number) for number in range(weeks)]
    return [(day, order(register, day, day + timedelta(days=_WEEK - 1))) for day in days]


class Wanted(NamedTuple):
    """Containers of one size that the doses of some days need."""

    drug: str
    product: str
    form: str
    size: Quantity
    number: int
    doses: int
    """How many doses they are for."""


class Order(NamedTuple):
    """The containers for the doses of some days that are not recorded."""

    wanted: tuple[Wanted, ...]
    left_over: Mapping[tuple[str, str], Quantity]
    """What all containers of a product hold beyond the doses, by drug and product."""
    unknown: tuple[str, ...]
    """Doses whose containers are not known, each with its course; they are not in the order."""


def order(register: Register, first: date, last: date) -> Order:
    """Count the containers for the doses from a day to a day; given ones are left out."""
    table = administration.c
    same = (table.drug, table.product, table.form, table.packs, table.dose)
    within = (table.given == 0) & table.day.between(first.isoformat(), last.isoformat())
    query = (
        select(*same, func.count().label("number")).join(course).where(within & _OPEN)
        .group_by(*same)
    )  # fmt: skip
    lacking = (
        select(course.c.reference, table.drug, table.day).join(course)
        .where(within & _OPEN & (table.packs == "")).order_by(table.day, course.c.reference)
    )  # fmt: skip
    with register.reading() as connection:
        rows = connection.execute(query).all()
        without = connection.execute(lacking).all()
    number: Counter[tuple[str, str, str, Quantity]] = Counter()
    doses: Counter[tuple[str, str, str, Quantity]] = Counter()
    left: dict[tuple[str, str], Quantity] = {}
    for row in rows:
        packs = _packs(row.packs)
        for pack in packs:
            key = (row.drug, row.product, row.form, pack.size)
            number[key] += pack.number * row.number
            doses[key] += row.number
        if packs:
            held = packs[0].size * packs[0].number
            for pack in packs[1:]:
                held += pack.size * pack.number
            rest = (held + _exact(row.dose) * -1) * row.number
            product = (row.drug, row.product)
            left[product] = left[product] + rest if product in left else rest
    return Order(
        tuple(Wanted(*key, number[key], doses[key]) for key in sorted(number)),
        left,
        tuple(f"{row.reference}: {row.drug} on {row.day}" for row in without),
    )
