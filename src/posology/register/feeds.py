"""Addresses from which a calendar program reads a calendar again and again: subscriptions.

Outlook, Google and Apple replace all entries of a calendar only where they have subscribed to it.
"""

import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, update

from posology import __version__
from posology.errors import RegisterError
from posology.register.store import must_find
from posology.register.tables import Register, course, feed


class Feed(NamedTuple):
    """An address from which a calendar is read."""

    number: int
    course: str
    """The id of the course; empty for the calendar of all courses."""
    reference: str
    privacy: str
    at: datetime
    by: str
    ended: str
    """When and by whom it was ended; empty while it is read."""


def add_feed(  # noqa: PLR0913 - what is kept of an address, each by its name
    register: Register, token: str, reference: str | None, *, privacy: str, by: str, at: datetime
) -> int:
    """Keep a new address, of a released course or of all courses; give its number.

    Of the address only a hash is kept. Raises RegisterError for a course that is not released.
    """
    with register.writing() as connection:
        of = ""
        if reference is not None:
            row = must_find(connection, reference, register)
            if row.state != "released":
                message = "is not released; only a released course has an address"
                raise RegisterError(f"{row.reference} {message}")
            of = row.id
        number = 1 + (connection.scalar(select(func.max(feed.c.number))) or 0)
        connection.execute(insert(feed).values(
            number=number, token_sha256=_sha256(token), course=of, privacy=privacy,
            at=at.isoformat(), by=by, ended="",
        ))  # fmt: skip
    return number


def feeds(register: Register) -> list[Feed]:
    """List all addresses, ended ones too."""
    query = (
        select(feed, course.c.reference).select_from(feed)
        .join(course, course.c.id == feed.c.course, isouter=True).order_by(feed.c.number)
    )  # fmt: skip
    with register.reading() as connection:
        return [_feed(row) for row in connection.execute(query).all()]


def end_feed(register: Register, number: int, *, by: str, at: datetime) -> None:
    """End an address for good; raises RegisterError where there is none, or it has ended."""
    with register.writing() as connection:
        ended = connection.execute(
            update(feed).where((feed.c.number == number) & (feed.c.ended == ""))
            .values(ended=f"{at.isoformat()} by {by}")
        ).rowcount  # fmt: skip
        if not ended:
            raise RegisterError(
                f"{number} is no address that is read; posology feed list names them"
            )


def feed_of(register: Register, token: str) -> Feed | None:
    """Find what is read from an address; None where there is no such address, or it has ended."""
    query = (
        select(feed, course.c.reference).select_from(feed)
        .join(course, course.c.id == feed.c.course, isouter=True)
        .where((feed.c.token_sha256 == _sha256(token)) & (feed.c.ended == ""))
    )  # fmt: skip
    with register.reading() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else _feed(row)


def state_of(register: Register, of: Feed) -> str:
    """Give a hash that changes whenever the calendar of an address may have changed."""
    columns = (course.c.id, course.c.sha256, course.c.closed, course.c.state, course.c.problem)
    query = select(*columns).order_by(course.c.number)
    if of.course:
        query = query.where(course.c.id == of.course)
    with register.reading() as connection:
        rows = connection.execute(query).all()
    return _sha256(repr((__version__, of.privacy, [tuple(row) for row in rows])))


def _feed(row) -> Feed:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a row of the two tables
    return Feed(row.number, row.course, row.reference or "", row.privacy,
                datetime.fromisoformat(row.at), by=row.by, ended=row.ended)  # fmt: skip


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
