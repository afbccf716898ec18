"""What every request handler works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session
from starlette.requests import Request

from fleet.clock import now_ms
from fleet.contacts import Contacts
from fleet.flood import Flood
from fleet.people.accounts import Accounts
from fleet.scheduler import Scheduler
from fleet.sealing import Seal
from fleet.settings import Settings
from fleet.steering import Rules, Steering, read_rules
from fleet.store.content import ContentStore
from fleet.store.database import Database
from fleet.tenant import preset_of
from fleet.traffic import Traffic
from fleet.trust.publisher import Publisher

__all__ = ["Fleet", "fleet_of", "now_ms"]

T = TypeVar("T")


@dataclass(frozen=True)
class Fleet:
    """The parts of one running server. `page_key` signs the cookies of its page."""

    settings: Settings
    database: Database
    content: ContentStore
    accounts: Accounts
    page_key: bytes
    contacts: Contacts
    traffic: Traffic
    steering: Steering
    scheduler: Scheduler
    seal: Seal
    flood: Flood
    trust: Publisher | None = None

    async def steer(self, work: Callable[[Session], T]) -> T:
        """`work` changes what operators have decided; the next poll goes by it."""

        def both(session: Session) -> tuple[T, Rules]:
            result = work(session)
            session.flush()
            return result, read_rules(session, preset_of(self.settings), self.seal)

        result, self.steering.rules = await self.database.write(both)
        self.scheduler.wake()
        return result


def fleet_of(request: Request) -> Fleet:
    fleet: Fleet = request.app.state.fleet
    return fleet
