"""What every request handler works with."""

from __future__ import annotations

import time
from dataclasses import dataclass

from starlette.requests import Request

from fleet.contacts import Contacts
from fleet.people.accounts import Accounts
from fleet.settings import Settings
from fleet.store.content import ContentStore
from fleet.store.database import Database
from fleet.traffic import Traffic
from fleet.trust.publisher import Publisher


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
    trust: Publisher | None = None


def fleet_of(request: Request) -> Fleet:
    fleet: Fleet = request.app.state.fleet
    return fleet


def now_ms() -> int:
    """Milliseconds since 1970, by the server's clock."""
    return time.time_ns() // 1_000_000
