"""The codes of service and couriers that a board starts with, as it keeps them (docs/locker.md)."""

from __future__ import annotations

import re
from hashlib import sha256

from lockerctl.errors import UserError

SALT_BYTES = 16
_DIGEST_BYTES = 16
_LONGEST = 16
_SLICES = 32
# Each slice hashes a block of 1 KiB so often.
_UPDATES = 32


def stretch(salt: bytes, text: str) -> bytes:
    """What a board keeps of a code: lib/locker/codes.py does the same."""
    block = (salt + text.encode().ljust(_LONGEST, b"\0")) * 32
    digest = b""
    for _ in range(_SLICES):
        digest = sha256(digest + block * _UPDATES).digest()
    return digest[:_DIGEST_BYTES]


def staff_codes(service: str | None, courier: str | None, salt: bytes) -> dict[str, str]:
    """`codes` of /board.json; empty when there are no codes. `salt`: SALT_BYTES at random.

    Raises UserError.
    """
    given = {"service": service, "courier": courier}
    codes = {role: code for role, code in given.items() if code is not None}
    for role, code in codes.items():
        # A keypad has digits, and its software takes eight of them at most.
        if not re.fullmatch(r"[0-9]{6,8}", code):
            raise UserError(f"the {role} code must be 6 to 8 digits")
    if service is not None and service == courier:
        raise UserError("the service code and the courier code must differ")
    if not codes:
        return {}
    return {"salt": salt.hex()} | {role: stretch(salt, code).hex() for role, code in codes.items()}
