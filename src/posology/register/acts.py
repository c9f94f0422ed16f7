"""Courses closed and opened again, each with who decided it and why."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from posology.errors import RegisterError
from posology.register.store import must_find
from posology.register.tables import Register, act, administration, course


class Act(NamedTuple):
    """A course closed, or opened again: when, by whom and why."""

    at: datetime
    what: str
    by: str
    why: str


def close(  # noqa: PLR0913 - what is kept of it, each by its name
    register: Register, reference: str, *, by: str, why: str, at: datetime, today: date
) -> int:
    """Close a course, so that no worklist names it; give how many past doses have no record.

    Raises RegisterError where doses are still planned, for their calendar entries would stay;
    unless the course can no longer be computed, and so not be stopped.
    """
    with register.writing() as connection:
        row = must_find(connection, reference, register)
        without = select(func.count()).where(
            (administration.c.course == row.number) & (administration.c.given == 0)
        )  # fmt: skip
        left = connection.scalar(without.where(administration.c.day >= today.isoformat())) or 0
        if left and not row.problem:
            message = f"{row.reference} has {left} doses to come; stop it first: posology revise"
            raise RegisterError(f"{message} {row.reference} stop --from DATE --reason REASON")
        _act(connection, row, Act(at, "closed", by, why))
        return (connection.scalar(without) or 0) - left


def reopen(register: Register, reference: str, *, by: str, why: str, at: datetime) -> None:
    """Open a closed course again."""
    with register.writing() as connection:
        _act(connection, must_find(connection, reference, register),
             Act(at, "opened again", by, why))  # fmt: skip


def acts(register: Register, reference: str) -> list[Act]:
    """List when a course was closed and opened again."""
    with register.reading() as connection:
        row = must_find(connection, reference, register)
        of = select(act).where(act.c.course == row.number).order_by(act.c.number)
        return [
            Act(datetime.fromisoformat(each.at), each.what, each.by, each.why)
            for each in connection.execute(of)
        ]


def _act(connection: Connection, row: Row[Any], done: Act) -> None:
    closes = done.what == "closed"
    if closes == bool(row.closed):
        raise RegisterError(f"{row.reference} is {'closed already' if closes else 'not closed'}")
    number = 1 + (connection.scalar(select(func.count()).where(act.c.course == row.number)) or 0)
    connection.execute(insert(act).values(
        course=row.number, number=number, at=done.at.isoformat(), what=done.what, by=done.by,
        why=done.why,
    ))  # fmt: skip
    words = f"by {done.by}: {done.why}" if closes else ""
    connection.execute(update(course).where(course.c.number == row.number).values(closed=words))
