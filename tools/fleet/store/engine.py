"""Opening the database. All that only one kind of database knows stands here."""

from __future__ import annotations

import sqlite3
import time

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from fleet.store import tables  # noqa: F401  (what is mapped must be complete)
from fleet.store.migrate import SchemaError, migrate

_BUSY = "busy_timeout=5000"
# An acknowledged report outlives a power cut, not just the process: the log is synced at commit.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", _BUSY)
# Of a server's claim on a PostgreSQL database, for as long as it runs: "locker" in ASCII.
_CLAIM = 0x6C6F636B6572
_CLAIM_S = 10.0


class DatabaseError(Exception):
    """The database cannot be opened; the text is for the person who gave its URL."""


class ClaimedError(DatabaseError):
    """Another server is running on it."""


def open_engine(url: str) -> Engine:
    """The database behind an SQLAlchemy URL, with today's schema. Raises DatabaseError."""
    try:
        made = make_url(url)
        _bring_up_to_date(made)
        # Parameters may be tokens, and errors are logged.
        engine = create_engine(made, hide_parameters=True)
        if is_embedded(engine):
            event.listen(engine, "connect", _prepare_sqlite)
    except (ArgumentError, DBAPIError, SQLAlchemyError, ModuleNotFoundError, SchemaError) as error:
        reason = str(error).splitlines()[0]
        raise DatabaseError(f"database {_shown(url)}: {reason}") from error
    return engine


def is_embedded(engine: Engine) -> bool:
    """Whether the database is in this process: an indexed read then takes microseconds."""
    return engine.dialect.name == "sqlite"


def claim(engine: Engine, wait_s: float | None = None) -> Connection | None:
    """Keep other servers off the database until what is given back is closed.

    None for SQLite: its file is in a directory that one server has for itself already. Raises
    ClaimedError. One that was killed lets go when the database notices, so this waits a little.
    """
    if is_embedded(engine):
        return None
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    give_up = time.monotonic() + (_CLAIM_S if wait_s is None else wait_s)
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _CLAIM}):
        if time.monotonic() > give_up:
            connection.close()
            raise ClaimedError(f"database {engine.url!r}: another server is running on it")
        time.sleep(0.1)
    return connection


def is_alive(connection: Connection) -> bool:
    """Whether the database still knows of it: what it claimed is gone otherwise."""
    if connection.closed:
        return False
    try:
        connection.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True


def _bring_up_to_date(url: URL) -> None:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if is_embedded(engine):
        event.listen(engine, "connect", _prepare_sqlite_for_steps)
        event.listen(engine, "begin", _begin_sqlite)
    with engine.begin() as connection:
        migrate(connection)


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _prepare_sqlite_for_steps(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """A step may replace a table: with foreign keys on, all that points to it would go too."""
    # Python's module would leave the making of tables out of a transaction.
    connection.isolation_level = None
    connection.execute(f"PRAGMA {_BUSY}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _shown(url: str) -> str:
    """The URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "URL"
