"""Opening the database. All that only one kind of database knows stands here."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from fleet.store import boards  # noqa: F401  (its tables are to be created as well)
from fleet.store.models import Base

# An acknowledged report outlives a power cut, not just the process: the log is synced at commit.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")


class DatabaseError(Exception):
    """The database cannot be opened; the text is for the person who gave its URL."""


def open_engine(url: str) -> Engine:
    """The database behind an SQLAlchemy URL, with all tables. Raises DatabaseError."""
    try:
        # Parameters may be tokens, and errors are logged.
        engine = create_engine(make_url(url), hide_parameters=True)
        if is_embedded(engine):
            event.listen(engine, "connect", _prepare_sqlite)
        Base.metadata.create_all(engine)
    except (ArgumentError, DBAPIError, SQLAlchemyError, ModuleNotFoundError) as error:
        reason = str(error).splitlines()[0]
        raise DatabaseError(f"database {_shown(url)}: {reason}") from error
    return engine


def is_embedded(engine: Engine) -> bool:
    """Whether the database is in this process: an indexed read then takes microseconds."""
    return engine.dialect.name == "sqlite"


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _shown(url: str) -> str:
    """The URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "URL"
