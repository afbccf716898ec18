"""Who somebody is, by name and password: for the Mgmt API's requests, and for signing in."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from fleet.errors import Kind, RefusedError
from fleet.people.credentials import basic_credentials, same
from fleet.people.guesses import Allowance, Guesses
from fleet.people.hashing import PasswordCheck
from fleet.people.models import Person
from fleet.people.roles import Identity, Role
from fleet.store.database import Database

ENVIRONMENT_ADMIN = "admin"
_FROM_ENVIRONMENT = "environment"
_NETWORK_BITS = 64

# Nobody is kept out for long, and nobody can keep another person out without many addresses.
_BY_PLACE = Allowance(burst=10, refill_ms=30_000)
_BY_ADDRESS = Allowance(burst=30, refill_ms=10_000)
_BY_NAME = Allowance(burst=100, refill_ms=5_000)

_TOO_MANY = Kind(429, "tooManyGuesses", "security.TooManyGuessesException")
_PERSON = select(Person.id, Person.password, Person.role).where(Person.name == bindparam("name"))


class TooManyGuessesError(RefusedError):
    """Wrong passwords came from there too often, or for that name."""

    def __init__(self, wait_ms: int) -> None:
        self.wait_s = -(-wait_ms // 1000)
        super().__init__(_TOO_MANY, f"Too many wrong passwords: try again in {self.wait_s} s.")


@dataclass(frozen=True)
class Known:
    """Somebody who may use the server; `id` None is the admin of the environment."""

    id: int | None
    identity: Identity
    password: str


class Accounts:
    """Checks names and passwords. `admin` is the password of the environment's admin, if any."""

    def __init__(self, database: Database, admin: str | None, clock: Callable[[], int]) -> None:
        self._database = database
        self._admin = admin or None
        self._now_ms = clock
        self._check = PasswordCheck()
        self._by_place, self._by_address = Guesses(_BY_PLACE), Guesses(_BY_ADDRESS)
        self._by_name = Guesses(_BY_NAME)

    async def anybody(self) -> bool:
        """Whether there is anybody who could sign in."""
        return self._admin is not None or await self._database.read(_anybody)

    def nobody(self) -> bool:
        """Whether there is nobody; for callers outside the event loop."""
        return self._admin is None and not self._database.write_now(_anybody)

    async def person_of(self, authorization: str | None, address: str) -> Identity | None:
        """The person behind an Authorization header, None if it proves nobody.

        Raises TooManyGuessesError.
        """
        given = basic_credentials(authorization)
        if given is None:
            return None
        known = await self.prove(*given, address)
        return known.identity if known else None

    async def prove(self, name: str, password: str, address: str) -> Known | None:
        """The person who has that name and password. Raises TooManyGuessesError."""
        now = self._now_ms()
        known = await self._find(name)
        if known and self._check.known(password, known.password, now):
            return known
        counted = self._count(name, _network(address), now)
        if not await self._is_right(known, password, now):
            return None
        for guesses, key in counted:
            guesses.refund(key)
        return known

    async def hash(self, password: str) -> str:
        """What is kept of a new password."""
        return await self._check.hash(password)

    def close(self) -> None:
        self._check.close()

    async def _is_right(self, known: Known | None, password: str, now: int) -> bool:
        if known and known.id is None:
            right = same(password, self._admin or "")
            if right:
                self._check.remember(password, known.password, now)
            return right
        return await self._check.is_right(password, known.password if known else None, now)

    async def _find(self, name: str) -> Known | None:
        if self._admin and name == ENVIRONMENT_ADMIN:
            return Known(None, Identity(name, Role.ADMIN), _FROM_ENVIRONMENT)
        if "\0" in name:  # PostgreSQL takes no such text
            return None

        def read(db: Connection) -> Known | None:
            row = db.execute(_PERSON, {"name": name}).first()
            return Known(row.id, Identity(name, row.role), row.password) if row else None

        return await self._database.read_indexed(read)

    def _count(self, name: str, network: str, now: int) -> list[tuple[Guesses, str]]:
        """Count one guess, unless there were too many. Raises TooManyGuessesError."""
        keys = [
            (self._by_place, f"{network} {name}"),
            (self._by_address, network),
            (self._by_name, name),
        ]
        wait = max(guesses.wait_ms(key, now) for guesses, key in keys)
        if wait:
            raise TooManyGuessesError(wait)
        for guesses, key in keys:
            guesses.count(key, now)
        return keys


def _anybody(session: Session) -> bool:
    return session.scalar(select(Person.id).limit(1)) is not None


def _network(address: str) -> str:
    """What one guesser has at hand: an IPv4 address, or a /64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    # An IPv4 client of a socket that takes both.
    mapped = parsed.ipv4_mapped if parsed.version == 6 else parsed
    if mapped:
        return str(mapped)
    return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False))
