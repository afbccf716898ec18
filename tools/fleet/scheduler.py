"""What the server does by itself: rollouts go on, filters assign, channels offer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet import autoassign, channel_moves, channels, rollout_steps
from fleet.clock import now_ms
from fleet.steering import Steering
from fleet.store.boards import Target
from fleet.store.content import ContentStore
from fleet.store.database import Database
from fleet.store.engine import ClaimedError
from fleet.upkeep import Upkeep

_CHUNK = 100


@dataclass(frozen=True)
class _Board:
    """A board whose channel has to decide anew."""

    id: int
    name: str


@dataclass(frozen=True)
class _Work:
    """What there may be to do now."""

    rollouts: tuple[int, ...]
    filters: tuple[int, ...]
    boards: tuple[_Board, ...]


class Scheduler:
    """Looks every `look_s` seconds, or when it is woken. `keep` runs as long as the server.

    `on_claimed` is told when another server has the database: this one has to end then.
    """

    def __init__(
        self,
        database: Database,
        content: ContentStore,
        steering: Steering,
        look_s: float,
        on_claimed: Callable[[str], None],
    ) -> None:
        self._database = database
        self._content = content
        self._steering = steering
        self._look_s = look_s
        self._on_claimed = on_claimed
        self._woken = asyncio.Event()
        self._upkeep = Upkeep()

    @property
    def failing(self) -> Sequence[str]:
        """What went wrong in the last look, for people."""
        return self._upkeep.failing

    def wake(self) -> None:
        """Look at once: an operator waits."""
        self._woken.set()

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._look_s)
            self._woken.clear()
            with self._upkeep.round("looking for what is to be done"):
                await self._look()

    async def _look(self) -> None:
        """All that there is to do, one short transaction after the other.

        What fails waits for the next look, and nothing waits for it.
        """
        tried, more = 0, True
        while more:
            try:
                await self._database.keep_claim()
            except ClaimedError as error:
                self._on_claimed(str(error))
                return
            work = await self._database.read(partial(self._find, after=tried))
            steps = [await self._roll(each) for each in work.rollouts]
            assigned = [await self._assign(each) for each in work.filters]
            if work.boards and not await self._settle(work.boards):
                tried = work.boards[-1].id
            more = any(steps) or any(assigned) or bool(work.boards)

    def _find(self, session: Session, after: int) -> _Work:
        """`after`: boards up to that id are not looked at."""
        due = select(Target.id, Target.controller_id).where(Target.due, Target.id > after)
        return _Work(
            tuple(rollout_steps.busy_rollouts(session, now_ms())),
            tuple(autoassign.filters(session)),
            tuple(_Board(*row) for row in session.execute(due.order_by(Target.id).limit(_CHUNK))),
        )

    async def _roll(self, rollout_id: int) -> bool:
        """Whether there is more to do at once."""
        tenant = self._steering.rules.tenant
        with self._upkeep.attempt(f"rollout {rollout_id}"):
            return await self._database.write(
                lambda session: rollout_steps.step(
                    session, self._content, tenant, rollout_id, now_ms()
                )
            )
        return False

    async def _assign(self, filter_id: int) -> bool:
        """Whether boards were given something."""
        tenant = self._steering.rules.tenant
        with self._upkeep.attempt(f"target filter {filter_id}"):
            boards = await self._database.read(
                lambda session: autoassign.due_boards(session, self._content, filter_id)
            )
            return bool(boards) and await self._database.write(
                lambda session: autoassign.assign_due(session, filter_id, boards, tenant, now_ms())
            )
        return False

    async def _settle(self, boards: Sequence[_Board]) -> bool:
        """Whether it went well with all of them; one that it does not is alone with that."""
        one = len(boards) == 1
        what = f"the channel of {boards[0].name}" if one else f"channels of {len(boards)} boards"
        with self._upkeep.attempt(what):
            await self._settle_at_once([each.id for each in boards])
            return True
        if not one:
            for each in boards:
                await self._settle([each])
        return False

    async def _settle_at_once(self, ids: Sequence[int]) -> None:
        tenant = self._steering.rules.tenant

        def settle(session: Session) -> None:
            boards = session.scalars(select(Target).where(Target.id.in_(ids))).all()
            crowded = channels.settle(session, self._content, boards, tenant, now_ms())
            for name in crowded:
                channel_moves.bring_along(session, self._content, tenant, name, now_ms())

        await self._database.write(settle)
