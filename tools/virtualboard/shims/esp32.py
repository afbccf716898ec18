"""Stands for the ESP32 port's `esp32` module, MicroPython 1.26."""

# ruff: noqa: A002 - names and arguments are the port's
import struct

from _rpc import call
from micropython import const

_PART_BY_LABEL = const(16)
_PART_SPECIAL = const(17)
_PART_FIND = const(18)
_PART_INFO = const(19)
_PART_SIZE = const(20)
_PART_READ = const(21)
_PART_WRITE = const(22)
_PART_ERASE = const(23)
_PART_SET_BOOT = const(24)
_PART_NEXT_UPDATE = const(25)
_PART_MARK_VALID = const(26)

_SECTOR_BYTES = const(4096)
_EINVAL = const(22)


class Partition:
    BOOT = 0
    RUNNING = 1
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, id, block_size=_SECTOR_BYTES):
        if isinstance(id, tuple):
            self._index = id[0]  # ours alone: `find` and `get_next_update`
        elif isinstance(id, int):
            self._index = call(_PART_SPECIAL, id)
        else:
            self._index = call(_PART_BY_LABEL, out=id.encode())
        self._block_size = block_size

    @staticmethod
    def find(type=0, subtype=0xFF, label=None, block_size=_SECTOR_BYTES):
        found = call(_PART_FIND, type, subtype, label is not None, out=(label or "").encode())
        return [Partition((index,), block_size) for index in found or b""]

    def info(self):
        fields = call(_PART_INFO, self._index)
        kind, subtype, address, size, flags = struct.unpack_from("<IIIII", fields)
        return (kind, subtype, address, size, fields[20:].decode(), bool(flags & 1))

    def readblocks(self, block, buf, offset=0):
        call(_PART_READ, self._index, block * self._block_size + offset, len(buf), into=buf)

    def writeblocks(self, block, buf, offset=None):
        address = block * self._block_size + (offset or 0)
        block_bytes = self._block_size if offset is None else 0
        call(_PART_WRITE, self._index, address, block_bytes, out=buf)

    def ioctl(self, op, arg):
        if op in (1, 2, 3):
            return 0
        if op == 4:
            return call(_PART_SIZE, self._index) // self._block_size
        if op == 5:
            return self._block_size
        if op == 6:
            if self._block_size != _SECTOR_BYTES:
                return -_EINVAL
            return call(_PART_ERASE, self._index, arg * _SECTOR_BYTES)
        return None

    def set_boot(self):
        call(_PART_SET_BOOT, self._index)

    def get_next_update(self):
        return Partition((call(_PART_NEXT_UPDATE, self._index),))

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        call(_PART_MARK_VALID)
