"""Stands for the ESP32 port's `esp32` module, MicroPython 1.26."""

# ruff: noqa: A002 - names and arguments are the port's
import struct
from array import array

import utime
from _pin import number
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
_NVS_OPEN = const(56)
_NVS_GET = const(57)
_NVS_SET = const(58)
_NVS_ERASE = const(59)
_RMT_OPEN = const(96)
_RMT_WRITE = const(97)
_RMT_IS_DONE = const(98)
_RMT_CLOSE = const(99)

_SECTOR_BYTES = const(4096)
_EINVAL = const(22)
_I32 = const(0)
_BLOB = const(1)


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


class NVS:
    def __init__(self, namespace):
        self._namespace = namespace.encode() + b"\0"
        call(_NVS_OPEN, out=self._namespace)

    def get_i32(self, key):
        return struct.unpack("<i", call(_NVS_GET, _I32, 4, out=self._name(key)))[0]

    def set_i32(self, key, value):
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise OverflowError
        self._set(key, _I32, struct.pack("<i", value))

    def get_blob(self, key, buf):
        found = call(_NVS_GET, _BLOB, len(buf), out=self._name(key)) or b""
        buf[: len(found)] = found
        return len(found)

    def set_blob(self, key, value):
        self._set(key, _BLOB, bytes(value))

    def erase_key(self, key):
        call(_NVS_ERASE, out=self._name(key))

    def commit(self):
        """Values are in the flash already."""

    def _name(self, key):
        return self._namespace + key.encode()

    def _set(self, key, kind, value):
        name = self._name(key)
        call(_NVS_SET, kind, len(name), out=name + value)


class RMT:
    """Sends pulses; looping is not imitated."""

    PULSE_MAX = 32767

    def __init__(self, id, *, pin, clock_div=8, idle_level=False, tx_carrier=None):  # noqa: ARG002
        self._channel = id
        self._clock_div = clock_div
        call(_RMT_OPEN, id, number(pin), clock_div, bool(idle_level))

    @staticmethod
    def source_freq():
        return 80000000

    def clock_div(self):
        return self._clock_div

    def wait_done(self, *, timeout=0):
        end = utime.ticks_add(utime.ticks_ms(), timeout)
        while not call(_RMT_IS_DONE, self._channel):
            if utime.ticks_diff(end, utime.ticks_ms()) <= 0:
                return False
            utime.sleep_ms(1)
        return True

    def write_pulses(self, duration, data=True):
        words = array("I", _pulses(duration, data))
        if not words:
            raise ValueError("No pulses")
        while not call(_RMT_IS_DONE, self._channel):
            utime.sleep_ms(1)
        call(_RMT_WRITE, self._channel, out=bytes(words))

    def deinit(self):
        call(_RMT_CLOSE, self._channel)


def _pulses(duration, data):
    """Words of duration * 2 + level, from the three ways to say it."""
    if not isinstance(data, (tuple, list)):
        return [length << 1 | (bool(data) ^ index & 1) for index, length in enumerate(duration)]
    if isinstance(duration, int):
        return [duration << 1 | bool(level) for level in data]
    if len(duration) != len(data):
        raise ValueError("duration and data must have same length")
    return [length << 1 | bool(level) for length, level in zip(duration, data)]  # noqa: B905
