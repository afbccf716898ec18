"""Writes the table of a slot header, version 1 (docs/formats.md). boot.py reads it."""

import struct
from binascii import crc32


def pack(release, manifest_bytes, manifest_crc):
    """The table for a release.Release, up to its last layer; the commit words are left blank."""
    count = len(release.layers)
    raw = bytearray(32 + 60 * count)
    struct.pack_into(
        "<4sHHIII", raw, 0, b"LKHD", 1, count, release.sequence, manifest_bytes, manifest_crc
    )
    at = 32
    for layer in release.layers:
        place, name = 0 if layer.core else 1, layer.name.encode()
        struct.pack_into(
            "<16sIII32s", raw, at, name, place, layer.address, layer.length, layer.digest
        )
        at += 60
    view = memoryview(raw)
    struct.pack_into("<III", raw, 20, crc32(view[32:], crc32(view[:20])), 0xFFFFFFFF, 0xFFFFFFFF)
    return raw
