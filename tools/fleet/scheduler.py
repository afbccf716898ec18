"""What the server does by itself: rollouts go on, filters assign, channels offer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from fleet import autoassign, channel_moves, channels, rollout_steps
from fleet.clock import now_ms
from fleet.steering import Steering
from fleet.store.boards import Target
from fleet.store.content import ContentStore
from fleet.store.database import Database

_LOG = logging.getLogger("fleet.scheduler")
_CHUNK = 100


@dataclass(frozen=True)
class _Work:
    """What there is to do now."""

    rollouts: tuple[int, ...]
    filters: tuple[autoassign.Due, ...]
    boards: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.filters or self.boards)


class Scheduler:
    """Looks every `look_s` seconds, or when it is woken. `keep` runs as long as the server."""

    def __init__(
        self, database: Database, content: ContentStore, steering: Steering, look_s: float
    ) -> None:
        self._database = database
        self._content = content
        self._steering = steering
        self._look_s = look_s
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once: an operator waits."""
        self._woken.set()

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._look_s)
            self._woken.clear()
            try:
                await self._look()
            except OperationalError as error:
                _LOG.warning("database: %s", str(error).splitlines()[0])

    async def _look(self) -> None:
        """All that there is to do, one short transaction after the other."""
        more = True
        while more:
            work = await self._database.read(self._find)
            steps = [await self._roll(each) for each in work.rollouts]
            for due in work.filters:
                await self._assign(due)
            if work.boards:
                await self._settle(work.boards)
            more = any(steps) or bool(work)

    def _find(self, session: Session) -> _Work:
        due = select(Target.id).where(Target.due).order_by(Target.id).limit(_CHUNK)
        return _Work(
            tuple(rollout_steps.busy_rollouts(session, now_ms())),
            tuple(autoassign.due_boards(session, self._content)),
            tuple(session.scalars(due)),
        )

    async def _roll(self, rollout_id: int) -> bool:
        tenant = self._steering.rules.tenant
        return await self._database.write(
            lambda session: rollout_steps.step(session, self._content, tenant, rollout_id, now_ms())
        )

    async def _assign(self, due: autoassign.Due) -> None:
        tenant = self._steering.rules.tenant
        await self._database.write(
            lambda session: autoassign.assign_due(session, due, tenant, now_ms())
        )

    async def _settle(self, ids: tuple[int, ...]) -> None:
        tenant = self._steering.rules.tenant

        def settle(session: Session) -> None:
            boards = session.scalars(select(Target).where(Target.id.in_(ids))).all()
            crowded = channels.settle(session, self._content, boards, tenant, now_ms())
            for name in crowded:
                channel_moves.bring_along(session, self._content, tenant, name, now_ms())

        await self._database.write(settle)
