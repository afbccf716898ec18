"""What every request handler works with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session
from starlette.requests import Request

from fleet.contacts import Contacts
from fleet.people.accounts import Accounts
from fleet.settings import Settings
from fleet.steering import Rules, Steering, read_rules
from fleet.store.content import ContentStore
from fleet.store.database import Database
from fleet.tenant import preset_of
from fleet.traffic import Traffic
from fleet.trust.publisher import Publisher

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
    trust: Publisher | None = None

    async def steer(self, work: Callable[[Session], T]) -> T:
        """`work` changes what operators have decided; the next poll goes by it."""

        def both(session: Session) -> tuple[T, Rules]:
            result = work(session)
            session.flush()
            return result, read_rules(session, preset_of(self.settings))

        result, self.steering.rules = await self.database.write(both)
        return result


def fleet_of(request: Request) -> Fleet:
    fleet: Fleet = request.app.state.fleet
    return fleet


def now_ms() -> int:
    """Milliseconds since 1970, by the server's clock."""
    return time.time_ns() // 1_000_000
