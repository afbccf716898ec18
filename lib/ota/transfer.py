"""Moves layers into the other slot, sector by sector. The flash itself is the progress.

A block is there when its bytes in the flash have its CRC-32; nothing else is written down. That is
a good guess only: a littlefs commit ends with a CRC-32 of its own, so another version of it leaves
the CRC-32 of all around it the same. The SHA-256 at the end tells. A sector that holds the right
bytes already, by their SHA-256, is neither erased nor written.
"""

import gc
import hashlib
from binascii import crc32

import deflate
from micropython import const

from ota.errors import DamagedError
from ota.release import BLOCK

_SECTOR = const(4096)
_SECTORS = const(4)  # of a block
_WINDOW_BITS = const(11)
# SHA-256 of 4096 times 0xff.
_BLANK = (
    b"\xf4\x7a\x8e\xc3\xe9\xaf\xf2\x31\x8d\x89\x69\x42\x28\x2a\xd4\xfe"
    b"\x37\xd6\x39\x1c\x82\x91\x4f\x54\xa5\xda\x8a\x37\xde\x13\x00\xc6"
)
_FILL = memoryview(b"\xff" * 64)


class Transfer:
    """Works on the other slot of `slots`; what is to be written lies in `spool`.

    Each sector is read or written right behind `give_way()`: see Agent.
    """

    def __init__(self, slots, spool, give_way):
        self._slots = slots
        self._spool = spool
        self._give_way = give_way
        self._held = [None] * _SECTORS  # SHA-256 of the block's sectors as they are in the flash

    async def missing(self, layer):
        """A bytearray with a 1 for each block of the layer that is surely not in the flash yet."""
        marks = bytearray((layer.length + BLOCK - 1) // BLOCK)
        for index, _, _, crc, plain in layer.blocks():
            await self._give_way()
            marks[index] = self._flash_crc(layer, index, plain) != crc
        return marks

    async def copy(self, layer, source, index, plain):
        """Copy a block from the running slot, where its layer lies at offset `source`."""
        slots = self._slots
        for at in range(index * BLOCK, index * BLOCK + plain, _SECTOR):
            count = min(_SECTOR, layer.length - at)
            await self._give_way()
            held = _digest(slots.read(slots.other, layer.core, layer.address + at, count))
            part = slots.read(slots.running, layer.core, source + at, count)
            self._write(layer, at, part, held)

    def start(self, layer, index, plain):
        """Look at a block's sectors as they are, before its bytes are written."""
        slots, start = self._slots, layer.address + index * BLOCK
        for at in range(0, plain, _SECTOR):
            part = slots.read(slots.other, layer.core, start + at, min(_SECTOR, plain - at))
            self._held[at // _SECTOR] = _digest(part)

    async def write(self, layer, index, offset, count, packed, found):
        """Write `count` plain bytes at `offset` of a block from the spool; the CRC-32 so far.

        `packed`: there they are one deflate stream. `found`: CRC-32 of the bytes before.
        Until the last is in, and the CRC is right, the flash may hold nonsense. DamagedError.
        """
        source = self._spool.stream
        if packed:
            gc.collect()  # for a hole as large as the window
            source = deflate.DeflateIO(source, deflate.RAW, _WINDOW_BITS)
        for at in range(offset, offset + count, _SECTOR):
            await self._give_way()
            part = self._slots.scratch()[: min(_SECTOR, offset + count - at)]
            try:
                got = source.readinto(part)
            except (OSError, EOFError):  # not deflate
                got = -1
            if got != len(part):
                raise DamagedError("%s block %d does not unpack" % (layer.name, index))
            found = crc32(part, found)
            self._write(layer, index * BLOCK + at, part, self._held[at // _SECTOR])
        return found

    async def verify(self, layer):
        """Read the layer back from the flash: whether its SHA-256 is the one."""
        slots, hasher = self._slots, hashlib.sha256()
        for at in range(0, layer.length, _SECTOR):
            count = min(_SECTOR, layer.length - at)
            await self._give_way()
            hasher.update(slots.read(slots.other, layer.core, layer.address + at, count))
        return hasher.digest() == layer.digest

    def _flash_crc(self, layer, index, plain):
        """CRC-32 of a block as the other slot holds it."""
        slots, start, found = self._slots, layer.address + index * BLOCK, 0
        for at in range(0, plain, _SECTOR):
            part = slots.read(slots.other, layer.core, start + at, min(_SECTOR, plain - at))
            found = crc32(part, found)
        return found

    def _write(self, layer, at, part, held):
        """Write a sector from borrowed memory, unless the flash has it: `held` is its SHA-256."""
        if _digest(part) == held:
            return
        count, sector = len(part), self._slots.scratch()
        for start in range(count, _SECTOR, len(_FILL)):
            size = min(len(_FILL), _SECTOR - start)
            sector[start : start + size] = _FILL[:size]
        blank = count == _SECTOR and held == _BLANK
        self._slots.write(layer.core, layer.address + at, sector, blank)


def _digest(part):
    return hashlib.sha256(part).digest()
