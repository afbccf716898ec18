"""Layers of a release made of sectors of one letter each, of which the heap holds but one.

"abc" stands for 3 * 4096 bytes; `tail` is how many bytes of the last letter there are.
"""

from binascii import crc32
from hashlib import sha256
from struct import pack

import fakes_flash as flash

from ota.release import BLOCK, Layer, Release

SECTOR = flash.SECTOR
_PIECE = 256
_sector = memoryview(bytearray(SECTOR))


def sectors(letters, tail=SECTOR):
    """The bytes of each letter, to be used before the next is asked for."""
    for index, letter in enumerate(letters):
        for at in range(0, SECTOR, _PIECE):
            _sector[at : at + _PIECE] = letter.encode() * _PIECE
        yield _sector[: tail if index == len(letters) - 1 else SECTOR]


def crc_of(letters, tail=SECTOR):
    found = 0
    for part in sectors(letters, tail):
        found = crc32(part, found)
    return found


def put(label, at, letters, tail=SECTOR):
    """Make the flash hold them."""
    for index, part in enumerate(sectors(letters, tail)):
        flash.put(label, at + index * SECTOR, part)


def holds(label, at, letters, tail=SECTOR):
    """Whether the flash holds them, and nothing behind them in the last sector."""
    count = (len(letters) - 1) * SECTOR + tail
    behind = flash.get(label, at + count, SECTOR - tail)
    return flash.crc(label, at, count) == crc_of(letters, tail) and not behind.strip(b"\xff")


def layer(name, core, address, letters, tail=SECTOR, stored=None):
    """A release.Layer. `stored`: lengths of its packed blocks, by index."""
    hasher, blocks = sha256(), b""
    for part in sectors(letters, tail):
        hasher.update(part)
    length = (len(letters) - 1) * SECTOR + tail
    for index in range((length + BLOCK - 1) // BLOCK):
        part = letters[index * 4 : index * 4 + 4]
        last = index * 4 + 4 >= len(letters)
        count = min(BLOCK, length - index * BLOCK)
        crc = crc_of(part, tail if last else SECTOR)
        blocks += pack("<HI", (stored or {}).get(index, count), crc)
    return Layer(name, core, address, length, hasher.digest(), blocks)


def release(*layers):
    return Release("1.1.0", 2, list(layers), b'{"format":1}')


def erased():
    """The sectors that have been erased since `flash.Chip.changes` was cleared."""
    return [change[2] for change in flash.Chip.changes if change[0] == "erase"]


def written():
    """The sectors that have been written."""
    return [change[2] // SECTOR for change in flash.Chip.changes if change[0] == "write"]
