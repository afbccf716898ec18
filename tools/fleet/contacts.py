"""When boards were last heard of: kept in memory, written to the database now and then.

Losing the last seconds of it in a crash is harmless: the next poll says it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import Session

from fleet.actions import TargetState
from fleet.store.boards import Target
from fleet.store.database import Database
from fleet.upkeep import Upkeep

_FLUSH_S = 5.0
_UPDATE = (
    update(Target).where(Target.id == bindparam("board")).values(last_contact_ms=bindparam("at"))
)
_GREET = (
    update(Target)
    .where(Target.id == bindparam("board"), Target.state == TargetState.UNKNOWN)
    .values(state=TargetState.REGISTERED)
)


class Contacts:
    """Time of the last contact by target id, newer than the database's or the same."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._latest: dict[int, int] = {}
        self._unwritten: dict[int, int] = {}
        self._new: set[int] = set()
        self._greeting = asyncio.Lock()
        self._upkeep = Upkeep()

    @property
    def failing(self) -> Sequence[str]:
        """What went wrong when it was written last, for people."""
        return self._upkeep.failing

    def note(self, target_id: int, now_ms: int) -> None:
        self._latest[target_id] = now_ms
        self._unwritten[target_id] = now_ms

    async def greet(self, target_id: int) -> None:
        """The first contact of a board that was made by hand: it is registered from now on.

        A new fleet polls all at once: those who wait for the disk go with the next transaction.
        """
        self._new.add(target_id)
        async with self._greeting:
            if target_id in self._new:
                rows = [{"board": each} for each in self._new]
                self._new = set()
                await self._database.write(lambda session: _write(session, _GREET, rows))

    def latest(self, target: Target) -> int | None:
        """Milliseconds since 1970, None if it was never heard of."""
        return self._latest.get(target.id, target.last_contact_ms)

    async def keep_writing(self) -> None:
        """Write what is new every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(_FLUSH_S)
            # What could not be written now is written by the polls to come.
            with self._upkeep.round("writing down when boards were heard of"):
                await self.flush()

    async def flush(self) -> None:
        """Write what is new."""
        rows = [{"board": each, "at": at} for each, at in self._unwritten.items()]
        self._unwritten = {}
        if rows:
            await self._database.write(lambda session: _write(session, _UPDATE, rows))


def _write(session: Session, statement: Update, rows: list[dict[str, int]]) -> None:
    # By the table, not by its class: a board may have been deleted since.
    session.connection().execute(statement, rows)
