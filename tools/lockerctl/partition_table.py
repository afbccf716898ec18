"""One entry of a partition table, and the binary table at 0x8000 as ESP-IDF writes and reads it.

Source: ESP-IDF's documentation of partition tables, `esp_partition_info_t`.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

BOOTLOADER_OFFSET = 0x1000
TABLE_OFFSET = 0x8000
TABLE_SIZE = 0xC00
SECTOR = 0x1000

APP, DATA = 0x00, 0x01
TYPES = {"app": APP, "data": DATA}
SUBTYPES = {
    APP: {"factory": 0x00, "test": 0x20, **{f"ota_{n}": 0x10 + n for n in range(16)}},
    DATA: {
        "ota": 0x00,
        "phy": 0x01,
        "nvs": 0x02,
        "coredump": 0x03,
        "nvs_keys": 0x04,
        "efuse": 0x05,
        "undefined": 0x06,
        "esphttpd": 0x80,
        "fat": 0x81,
        "spiffs": 0x82,
        "littlefs": 0x83,
    },
}

_RECORD = struct.Struct("<2sBBII16sI")
_MAGIC = b"\xaa\x50"
_MD5_START = b"\xeb\xeb" + b"\xff" * 14
_END = b"\xff" * _RECORD.size


class TableError(Exception):
    """The bytes are no partition table that the bootloader would take."""


@dataclass(frozen=True)
class Partition:
    """One entry of a partition table. Offset and size in bytes."""

    name: str
    type: int
    subtype: int
    offset: int
    size: int

    @property
    def end(self) -> int:
        """The offset of the first byte behind it."""
        return self.offset + self.size

    @property
    def is_otadata(self) -> bool:
        return (self.type, self.subtype) == (DATA, SUBTYPES[DATA]["ota"])

    @property
    def type_name(self) -> str:
        """`type/subtype` in ESP-IDF's words; a number where it has none."""
        subtypes = SUBTYPES.get(self.type, {})
        return f"{_word(TYPES, self.type)}/{_word(subtypes, self.subtype)}"


def _word(words: dict[str, int], number: int) -> str:
    return next((word for word, value in words.items() if value == number), f"{number:#x}")


def pack_table(partitions: Iterable[Partition]) -> bytes:
    """The table as it lies in the flash, `TABLE_SIZE` bytes."""
    records = b"".join(
        _RECORD.pack(_MAGIC, p.type, p.subtype, p.offset, p.size, p.name.encode(), 0)
        for p in partitions
    )
    table = records + _MD5_START + hashlib.md5(records, usedforsecurity=False).digest()
    return table.ljust(TABLE_SIZE, b"\xff")


def parse_table(data: bytes) -> list[Partition]:
    """The entries of a table in its binary form. Raises TableError.

    Checks what the bootloader checks of the table itself, not the rules of our own maps.
    """
    partitions: list[Partition] = []
    checked = False
    for start in range(0, min(len(data), TABLE_SIZE), _RECORD.size):
        record = data[start : start + _RECORD.size]
        if record == _END:
            if not checked:
                raise TableError("the table has no MD5 record")
            return partitions
        if record.startswith(_MD5_START) and not checked:
            checked = True
            if record[16:] != hashlib.md5(data[:start], usedforsecurity=False).digest():
                raise TableError("the table's MD5 does not match")
        elif record.startswith(_MAGIC) and len(record) == _RECORD.size:
            partitions.append(_parse_record(record))
        else:
            raise TableError(f"record {start // _RECORD.size} is not one of a partition table")
    raise TableError("the table has no end")


def _parse_record(record: bytes) -> Partition:
    _, kind, subtype, offset, size, label, _ = _RECORD.unpack(record)
    name = label.rstrip(b"\0").decode("ascii", "backslashreplace")
    return Partition(name, kind, subtype, offset, size)
