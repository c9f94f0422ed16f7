"""What is kept of each course: every saved course file, byte for byte; nothing is ever deleted."""

import hashlib
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Table, delete, insert, select, update

from posology import record as records
from posology.errors import RecordError, RegisterError
from posology.model import Record
from posology.register.rows import Listed, reference_of
from posology.register.tables import Register, administration, content, course, task
from posology.text import shown


class Kept(NamedTuple):
    """A course as the register keeps it."""

    record: Record
    raw: bytes
    closed: str
    """By whom and why it was closed; empty for one that goes on."""


def load(register: Register, reference: str) -> Kept:
    """Read a course by its reference or its id; one without a reference by its first 8 letters.

    Raises RegisterError where there is none, or what is kept is not what was saved.
    """
    with register.reading() as connection:
        row = must_find(connection, reference, register)
        raw = _last(connection, row)
    return Kept(_read(raw, reference), raw, row.closed)


def add(register: Register, record: Record, raw: bytes, listed: Listed, at: datetime) -> str:
    """Put a course into the register that is not in it yet, and give its reference.

    Raises RegisterError where its id or its reference is in the register already.
    """
    reference = reference_of(record)
    with register.writing() as connection:
        if held := row_of(connection, record.id.hex):
            message = f"{shown(held.reference)} is in the register already; change it there"
            raise RegisterError(message)
        if row_of(connection, reference):
            message = f"another course has the reference {shown(reference)}; give it its own"
            raise RegisterError(message)
        new = insert(course).values(
            id=record.id.hex, reference=reference, entry=1, sha256=_sha256(raw), closed="",
            **listed.course,
        )  # fmt: skip
        connection.execute(new)
        where = select(course.c.number).where(course.c.id == record.id.hex)
        number = connection.execute(where).scalar_one()
        _keep(connection, number, 1, raw, at)
        _list(connection, number, listed)
    return reference


def save(register: Register, record: Record, before: bytes, listed: Listed, at: datetime) -> None:
    """Keep what has become of a course that was read as ``before``, with its rows.

    Raises RegisterError where the course is another by now, or is closed; then nothing is kept.
    """
    raw = records.exact_content(record)
    try:
        with register.writing() as connection:
            row = _changeable(connection, record, before)
            replaced = connection.execute(
                update(course)
                .where(course.c.number == row.number, course.c.entry == row.entry)
                .values(entry=row.entry + 1, sha256=_sha256(raw), **listed.course)
            ).rowcount
            _must_be_one(replaced, record)
            _keep(connection, row.number, row.entry + 1, raw, at)
            _list(connection, row.number, listed)
    except RegisterError:
        # A commit whose answer was lost is not repeated blindly: what is kept now decides.
        if not _is_kept(register, record, raw):
            raise


def _changeable(connection: Connection, record: Record, before: bytes) -> Row[Any]:
    """Find a course that still is as it was read; raises RegisterError for any other."""
    row = row_of(connection, record.id.hex)
    _must_be_one(int(row is not None and row.sha256 == _sha256(before)), record)
    if row is None or row.closed:
        message = f"{reference_of(record)} is closed ({row and row.closed}); open it again:"
        raise RegisterError(f"{message} {_REOPEN}")
    return row


def _must_be_one(replaced: int, record: Record) -> None:
    if replaced != 1:
        message = (
            f"{reference_of(record)} has been changed by another since it was read; nothing was "
            "saved. Look at it again, then repeat the change"
        )
        raise RegisterError(message)


_REOPEN = "posology register reopen REF --by NAME --because REASON"


def relist(register: Register, number: int, sha256: str, listed: Listed) -> bool:
    """Write the rows of a course anew; tell whether it was still the one they are of."""
    with register.writing() as connection:
        same = (course.c.number == number) & (course.c.sha256 == sha256)
        changed = connection.execute(update(course).where(same).values(**listed.course)).rowcount
        if changed:
            _list(connection, number, listed)
    return bool(changed)


def versions(register: Register, reference: str) -> list[tuple[str, bytes]]:
    """Give every saved state of a course, the first one first, with the moment it was saved."""
    with register.reading() as connection:
        row = must_find(connection, reference, register)
        found = connection.execute(
            select(content).where(content.c.course == row.number).order_by(content.c.entry)
        ).all()
        return [(each.at, _bytes(each, reference)) for each in found]


class Course(NamedTuple):
    """A course of the register, without its content."""

    number: int
    id: str
    reference: str
    regimen: str
    sha256: str
    closed: str
    basis: str
    state: str
    problem: str


def courses(register: Register) -> list[Course]:
    """List every course, closed ones too, in the order in which they were added."""
    columns = [course.c[name] for name in Course._fields]
    with register.reading() as connection:
        rows = connection.execute(select(*columns).order_by(course.c.number)).all()
    return [Course(*row) for row in rows]


def row_of(connection: Connection, reference: str) -> Row[Any] | None:
    """Find a course by its reference, or by its id."""
    plain = reference.replace("-", "")
    found = select(course).where((course.c.reference == reference) | (course.c.id == plain))
    return connection.execute(found).one_or_none()


def must_find(connection: Connection, reference: str, register: Register) -> Row[Any]:
    """Find a course; raises RegisterError where there is none, and names one that is near."""
    row = row_of(connection, reference)
    if row is not None:
        return row
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is refused

    known: Select[tuple[str]] = select(course.c.reference)
    near = get_close_matches(reference, connection.scalars(known).all(), n=1)
    hint = f'; did you mean "{near[0]}"?' if near else "; posology register list names them"
    message = f"{shown(reference)} is no course of the register {register.name}{hint}"
    raise RegisterError(message)


def _last(connection: Connection, row: Row[Any]) -> bytes:
    of = (content.c.course == row.number) & (content.c.entry == row.entry)
    return _bytes(connection.execute(select(content).where(of)).one_or_none(), row.reference)


def _bytes(row: Row[Any] | None, reference: str) -> bytes:
    """Give the bytes of a saved state; they must be the ones that were saved."""
    try:
        raw = zlib.decompress(row.bytes) if row else b""
    except zlib.error:
        raw = b""
    if row is None or _sha256(raw) != row.sha256:
        message = f"{shown(reference)} is not as it was saved; restore the last good backup"
        raise RegisterError(message)
    return raw


def _read(raw: bytes, reference: str) -> Record:
    try:
        return records.read(raw)
    except RecordError as error:
        raise RegisterError(f"{shown(reference)} {error}") from None


def _is_kept(register: Register, record: Record, raw: bytes) -> bool:
    try:
        with register.reading() as connection:
            row = row_of(connection, record.id.hex)
            return row is not None and row.sha256 == _sha256(raw)
    except RegisterError:
        return False


def _keep(connection: Connection, number: int, entry: int, raw: bytes, at: datetime) -> None:
    connection.execute(insert(content).values(
        course=number, entry=entry, at=at.isoformat(), sha256=_sha256(raw),
        bytes=zlib.compress(raw),
    ))  # fmt: skip


def _list(connection: Connection, number: int, listed: Listed) -> None:
    for table, rows in ((administration, listed.administrations), (task, listed.tasks)):
        _replace(connection, table, number, rows)


def _replace(
    connection: Connection, table: Table, number: int, rows: Iterable[dict[str, str | int]]
) -> None:
    connection.execute(delete(table).where(table.c.course == number))
    if new := [{"course": number, **row} for row in rows]:
        connection.execute(insert(table), new)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
