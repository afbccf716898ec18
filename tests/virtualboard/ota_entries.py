"""otadata entries by hand, independent of the code under test."""

from __future__ import annotations

import struct
import zlib

BLANK = b"\xff" * 32
NEW, PENDING, VALID, INVALID, ABORTED, UNDEFINED = 0, 1, 2, 3, 4, 0xFFFFFFFF


def entry(seq: int, state: int, *, crc: int | None = None, label: bytes = b"\xff" * 20) -> bytes:
    """The 32 bytes of an entry; a good CRC unless one is given."""
    if crc is None:
        crc = zlib.crc32(struct.pack("<I", seq), 0xFFFFFFFF)
    return struct.pack("<I20sII", seq, label, state, crc)
