"""Non-volatile storage behind `esp32.NVS`, kept in the flash's `nvs` partition.

It behaves as ESP-IDF's does towards a program, errors and power cuts included; its bytes are its
own, simpler: two halves of the partition, written in turn, the one with the higher number counts.
"""

from __future__ import annotations

import struct
import zlib

from .errors import EspError
from .flash import SECTOR_BYTES, Flash
from .partition_table import SUBTYPE_DATA_NVS, TYPE_DATA, Partition, PartitionTable
from .rpc import Answer, Handler, Op

_MAGIC = b"VNVS"
# Magic, number of this state, length and CRC-32 of the entries behind.
_HEADER = struct.Struct("<4sIII")
# Type, length of name, length of value.
_ENTRY = struct.Struct("<BHH")
_MAX_NAME = 15
_MAX_VALUE = 4000
_NOT_FOUND = (-4354, "ESP_ERR_NVS_NOT_FOUND")
_NO_SPACE = (-4357, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")
_NAME_TOO_LONG = (-4361, "ESP_ERR_NVS_KEY_TOO_LONG")
_TOO_SHORT = (-4364, "ESP_ERR_NVS_INVALID_LENGTH")
_TOO_LONG = (-4366, "ESP_ERR_NVS_VALUE_TOO_LONG")

# By namespace, NUL, key: type and value.
_Entries = dict[bytes, tuple[int, bytes]]


class Nvs:
    """Handlers for one run."""

    def __init__(self, flash: Flash, table: PartitionTable) -> None:
        self._flash = flash
        self._part = _partition(table)
        self._number = 0
        self._entries: _Entries = {}
        if self._part is not None:
            self._load(self._part)

    def handlers(self) -> dict[Op, Handler]:
        return {
            Op.NVS_OPEN: lambda _a, _b, _c, _d, name: _check_name(name),
            Op.NVS_GET: self._get,
            Op.NVS_SET: self._set,
            Op.NVS_ERASE: self._erase,
        }

    def _get(self, kind: int, room: int, _c: int, _d: int, name: bytes) -> Answer:
        _check_name(name)
        found, value = self._entries.get(name, (None, b""))
        if found != kind:
            raise EspError(*_NOT_FOUND)
        if len(value) > room:
            raise EspError(*_TOO_SHORT)
        return value

    def _set(self, kind: int, name_bytes: int, _c: int, _d: int, data: bytes) -> Answer:
        name, value = data[:name_bytes], data[name_bytes:]
        _check_name(name)
        if len(value) > _MAX_VALUE:
            raise EspError(*_TOO_LONG)
        if self._entries.get(name) != (kind, value):
            self._store({**self._entries, name: (kind, value)})
        return None

    def _erase(self, _a: int, _b: int, _c: int, _d: int, name: bytes) -> Answer:
        _check_name(name)
        if name not in self._entries:
            raise EspError(*_NOT_FOUND)
        self._store({key: entry for key, entry in self._entries.items() if key != name})
        return None

    def _load(self, part: Partition) -> None:
        half = part.size // 2
        for start in (part.address, part.address + half):
            raw = self._flash.read(start, half)
            magic, number, length, crc = _HEADER.unpack_from(raw)
            body = raw[_HEADER.size : _HEADER.size + length]
            if magic == _MAGIC and number > self._number and zlib.crc32(body) == crc:
                self._number = number
                self._entries = _unpack(body)

    def _store(self, entries: _Entries) -> None:
        """Write the other half; a cut leaves the state before."""
        if self._part is None:
            raise EspError(*_NO_SPACE)
        body = b"".join(
            _ENTRY.pack(kind, len(name), len(value)) + name + value
            for name, (kind, value) in entries.items()
        )
        half = self._part.size // 2
        if _HEADER.size + len(body) > half:
            raise EspError(*_NO_SPACE)
        number = self._number + 1
        start = self._part.address + half * (number % 2)
        for address in range(start, start + _HEADER.size + len(body), SECTOR_BYTES):
            self._flash.erase_sector(address)
        self._flash.program(start, _HEADER.pack(_MAGIC, number, len(body), zlib.crc32(body)) + body)
        self._number = number
        self._entries = entries


def _partition(table: PartitionTable) -> Partition | None:
    for part in table.partitions:
        if (part.type, part.subtype) == (TYPE_DATA, SUBTYPE_DATA_NVS):
            return part
    return None


def _unpack(body: bytes) -> _Entries:
    entries: _Entries = {}
    offset = 0
    while offset < len(body):
        kind, name_bytes, value_bytes = _ENTRY.unpack_from(body, offset)
        value_at = offset + _ENTRY.size + name_bytes
        name = body[offset + _ENTRY.size : value_at]
        offset = value_at + value_bytes
        entries[name] = (kind, body[value_at:offset])
    return entries


def _check_name(name: bytes) -> None:
    if any(len(part) > _MAX_NAME for part in name.split(b"\0")):
        raise EspError(*_NAME_TOO_LONG)
