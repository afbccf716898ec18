"""Entries of a file of the assets layer, found by their number without reading all of it.

`<4sHH`: magic, version, how many entries; `<IHH` for each, sorted by number: number, offset behind
this table, length; then the entries. The host's tools/lockerctl/packed.py writes them.
"""

import struct

from micropython import const

_HEADER = const(8)
_RECORD = const(8)


class Packed:
    """A file of entries that is open for reading. OSError when it is no such file."""

    def __init__(self, file):
        self._file = file
        self._record = bytearray(_RECORD)
        file.readinto(self._record)
        magic, version, self._count = struct.unpack("<4sHH", self._record)
        if magic != b"LKPK" or version != 1:
            raise OSError("no file of entries")

    def find(self, number: int) -> int:
        """The length of an entry, whose bytes the file gives next; -1 when there is none."""
        file, record = self._file, self._record
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            file.seek(_HEADER + _RECORD * middle)
            file.readinto(record)
            found, offset, length = struct.unpack("<IHH", record)
            if found == number:
                file.seek(_HEADER + _RECORD * self._count + offset)
                return length
            if found < number:
                low = middle + 1
            else:
                high = middle
        return -1
