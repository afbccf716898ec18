"""Stands for `esp32`: small partitions with NOR rules, in files of TEST_DIR: the heap is a board's.

To be imported before what is tested. Writing to the running core raises PanicError, as the chip
aborts; other faults are the port's OSErrors.
"""

import os
import sys
from binascii import crc32

SECTOR = 4096
SIZES = {
    "otadata": 2 * SECTOR,
    "ota_0": 32 * SECTOR,
    "ota_1": 32 * SECTOR,
    "store_0": 16 * SECTOR,
    "store_1": 16 * SECTOR,
    "data": 8 * SECTOR,
}
_BLANK = b"\xff" * SECTOR
_piece = memoryview(bytearray(512))
_files = {}


class PanicError(BaseException):
    """The chip has aborted."""


class Chip:
    """What the bootloader has done, and what happens to the flash."""

    running = 0
    chosen = 0
    bootable = True
    marked_valid = 0
    broken = False  # every erase and write fails
    changes = []  # noqa: RUF012 - ("erase", label, sector) and ("write", label, offset, bytes)


class Partition:
    """`esp32.Partition`, as far as boot.py and lib/ use it."""

    BOOT = 0
    RUNNING = 1

    def __init__(self, name):
        if name in (self.BOOT, self.RUNNING):
            name = f"ota_{(Chip.chosen, Chip.running)[name]}"
        if name not in SIZES:
            raise OSError(2)
        self._label = name

    def info(self):
        return (0, 0, 0, SIZES[self._label], self._label, False)

    def readblocks(self, block, buf, offset=0):
        file = self._file(block * SECTOR + offset, len(buf))
        assert file.readinto(buf) == len(buf)

    def writeblocks(self, block, buf, offset=None):
        if offset is None:
            if len(buf) % SECTOR:
                raise OSError(-260, "ESP_ERR_INVALID_SIZE")
            for at in range(len(buf) // SECTOR):
                self._erase(block + at)
        self._program(block * SECTOR + (offset or 0), buf)

    def ioctl(self, op, arg):
        if op == 4:
            return SIZES[self._label] // SECTOR
        if op == 5:
            return SECTOR
        if op == 6:
            self._erase(arg)
        return 0

    def set_boot(self):
        if not Chip.bootable:
            raise OSError(-5379, "ESP_ERR_OTA_VALIDATE_FAILED")
        Chip.chosen = int(self._label[4:])

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        Chip.marked_valid += 1

    def _erase(self, sector):
        self._check()
        self._file(sector * SECTOR, SECTOR).write(_BLANK)
        Chip.changes.append(("erase", self._label, sector))

    def _program(self, at, data):
        self._check()
        self._file(at, len(data))  # all or nothing
        for start in range(0, len(data), len(_piece)):
            old = _piece[: min(len(_piece), len(data) - start)]
            self._file(at + start, len(old)).readinto(old)
            for index in range(len(old)):
                old[index] &= data[start + index]
            self._file(at + start, len(old)).write(old)
        Chip.changes.append(("write", self._label, at, len(data)))

    def _check(self):
        if self._label == f"ota_{Chip.running}":
            raise PanicError
        if Chip.broken:
            raise OSError(-261, "ESP_ERR_FLASH_OP_FAIL")

    def _file(self, at, count):
        if at < 0 or at + count > SIZES[self._label]:
            raise OSError(-260, "ESP_ERR_INVALID_SIZE")
        file = _files.get(self._label)
        if not file:
            file = open(os.getenv("TEST_DIR") + "/" + self._label, "w+b")  # noqa: SIM115
            for _ in range(SIZES[self._label] // SECTOR):
                file.write(_BLANK)
            _files[self._label] = file
        file.seek(at)
        return file


def put(label, at, data):
    """Make the flash hold these bytes, whatever was there and whoever runs."""
    Partition(label)._file(at, len(data)).write(data)


def get(label, at, count):
    """Bytes of the flash."""
    return Partition(label)._file(at, count).read(count)


def crc(label, at, count):
    """CRC-32 of bytes of the flash."""
    found = 0
    for start in range(0, count, len(_piece)):
        part = _piece[: min(len(_piece), count - start)]
        Partition(label)._file(at + start, len(part)).readinto(part)
        found = crc32(part, found)
    return found


class _Module:
    pass


sys.modules["esp32"] = _Module()
sys.modules["esp32"].Partition = Partition
