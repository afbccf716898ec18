"""The flash as the board's program reaches it: ESP-IDF's partition functions behind
`esp32.Partition`, with their errors, and the panic on writing where the program itself lives."""

from __future__ import annotations

import struct

from . import ota
from .errors import EspError, PanicError
from .flash import SECTOR_BYTES, Flash
from .partition_table import TABLE_ADDRESS, TABLE_BYTES, Partition, PartitionTable
from .rpc import Answer, Handler, Op

_ENOENT = 2
_BOOT = 0
_RUNNING = 1
_ANY_SUBTYPE = 0xFF
_INFO = struct.Struct("<5I")


class ChipFlash:
    """Handlers for one run: the table and the running partition are the bootloader's findings."""

    def __init__(self, flash: Flash, table: PartitionTable, running: Partition) -> None:
        self._flash = flash
        self._table = table
        self._running = running

    def handlers(self) -> dict[Op, Handler]:
        return {
            Op.PART_BY_LABEL: self._by_label,
            Op.PART_SPECIAL: self._special,
            Op.PART_FIND: self._find,
            Op.PART_INFO: self._info,
            Op.PART_SIZE: lambda index, *_: self._part(index).size,
            Op.PART_READ: self._read,
            Op.PART_WRITE: self._write,
            Op.PART_ERASE: self._erase,
            Op.PART_SET_BOOT: self._set_boot,
            Op.PART_NEXT_UPDATE: self._next_update,
            Op.PART_MARK_VALID: self._mark_valid,
            Op.FLASH_SIZE: lambda *_: self._flash.size,
        }

    def _part(self, index: int) -> Partition:
        return self._table.partitions[index]

    def _index(self, part: Partition | None) -> int:
        if part is None:
            raise EspError(_ENOENT)
        return self._table.partitions.index(part)

    def _by_label(self, _a: int, _b: int, _c: int, _d: int, label: bytes) -> Answer:
        return self._index(self._table.find(label.decode()))

    def _special(self, which: int, *_: object) -> Answer:
        if which == _RUNNING:
            return self._index(self._running)
        if which == _BOOT:
            return self._index(ota.boot_partition(self._flash, self._table))
        raise ValueError("")

    def _find(self, kind: int, subtype: int, has_label: int, _d: int, label: bytes) -> Answer:
        return bytes(
            index
            for index, part in enumerate(self._table.partitions)
            if part.type == kind
            and subtype in (_ANY_SUBTYPE, part.subtype)
            and (not has_label or part.label == label.decode())
        )

    def _info(self, index: int, *_: object) -> Answer:
        part = self._part(index)
        numbers = _INFO.pack(part.type, part.subtype, part.address, part.size, part.flags)
        return numbers + part.label.encode()

    def _read(self, index: int, offset: int, length: int, *_: object) -> Answer:
        part = self._part(index)
        _check_range(part, offset, length)
        return self._flash.read(part.address + offset, length)

    def _write(self, index: int, offset: int, block_bytes: int, _d: int, data: bytes) -> Answer:
        """`block_bytes` 0: program only; else erase what the data covers first."""
        part = self._part(index)
        if block_bytes:
            self._erase_for_write(part, offset, len(data), block_bytes)
        _check_range(part, offset, len(data))
        self._guard(part.address + offset, len(data))
        self._flash.program(part.address + offset, data)
        return None

    def _erase_for_write(self, part: Partition, offset: int, length: int, block_bytes: int) -> None:
        if block_bytes >= SECTOR_BYTES:
            self._erase_range(part, offset, length)
            return
        # Smaller blocks: what shares a sector with them is read, and programmed again.
        end = offset + length
        for sector in range(offset - offset % SECTOR_BYTES, end, SECTOR_BYTES):
            _check_range(part, sector, SECTOR_BYTES)
            address = part.address + sector
            old = self._flash.read(address, SECTOR_BYTES)
            self._erase_range(part, sector, SECTOR_BYTES)
            if sector < offset:
                self._flash.program(address, old[: offset - sector])
            if end < sector + SECTOR_BYTES:
                self._flash.program(part.address + end, old[end - sector :])

    def _erase(self, index: int, offset: int, *_: object) -> Answer:
        self._erase_range(self._part(index), offset, SECTOR_BYTES)
        return None

    def _erase_range(self, part: Partition, offset: int, length: int) -> None:
        _check_range(part, offset, length)
        if length % SECTOR_BYTES:
            raise EspError(-260, "ESP_ERR_INVALID_SIZE")
        if offset % SECTOR_BYTES:
            raise EspError(-258, "ESP_ERR_INVALID_ARG")
        self._guard(part.address + offset, length)
        for address in range(part.address + offset, part.address + offset + length, SECTOR_BYTES):
            self._flash.erase_sector(address)

    def _guard(self, address: int, length: int) -> None:
        """ESP-IDF aborts on writing to the bootloader, the table or the running program."""
        end = address + length
        if address < TABLE_ADDRESS + TABLE_BYTES:
            raise PanicError(f"abort(): write to the protected address {address:#x}")
        if address < self._running.end and end > self._running.address:
            raise PanicError(f"abort(): write to the running partition {self._running.label}")

    def _set_boot(self, index: int, *_: object) -> Answer:
        ota.set_boot(self._flash, self._table, self._part(index))
        return None

    def _next_update(self, index: int, *_: object) -> Answer:
        return self._index(ota.next_update(self._table, self._part(index)))

    def _mark_valid(self, *_: object) -> Answer:
        ota.mark_app_valid(self._flash, self._table)
        return None


def _check_range(part: Partition, offset: int, length: int) -> None:
    if offset < 0:
        raise EspError(-258, "ESP_ERR_INVALID_ARG")
    if offset > part.size or offset + length > part.size:
        raise EspError(-260, "ESP_ERR_INVALID_SIZE")
