"""The tables of a register, in SQLite or PostgreSQL, and how a register is opened.

``content`` is the truth: every saved course file, byte for byte. What ``administration`` and
``task`` hold follows from it and can be computed again.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import SchemaItem

from posology.errors import RegisterError
from posology.keyrings import kept_password
from posology.text import shown

SCHEMA = "2"
"""The form of the tables; a register of a later form is refused, an earlier one is brought up."""
PASSWORD = "POSOLOGY_REGISTER_PASSWORD"  # noqa: S105 - the name of a variable
_WAIT = 5_000
"""In milliseconds, for another writer."""
_LONGEST = 200
"""Letters of a path that is named in whole."""

tables = MetaData()
meta = Table("meta", tables, Column("name", Text, primary_key=True), Column("value", Text))


def _texts(names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names.split()]


def _of_course() -> Column[int]:
    return Column("course", ForeignKey("course.number"), nullable=False)


def _table(name: str, columns: list[SchemaItem]) -> Table:
    return Table(name, tables, *columns)


course = _table("course", [
    Column("number", Integer, primary_key=True),
    Column("entry", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    *_texts("id reference regimen sha256 closed state reviews problem"),
    *_texts("basis"),
    *(UniqueConstraint(name) for name in ("id", "reference")),
])  # fmt: skip
"""``entry`` counts what was saved, ``closed`` says by whom and why, ``basis`` what the rows of the
course were computed with; ``problem`` why its doses are not those that would be computed now."""
content = _table("content", [
    _of_course(),
    Column("entry", Integer, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    *_texts("at sha256"),
    PrimaryKeyConstraint("course", "entry"),
])  # fmt: skip
"""Only ever added to."""
act = _table("act", [
    _of_course(),
    Column("number", Integer, nullable=False),
    *_texts("at what by why"),
    PrimaryKeyConstraint("course", "number"),
])  # fmt: skip
"""A course that was closed, or opened again. Only ever added to."""
administration = _table("administration", [
    _of_course(),
    Column("given", Integer, nullable=False),
    *_texts("slot day at drug dose way product form packs volume"),
    *_texts("place lot"),
    PrimaryKeyConstraint("course", "slot"),
])  # fmt: skip
task = _table("task", [
    _of_course(),
    *_texts("key day kind words"),
    PrimaryKeyConstraint("course", "key"),
])  # fmt: skip
feed = _table("feed", [
    Column("number", Integer, primary_key=True),
    *_texts("token_sha256 course privacy at by ended"),
    UniqueConstraint("token_sha256"),
])  # fmt: skip
"""An address from which a calendar is read again and again; ``course`` is empty for that of all.

