"""Passwords as argon2id hashes (RFC 9106), reckoned away from the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106's second choice: 64 MiB and about a tenth of a second. One at a time, so that whoever
# sends many passwords takes neither the machine's memory nor the boards' share of its cores.
HASHER = PasswordHasher()

_CACHE_MS = 5 * 60 * 1000
_CACHE_SIZE = 256


def make_hash(password: str) -> str:
    """What is kept of a password."""
    return HASHER.hash(password)


class PasswordCheck:
    """Tells whether a password is the one behind a hash; remembers those that were, for a while.

    A client of the Mgmt API sends its password with every request. What is remembered is keyed
    by an HMAC of password and hash under a key that only this process has: a changed password
    is another hash.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, int] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "fleet-argon2")

    def known(self, password: str, hashed: str, now_ms: int) -> bool:
        """Whether this pair was right a short while ago."""
        until = self._right.get(self._mark(password, hashed))
        return until is not None and now_ms < until

    async def is_right(self, password: str, hashed: str | None, now_ms: int) -> bool:
        """Reckon it; that takes as long without a hash."""
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._thread, _matches, password, hashed)
        if right and hashed is not None:
            self.remember(password, hashed, now_ms)
        return right

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, make_hash, password)

    def remember(self, password: str, hashed: str, now_ms: int) -> None:
        """This pair is right."""
        self._right[self._mark(password, hashed)] = now_ms + _CACHE_MS
        if len(self._right) > _CACHE_SIZE:
            self._right.popitem(last=False)

    def close(self) -> None:
        self._thread.shutdown()

    def _mark(self, password: str, hashed: str) -> bytes:
        return hmac.digest(self._key, hashed.encode() + b"\0" + password.encode(), hashlib.sha256)


def _matches(password: str, hashed: str | None) -> bool:
    if hashed is None:
        make_hash(password)
        return False
    try:
        return HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
