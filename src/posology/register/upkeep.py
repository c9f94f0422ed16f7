"""A register rebuilt, proved, and copied while it is in use."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Table, select

from posology.errors import CourseError, RecordError, RegisterError
from posology.model import Plan, Record
from posology.register import store
from posology.register.rows import Listed, listed, unplanned
from posology.register.tables import Register, administration, course, task
from posology.text import shown

PlanOf = Callable[[Record], Plan]
"""Computes a course as it is now; raises PosologyError where that cannot be done."""
Rows = Callable[[list[bytes]], Iterable[Listed]]
"""Lists courses of the register, given their course files; on several processors, if it likes."""
Progress = Callable[[int, int], None]
"""Is told how many courses are done, and of how many."""
_AT_ONCE = 64
"""How many courses are computed between two reports of progress."""


class Verified(NamedTuple):
    """What was compared, and what is wrong, each with its course."""

    courses: int
    states: int
    wrong: tuple[str, ...]


def rows_of(record: Record, plan_of: PlanOf, basis: str) -> Listed:
    """List a course; one that cannot be computed is listed as its file says, with the reason."""
    try:
        return listed(record, plan_of(record), basis)
    except (CourseError, RecordError) as error:
        return unplanned(record, "; ".join(str(error).splitlines()), basis)


def rebuild(register: Register, rows: Rows, progress: Progress) -> dict[str, str]:
    """Write the rows of every course anew from its course file; no course file is changed.

    Gives, by reference, why a course is listed as its file says, and not as it would be now; or
    why it is not listed anew at all.
    """
    problems = {}
    for each, now in _computed(register, rows, progress):
        if isinstance(now, RegisterError):
            problems[each.reference] = str(now)
            continue
        store.relist(register, each.number, each.sha256, now)
        if now.course["problem"]:
            problems[each.reference] = str(now.course["problem"])
    return problems


def verify(register: Register, rows: Rows, progress: Progress) -> Verified:
    """Prove that every saved state is as it was saved, and the rows are those of the last ones."""
    wrong: list[str] = []
    courses = states = 0
    for each, now in _computed(register, rows, progress):
        courses += 1
        try:
            states += len(store.versions(register, each.reference))
            wrong += (
                [str(now)] if isinstance(now, RegisterError) else _differences(register, each, now)
            )
        except RegisterError as error:
            wrong.append(str(error))
    return Verified(courses, states, tuple(wrong))


def _computed(
    register: Register, rows: Rows, progress: Progress
) -> Iterator[tuple[store.Course, Listed | RegisterError]]:
    """List every course as it is now, a few at a time; or say why it cannot be read."""
    every = store.courses(register)
    for first in range(0, len(every), _AT_ONCE):
        some = every[first : first + _AT_ONCE]
        held = [_loaded(register, each.reference) for each in some]
        computed = iter(rows([each for each in held if isinstance(each, bytes)]))
        for each, raw in zip(some, held, strict=True):
            yield each, next(computed) if isinstance(raw, bytes) else raw
        progress(first + len(some), len(every))


def _loaded(register: Register, reference: str) -> bytes | RegisterError:
    try:
        return store.load(register, reference).raw
    except RegisterError as error:
        return error


def _differences(register: Register, each: store.Course, now: Listed) -> list[str]:
    """Name what the rows of a course say otherwise than they would be written now."""
    with register.reading() as connection:
        about = connection.execute(select(course).where(course.c.number == each.number)).mappings()
        row = about.one()
        same = all(row[name] == value for name, value in now.course.items() if name != "basis")
        if not same:
            return [f"{each.reference}: {_NOT_ITS_OWN}"]
        for table, rows in ((administration, now.administrations), (task, now.tasks)):
            of = select(table).where(table.c.course == each.number)
            held = [dict(row) for row in connection.execute(of).mappings()]
            wanted = [{"course": each.number, **row} for row in rows]
            if _sorted(held, table) != _sorted(wanted, table):
                return [f"{each.reference}: {_NOT_ITS_OWN}"]
    return []


_NOT_ITS_OWN = (
    "its rows are not those of its course file; posology register rebuild writes them anew"
)


def _sorted(rows: Iterable[dict[str, str | int]], table: Table) -> list[dict[str, str | int]]:
    key = list(table.primary_key.columns)[1].name
    return sorted(rows, key=lambda row: str(row[key]))


def backup(register: Register, path: Path) -> None:
    """Copy a register in a file into another file, whole, also while it is written.

    Raises RegisterError where the file exists, or the register is on a server.
    """
    where = register.engine.url.database
    if register.engine.dialect.name != "sqlite" or where is None:
        message = "a register on a server is copied by its own tools: pg_dump -Fc"
        raise RegisterError(f"{register.name}: {message}")
    try:
        with path.open("xb"):
            path.chmod(0o600)
        with closing(sqlite3.connect(where)) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
            whole = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except FileExistsError:
        raise RegisterError(f"{shown(str(path))} exists; take another name") from None
    except (OSError, sqlite3.Error) as error:
        path.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or str(error)
        raise RegisterError(f"{shown(str(path))} cannot be written: {reason}") from None
    if not whole:
        path.unlink()
        raise RegisterError(f"{register.name}: the copy is not whole; the register is damaged")
