"""Codes: how they are made, kept and guarded.

A code is kept as 16 bytes that cannot be turned back: salted, and stretched by hashing it again and
again, as "iterated and salted" of RFC 9580 (3.7.1.3) does, in a chain. PBKDF2's many small hashes
would cost a board most of its time for the garbage that they leave.
"""

import time
from hashlib import sha256

from micropython import const

# 32 slices of 32 KiB. docs/locker.md tells how long a chip takes.
_SLICES = const(32)
_UPDATES = const(128)
_REPEATS = const(8)  # in a small buffer: the heap of a board has few large holes
_LONGEST = const(16)

PICKUP_BYTES = const(8)
# Eight digits, so that three random bits are one; none that a letter looks like.
_PICKUP_DIGITS = "12345679"

# Parts of the first lock-out to wait for after so many wrong tries in a row.
_PARTS = (0, 0, 0, 12, 4)
FREE_TRIES = const(5)
_LONGEST_WAIT_S = const(3600)
_LOCKOUT_S = const(60)


def stretch(salt, text):
    """A generator: None after each slice of the work, and at last the digest of 16 bytes.

    `salt` has 16 bytes, `text` at most 16 ASCII characters.
    """
    block = (salt + text.encode() + bytes(_LONGEST - len(text))) * _REPEATS
    digest = b""
    for _ in range(_SLICES):
        hasher = sha256(digest)
        for _ in range(_UPDATES):
            hasher.update(block)
        digest = hasher.digest()
        yield None
    yield digest[:16]


def pickup_code(random):
    """A pickup code of `random`, PICKUP_BYTES of them: all codes are equally likely."""
    return "".join(_PICKUP_DIGITS[byte & 7] for byte in random)


def wait_s(wrong, lockout_s):
    """How long nobody may try after `wrong` wrong tries; `lockout_s`: the first lock-out."""
    if wrong < FREE_TRIES:
        return _PARTS[wrong] and lockout_s // _PARTS[wrong]
    return min(lockout_s << min(wrong - FREE_TRIES, 6), _LONGEST_WAIT_S)


def lock(cabinet, wrong):
    """After so many wrong tries no code may be tried for a while."""
    seconds = wait_s(wrong, cabinet.setting("lockout_s", _LOCKOUT_S))
    if seconds:
        cabinet.locked_until_ms = time.ticks_add(time.ticks_ms(), seconds * 1000)
