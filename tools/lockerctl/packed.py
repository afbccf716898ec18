"""Files of the assets layer in which a board finds an entry by its number without reading all.

`<4sHH`: magic `LKPK`, version 1, how many entries; then `<IHH` for each, sorted by number: number,
offset behind this table, length; then the entries. lib/locker/packed.py reads them.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping

from lockerctl.errors import UserError

_HEADER = struct.Struct("<4sHH")
_RECORD = struct.Struct("<IHH")
_MAGIC = b"LKPK"
_VERSION = 1
_MOST_BYTES = 0xFFFF
_NUMBER_BITS = 30  # a small integer on the board


def pack(what: str, entries: Mapping[int, bytes]) -> bytes:
    """The file of these entries. Raises UserError: `what` has become too much for one."""
    table, data = [], b""
    for number, entry in sorted(entries.items()):
        table.append((number, len(data), len(entry)))
        data += entry
    if len(data) > _MOST_BYTES:
        raise UserError(f"{what}: {len(data)} bytes, at most {_MOST_BYTES} fit into a file")
    header = _HEADER.pack(_MAGIC, _VERSION, len(table))
    return header + b"".join(_RECORD.pack(*record) for record in table) + data


def number_of(name: str) -> int:
    """The number under which a name is found."""
    return binascii.crc32(name.encode()) & ((1 << _NUMBER_BITS) - 1)
