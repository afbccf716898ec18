"""The binary partition table at 0x8000, read as ESP-IDF's bootloader reads it (facts: ESP-IDF
`bootloader_common.c`, `flash_partitions.c`)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from .flash import Flash

TABLE_ADDRESS = 0x8000
TABLE_BYTES = 0x1000
_READ_BYTES = 0xC00
_RECORD = struct.Struct("<2sBBII16sI")
_MAGIC = b"\xaa\x50"
_MD5_MAGIC = b"\xeb\xeb"

TYPE_APP = 0
TYPE_DATA = 1
SUBTYPE_FACTORY = 0x00
SUBTYPE_OTA_0 = 0x10
SUBTYPE_OTA_15 = 0x1F
SUBTYPE_TEST = 0x20
SUBTYPE_DATA_OTA = 0x00
SUBTYPE_DATA_NVS = 0x02


class TableError(Exception):
    """The bootloader rejects the whole table."""


@dataclass(frozen=True)
class Partition:
    type: int
    subtype: int
    address: int
    size: int
    label: str
    flags: int

    @property
    def end(self) -> int:
        return self.address + self.size


class PartitionTable:
    """The partitions of a flash, in the order of their records."""

    def __init__(self, partitions: list[Partition]) -> None:
        self.partitions = partitions
        self.otadata = self._first(TYPE_DATA, SUBTYPE_DATA_OTA)
        self.factory = self._first(TYPE_APP, SUBTYPE_FACTORY)
        self.test = self._first(TYPE_APP, SUBTYPE_TEST)
        self.slots = self._ota_slots()

    def find(self, label: str) -> Partition | None:
        """The first partition of that name, apps before data."""
        named = [part for part in self.partitions if part.label == label]
        return min(named, key=lambda part: part.type, default=None)

    def _first(self, kind: int, subtype: int) -> Partition | None:
        for part in self.partitions:
            if (part.type, part.subtype) == (kind, subtype):
                return part
        return None

    def _ota_slots(self) -> list[Partition]:
        apps = [part for part in self.partitions if part.type == TYPE_APP]
        slots = [part for part in apps if SUBTYPE_OTA_0 <= part.subtype <= SUBTYPE_OTA_15]
        return sorted(slots, key=lambda part: part.subtype)


def read_table(flash: Flash) -> PartitionTable:
    """The table in `flash`; TableError says why the bootloader would not take it."""
    raw = flash.read(TABLE_ADDRESS, _READ_BYTES)
    partitions: list[Partition] = []
    md5_seen = False
    for offset in range(0, len(raw), _RECORD.size):
        record = raw[offset : offset + _RECORD.size]
        magic = record[:2]
        if magic == _MAGIC:
            partitions.append(_parse(record, flash.size))
        elif magic == _MD5_MAGIC:
            if md5_seen:
                raise TableError("two MD5 records in the partition table")
            if hashlib.md5(raw[:offset], usedforsecurity=False).digest() != record[16:]:
                raise TableError("MD5 of the partition table does not match")
            md5_seen = True
        elif record[:4] == b"\xff\xff\xff\xff":
            return PartitionTable(partitions)
        else:
            raise TableError(f"partition record {offset // _RECORD.size} has a wrong magic number")
    raise TableError("the partition table has no end")


def _parse(record: bytes, chip_bytes: int) -> Partition:
    _, kind, subtype, address, size, label, flags = _RECORD.unpack(record)
    name = label.rstrip(b"\0").decode("ascii", "replace")
    if address + size > chip_bytes:
        raise TableError(f"partition {name} reaches beyond the flash")
    return Partition(kind, subtype, address, size, name, flags)
