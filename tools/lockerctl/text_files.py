"""The files of texts and glyphs as a board reads them: lib/locker/texts.py and font.py.

Texts: `<4sHH`: magic `LKTX`, version 1, how many; then `<IHH` for each, sorted by number: number of
its name, offset behind this table, length; then the texts in UTF-8.

Glyphs: `<4sHH`: magic `LKGL`, version 1, how many; then `<H` for each, sorted: its number in
Unicode; then 32 bytes for each: 16 rows of 16 dots, the leftmost in the highest bit.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping

from lockerctl.errors import UserError

CELL = 32
_HEADER = struct.Struct("<4sHH")
_RECORD = struct.Struct("<IHH")
_VERSION = 1
_MOST_BYTES = 0xFFFF
_MOST_GLYPHS = 2000
_NUMBER_BITS = 30  # a small integer on the board


def number_of(name: str) -> int:
    """The number under which a text is found."""
    return binascii.crc32(name.encode()) & ((1 << _NUMBER_BITS) - 1)


def pack_texts(texts: Mapping[str, str]) -> bytes:
    """The file of a language's texts, by name. Raises UserError: they have become too many."""
    table, data = [], b""
    for name in sorted(texts, key=number_of):
        text = texts[name].encode()
        table.append((number_of(name), len(data), len(text)))
        data += text
    if len(data) > _MOST_BYTES:
        raise UserError(f"{len(data)} bytes of texts, at most {_MOST_BYTES} fit into a file")
    header = _HEADER.pack(b"LKTX", _VERSION, len(table))
    return header + b"".join(_RECORD.pack(*record) for record in table) + data


def pack_glyphs(cells: Mapping[int, bytes]) -> bytes:
    """The file of glyphs, by their number in Unicode. Raises UserError: they are too many."""
    if len(cells) > _MOST_GLYPHS:  # a board has all their numbers in RAM
        raise UserError(f"the texts have {len(cells)} characters, at most {_MOST_GLYPHS} are meant")
    numbers = sorted(cells)
    header = _HEADER.pack(b"LKGL", _VERSION, len(numbers))
    return (
        header
        + struct.pack(f"<{len(numbers)}H", *numbers)
        + b"".join(cells[number] for number in numbers)
    )
