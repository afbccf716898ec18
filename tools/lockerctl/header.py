"""The slot header, version 1: the first sector of a store (docs/formats.md)."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from lockerctl.manifest import MAX_SIZE, Manifest
from lockerctl.manifest_rules import MAX_LAYERS
from lockerctl.partition_table import SECTOR

MAGIC = b"LKHD"
VERSION = 1
BLANK, PROGRAMMED = 0xFFFFFFFF, 0
PLACES = ("ota", "store")

_START = struct.Struct("<4sHHIII")
_WORDS = struct.Struct("<III")
_ENTRY = struct.Struct("<16sIII32s")
_ENTRIES_OFFSET = 32
_MANIFEST_OFFSET = 512


class HeaderError(Exception):
    """The sector holds no header: the slot is empty. The text is one of the vectors' words."""


@dataclass(frozen=True)
class Entry:
    """One layer: where it lies (`place`: index in PLACES), length in bytes, hash."""

    name: str
    place: int
    address: int
    length: int
    sha256: bytes


@dataclass(frozen=True)
class Header:
    """What a slot holds. The two words are as they lie in the flash."""

    sequence: int
    entries: tuple[Entry, ...]
    manifest: bytes
    committed: int = BLANK
    failed: int = BLANK


def is_set(word: int) -> bool:
    """Whether a word counts: as soon as one bit of it is programmed."""
    return word != BLANK


def header_of(manifest: Manifest, data: bytes) -> Header:
    """The header of a slot with this release; `data` is its manifest, byte for byte."""
    entries = tuple(
        Entry(
            layer.name,
            PLACES.index(layer.partition),
            layer.address,
            layer.length,
            bytes.fromhex(layer.sha256),
        )
        for layer in manifest.layers
    )
    return Header(manifest.sequence, entries, data)


def pack_header(header: Header) -> bytes:
    """The sector, `SECTOR` bytes."""
    start = _START.pack(
        MAGIC,
        VERSION,
        len(header.entries),
        header.sequence,
        len(header.manifest),
        binascii.crc32(header.manifest),
    )
    entries = _pack_entries(header.entries)
    words = _WORDS.pack(binascii.crc32(start + entries), header.committed, header.failed)
    table = (start + words + entries).ljust(_MANIFEST_OFFSET, b"\xff")
    return (table + header.manifest).ljust(SECTOR, b"\xff")


def _pack_entries(entries: Iterable[Entry]) -> bytes:
    return b"".join(
        _ENTRY.pack(
            entry.name.encode("ascii"), entry.place, entry.address, entry.length, entry.sha256
        )
        for entry in entries
    )


def parse_header(sector: bytes) -> Header:
    """The header in a sector. Raises HeaderError."""
    magic, version, count, sequence, length, manifest_crc = _START.unpack_from(sector)
    table_crc, committed, failed = _WORDS.unpack_from(sector, _START.size)
    _need(magic == MAGIC, "magic")
    _need(version == VERSION, "version")
    _need(1 <= count <= MAX_LAYERS, "count")
    _need(length <= MAX_SIZE, "length")
    table = sector[_ENTRIES_OFFSET : _ENTRIES_OFFSET + count * _ENTRY.size]
    _need(binascii.crc32(sector[: _START.size] + table) == table_crc, "table")
    manifest = sector[_MANIFEST_OFFSET : _MANIFEST_OFFSET + length]
    _need(binascii.crc32(manifest) == manifest_crc, "manifest")
    entries = tuple(_parse_entry(*fields) for fields in _ENTRY.iter_unpack(table))
    return Header(sequence, entries, manifest, committed, failed)


def _parse_entry(name: bytes, place: int, address: int, length: int, sha256: bytes) -> Entry:
    text = name.rstrip(b"\0").decode("ascii", "backslashreplace")
    return Entry(text, place, address, length, sha256)


def _need(holds: bool, word: str) -> None:
    if not holds:
        raise HeaderError(word)