The address itself is not kept: who reads the register cannot read the calendar by it."""
Index("administration_by_day", administration.c.given, administration.c.day)
Index("task_by_day", task.c.day)


class Register(NamedTuple):
    """An open register, and how it is named to a person."""

    engine: Engine
    name: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the register."""
        with _told(self), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose statements are kept all together, or none of them."""
        engine = self.engine.execution_options(writes=True)
        with _told(self), engine.connect() as connection, connection.begin():
            yield connection


def opened(where: str, *, make: bool = False) -> Register:
    """Open the register in a file, or at the address of a PostgreSQL database.

    ``make``: begin it, where there is none. Raises RegisterError that says what to do.
    """
    register = _of_server(where) if "://" in where else _of_file(Path(where), make=make)
    with register.reading() as connection:
        tables_there = inspect(connection)
        there = tables_there.has_table("meta")
        foreign = not there and bool(tables_there.get_table_names())
        found = _schema(connection) if there else None
    if foreign:
        raise RegisterError(f"{register.name}: is a database of another program; name another")
    if not there and not make:
        raise RegisterError(f"{register.name}: holds no register; {_BEGIN}")
    if not there:
        with register.writing() as connection:
            tables.create_all(connection)
            if _schema(connection) is None:  # another may have begun it in the same moment
                connection.execute(meta.insert().values(name="schema", value=SCHEMA))
    elif found is None or int(found) > int(SCHEMA):
        message = f"is of form {found}, this Posology knows form {SCHEMA}; update Posology"
        raise RegisterError(f"{register.name}: {message}")
    elif found != SCHEMA:
        _bring_up(register)
    return register


def _bring_up(register: Register) -> None:
    """Make an earlier form the one of today, whole or not at all."""
    with register.writing() as connection:
        tables.create_all(connection)  # form 2 has one table more than form 1
        connection.execute(meta.update().where(meta.c.name == "schema").values(value=SCHEMA))


_BEGIN = "posology register add FILE puts a first course into it"


def _schema(connection: Connection) -> str | None:
    found = connection.scalar(select(meta.c.value).where(meta.c.name == "schema"))
    return found if found and re.fullmatch(r"[1-9][0-9]{0,3}", found) else None


def _of_file(path: Path, *, make: bool) -> Register:
    """Open a file; a new one can be read by its owner alone."""
    name = str(path) if len(str(path)) <= _LONGEST and str(path).isprintable() else shown(str(path))
    try:
        if path.is_dir():
            raise RegisterError(f"{name} is a folder; name a file, as in courses.db")
        if not path.exists():
            if not make:
                raise RegisterError(f"there is no register {name}; {_BEGIN}")
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        with path.open("rb") as stream:
            begins = stream.read(16)
    except OSError as error:
        raise RegisterError(f"{name} cannot be used: {error.strerror}") from None
    if begins and begins != b"SQLite format 3\0":
        raise RegisterError(f"{name} is no register; name another file")
    if not begins:  # a new one: what is written lies beside it until the file has it, for good
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    engine = create_engine(URL.create("sqlite", database=str(path.absolute())), poolclass=NullPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return Register(engine, name)


def _prepare(connection, _) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - of the driver
    """Set what SQLite is asked for: a commit is on the disk; another writer is waited for."""
    connection.isolation_level = None  # we begin transactions ourselves
    for each in (f"busy_timeout = {_WAIT}", "synchronous = FULL", "foreign_keys = ON"):  # fmt: skip
        connection.execute(f"PRAGMA {each}")


def _begin(connection: Connection) -> None:
    """Begin to write at once: a transaction that first reads would be refused, not waited for."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _of_server(where: str) -> Register:
    """Open a database of a server; its password never stands in the address that is typed."""
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        raise RegisterError(f"{shown(where)} is not an address; {_ADDRESS}") from None
    if url.drivername not in {"postgresql", "postgres"}:
        raise RegisterError(f"{shown(url.drivername)} is no kind of register; {_ADDRESS}")
    if url.password:
        raise RegisterError(f"leave the password out of the address; set {PASSWORD}, {_KEYRING}")
    password = os.environ.get(PASSWORD) or kept_password(url.username or "")
    url = url.set(drivername="postgresql+psycopg", password=password)
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (ModuleNotFoundError, NoSuchModuleError):
        message = 'a register on a server needs the extra postgres: pip install ".[postgres]"'
        raise RegisterError(f"{message} in Posology's folder") from None
    return Register(engine, url.set(password=None, drivername="postgresql").render_as_string())


_ADDRESS = "write a file, as in courses.db, or postgresql://user@server/database"
_KEYRING = "or keep it in the keyring (service posology)"


@contextmanager
def _told(register: Register) -> Iterator[None]:
    """Say in one line what a database has refused; its own words may hold what it holds."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = _reason(error)
        raise RegisterError(f"{register.name}: {reason}") from None


_REASONS = {
    "locked": "is being written by another; try again",
    "malformed": "is damaged; restore the last backup",
    "not a database": "is no register; name another file",
    "readonly": "may not be written; ask who looks after it",
    "read-only": "may not be written; ask who looks after it",
    "permission denied": "may not be used by this user; ask who looks after it",
    "full": "its disk is full; nothing was saved",
    "no space left": "its disk is full; nothing was saved",
    "disk i/o": "the disk cannot be written; nothing was saved",
    "password authentication": f"the user or password is refused; set {PASSWORD}",
    "no password supplied": f"needs a password; set {PASSWORD}",
    "does not exist": "there is no such database or user; ask who looks after it",
    "is the server running": "the server does not answer; is it running?",
    "refused": "the server does not answer; is it running?",
    "could not translate": "the server is not found; look at its name",
    "unique": "another has entered the same course in this moment; look again",
    "connection": "the connection was lost; look whether it was saved, then try again",
}


def _reason(error: SQLAlchemyError) -> str:
    words = str(getattr(error, "orig", None) or error).lower()
    found = (told for part, told in _REASONS.items() if part in words)
    return next(found, f"the database refuses ({type(error).__name__}); nothing was saved")
