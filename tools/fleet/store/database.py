"""Reads and writes, away from the event loop.

One thread writes, one transaction after the other: SQLite takes one writer anyway, and nothing
can then happen between what a transaction has read and what it writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from fleet.store.engine import claim, is_alive, is_embedded, open_engine

_READERS = 4

T = TypeVar("T")


class Database:
    """What is passed to `read` and `write` runs in one transaction, in a thread."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = open_engine(url)
        self._embedded = is_embedded(self._engine)
        self._claim: Connection | None = None
        self._writer = ThreadPoolExecutor(1, "fleet-write")
        self._readers = ThreadPoolExecutor(_READERS, "fleet-read")
        self._quick: Connection | None = None

    def claim(self) -> None:
        """Keep other servers off this database until it is closed. Raises ClaimedError."""
        self._claim = claim(self._engine)

    async def keep_claim(self) -> None:
        """Claim it again if the database was restarted, or has ended the claim's connection.

        Raises ClaimedError if another server was quicker.
        """
        if self._claim is not None:
            await asyncio.get_running_loop().run_in_executor(self._readers, self._renew_claim)

    async def read(self, work: Callable[[Session], T]) -> T:
        """The result of `work`, which must change nothing."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._in_session, work
        )

    async def write(self, work: Callable[[Session], T]) -> T:
        """The result of `work`, once it is durable; nothing of it if it raises."""
        return await asyncio.get_running_loop().run_in_executor(
            self._writer, self._in_transaction, work
        )

    def write_now(self, work: Callable[[Session], T]) -> T:
        """`write` for callers outside the event loop."""
        return self._writer.submit(self._in_transaction, work).result()

    async def read_indexed(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`: one or two reads by index, and nothing else.

        With an embedded database they are done on the spot: the way to a thread and back costs
        more than the read.
        """
        if self._embedded:
            return work(self._quick_connection())
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._in_connection, work
        )

    def wipe(self) -> None:
        """Leave nothing on disk of what was overwritten; takes a while."""
        if self._embedded:
            self._writer.submit(self._vacuum).result()

    def close(self) -> None:
        """Finish what was begun."""
        self._writer.shutdown()
        self._readers.shutdown()
        for each in (self._quick, self._claim):
            if each is not None:
                each.close()
        self._engine.dispose()

    def _renew_claim(self) -> None:
        if self._claim is not None and not is_alive(self._claim):
            self._claim.close()
            self._claim = claim(self._engine, wait_s=0) or self._claim

    def _in_session(self, work: Callable[[Session], T]) -> T:
        with Session(self._engine, autoflush=False) as session:
            return work(session)

    def _in_transaction(self, work: Callable[[Session], T]) -> T:
        # Results are often shaped after the commit; what was loaded is still true then.
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    def _vacuum(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def _in_connection(self, work: Callable[[Connection], Any]) -> Any:
        # A transaction would be two more ways to the database and back.
        with self._engine.connect() as connection:
            return work(connection.execution_options(isolation_level="AUTOCOMMIT"))

    def _quick_connection(self) -> Connection:
        """One for the event loop alone; each read of it sees the newest commit."""
        if self._quick is None:
            self._quick = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._quick
