"""The bootloader's record of which slot boots: rules without I/O, then the two flash steps.

Layout and predicates: ESP-IDF 5.4 `esp_flash_partitions.h`, `bootloader_common.c`.
"""

from __future__ import annotations

import enum
import struct
import zlib
from dataclasses import dataclass, replace

from .flash import SECTOR_BYTES, Flash
from .partition_table import Partition

ENTRY_BYTES = 32
EMPTY = 0xFFFFFFFF
_ENTRY = struct.Struct("<I20sII")
_BLANK_LABEL = b"\xff" * 20


class State(enum.IntEnum):
    """`ota_state` of an entry. Others occur, and count as not pending and not failed."""

    NEW = 0
    PENDING_VERIFY = 1
    VALID = 2
    INVALID = 3
    ABORTED = 4
    UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True)
class Entry:
    """One of the two entries."""

    seq: int
    state: int
    crc: int
    label: bytes = _BLANK_LABEL

    @property
    def is_unusable(self) -> bool:
        return self.seq == EMPTY or self.state in (State.INVALID, State.ABORTED)

    @property
    def has_good_crc(self) -> bool:
        return self.crc == crc_of(self.seq)

    @property
    def is_valid(self) -> bool:
        return not self.is_unusable and self.has_good_crc

    def slot(self, slots: int) -> int:
        """The index of the slot that it names; counts in 32 bits, as the bootloader does."""
        return ((self.seq - 1) & 0xFFFFFFFF) % slots

    def with_state(self, state: State) -> Entry:
        return replace(self, state=int(state))

    def pack(self) -> bytes:
        return _ENTRY.pack(self.seq, self.label, self.state, self.crc)


Entries = tuple[Entry, Entry]


def crc_of(seq: int) -> int:
    """The CRC of an entry: over its sequence number alone, as the chip's ROM counts it."""
    return zlib.crc32(struct.pack("<I", seq), 0xFFFFFFFF)


def new_entry(seq: int, state: State) -> Entry:
    return Entry(seq, int(state), crc_of(seq))


def unpack(raw: bytes) -> Entry:
    seq, label, state, crc = _ENTRY.unpack_from(raw)
    return Entry(seq, state, crc, label)


def active_index(entries: Entries) -> int | None:
    """Which entry counts: the valid one with the higher number, the first of equals."""
    first, second = entries
    if first.is_valid and second.is_valid:
        return 1 if second.seq > first.seq else 0
    if first.is_valid:
        return 0
    return 1 if second.is_valid else None


def read_entries(flash: Flash, part: Partition) -> Entries:
    first, second = (
        unpack(flash.read(part.address + index * SECTOR_BYTES, ENTRY_BYTES)) for index in (0, 1)
    )
    return first, second


def write_entry(flash: Flash, part: Partition, index: int, entry: Entry) -> None:
    """Erase the entry's sector, then program it: power may go between the two."""
    address = part.address + index * SECTOR_BYTES
    flash.erase_sector(address)
    flash.program(address, entry.pack())
