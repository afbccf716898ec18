"""Writes the slot header, version 1 (docs/formats.md). boot.py reads it."""

import binascii
import struct

from ota.layout import MANIFEST_AT, SECTOR


def pack(release):
    """The 4096 bytes of a header, commit words blank, for a release.Release."""
    manifest = release.raw
    raw = bytearray(b"\xff" * SECTOR)
    raw[MANIFEST_AT : MANIFEST_AT + len(manifest)] = manifest
    at = 32
    for layer in release.layers:
        place = 0 if layer.core else 1
        name = layer.name.encode()
        struct.pack_into(
            "<16sIII32s", raw, at, name, place, layer.address, layer.length, layer.digest
        )
        at += 60
    count, crc = len(release.layers), binascii.crc32(manifest)
    struct.pack_into("<4sHHIII", raw, 0, b"LKHD", 1, count, release.sequence, len(manifest), crc)
    view = memoryview(raw)
    struct.pack_into("<I", raw, 20, binascii.crc32(view[32:at], binascii.crc32(view[:20])))
    return raw
