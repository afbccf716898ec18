"""Moves layers into the other slot, sector by sector. The flash itself is the progress.

A block is there when its bytes in the flash have its CRC-32; nothing else is written down. A sector
that holds the right bytes already is neither erased nor written (equal CRC-32 counts as equal
bytes here: the SHA-256 at the end finds the one case in four billion where it does not).
"""

import asyncio
import hashlib
from binascii import crc32

import deflate
from micropython import const

from ota.errors import DamagedError
from ota.release import BLOCK

_SECTOR = const(4096)
_SECTORS = const(4)  # of a block
_WINDOW_BITS = const(11)
_BLANK_CRC = const(0xF154670A)  # CRC-32 of 4096 times 0xff


class Transfer:
    """Works on the other slot of `slots`; blocks to unpack lie in `spool`."""

    def __init__(self, slots, spool, alive):
        self._slots = slots
        self._spool = spool
        self._alive = alive
        self._crcs = [0] * _SECTORS  # of the sectors of the block in work, as they are in flash

    async def missing(self, layer):
        """A bytearray with a 1 for each block of the layer that is not in the flash yet."""
        marks = bytearray((layer.length + BLOCK - 1) // BLOCK)
        for index, _, _, crc, plain in layer.blocks():
            marks[index] = self._flash_crc(layer, index, plain) != crc
            self._alive()
            await asyncio.sleep_ms(0)
        return marks

    async def copy(self, layer, source, index, plain):
        """Copy a block from the running slot, where its layer lies at offset `source`."""
        slots = self._slots
        for at in range(index * BLOCK, index * BLOCK + plain, _SECTOR):
            count = min(_SECTOR, layer.length - at)
            old = crc32(slots.read(slots.other, layer.core, layer.address + at, count))
            part = slots.read(slots.running, layer.core, source + at, count)
            self._write(layer, at, part, old)
            await asyncio.sleep_ms(0)

    def start(self, layer, index, plain):
        """Look at a block's sectors as they are, before its bytes are written."""
        self._flash_crc(layer, index, plain)

    async def write(self, layer, index, offset, count, packed, found):
        """Write `count` plain bytes at `offset` of a block from the spool; the CRC-32 so far.

        `packed`: they are deflated, and the whole block. `found`: CRC-32 of the bytes before.
        Until the last is in, and the CRC is right, the flash may hold nonsense. DamagedError.
        """
        source = self._spool.stream
        source.seek(0)
        if packed:
            source = deflate.DeflateIO(source, deflate.RAW, _WINDOW_BITS)
        for at in range(offset, offset + count, _SECTOR):
            part = self._slots.scratch()[: min(_SECTOR, offset + count - at)]
            try:
                got = source.readinto(part)
            except (OSError, EOFError):  # not deflate
                got = -1
            if got != len(part):
                raise DamagedError("%s block %d does not unpack" % (layer.name, index))
            found = crc32(part, found)
            self._write(layer, index * BLOCK + at, part, self._crcs[at // _SECTOR])
            await asyncio.sleep_ms(0)
        return found

    async def verify(self, layer):
        """Read the layer back from the flash. DamagedError when its SHA-256 is not the one."""
        slots, hasher = self._slots, hashlib.sha256()
        for at in range(0, layer.length, _SECTOR):
            count = min(_SECTOR, layer.length - at)
            hasher.update(slots.read(slots.other, layer.core, layer.address + at, count))
            self._alive()
            await asyncio.sleep_ms(0)
        if hasher.digest() != layer.digest:
            raise DamagedError("%s has a wrong SHA-256" % layer.name)

    def _flash_crc(self, layer, index, plain):
        """CRC-32 of a block as the other slot holds it; each sector's goes into `_crcs`."""
        slots, found = self._slots, 0
        at = layer.address + index * BLOCK
        for number in range((plain + _SECTOR - 1) // _SECTOR):
            count = min(_SECTOR, plain - number * _SECTOR)
            part = slots.read(slots.other, layer.core, at + number * _SECTOR, count)
            self._crcs[number] = crc32(part)
            found = crc32(part, found)
        return found

    def _write(self, layer, at, part, old):
        """Write a sector from borrowed memory, unless the flash has it: `old` is its CRC-32."""
        if crc32(part) == old:
            return
        count, sector = len(part), self._slots.scratch()
        sector[count:] = b"\xff" * (_SECTOR - count)
        blank = count == _SECTOR and old == _BLANK_CRC
        self._slots.write(layer.core, layer.address + at, sector, blank)
