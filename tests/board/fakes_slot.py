"""Slots by hand, after docs/formats.md; shares no code with what is tested."""

import binascii
import hashlib
import struct

import fakes_flash as flash

BLANK = 0xFFFFFFFF
NEW, PENDING, VALID, INVALID, ABORTED, UNDEFINED = 0, 1, 2, 3, 4, BLANK


def header(layers, manifest=b"{}", sequence=1, committed=BLANK, failed=BLANK):
    """The start of a store. `layers`: (name, place, address, length, SHA-256)."""
    entries = b"".join(struct.pack("<16sIII32s", name.encode(), *rest) for name, *rest in layers)
    start = struct.pack(
        "<4sHHIII", b"LKHD", 1, len(layers), sequence, len(manifest), binascii.crc32(manifest)
    )
    crc = binascii.crc32(start + entries)
    table = start + struct.pack("<III", crc, committed, failed) + entries
    return table + b"\xff" * (512 - len(table)) + manifest


def install(slot, contents, **fields):
    """Put a slot into the flash, with these layers in its store: (name, address, bytes)."""
    layers = [("core", 0, 0, 4096, bytes(32))]
    for name, address, data in contents:
        flash.put(f"store_{slot}", address, data)
        layers.append((name, 1, address, len(data), hashlib.sha256(data).digest()))
    flash.put(f"store_{slot}", 0, header(layers, **fields))
    return layers


def ota_entry(seq, state, crc=None):
    """The 32 bytes of an otadata entry; a good CRC unless one is given."""
    if crc is None:
        crc = binascii.crc32(struct.pack("<I", seq), BLANK)
    return struct.pack("<I20sII", seq, b"\xff" * 20, state, crc)


def put_otadata(*entries):
    """Both entries of otadata."""
    for sector, entry in enumerate(entries):
        flash.put("otadata", sector * flash.SECTOR, entry)
