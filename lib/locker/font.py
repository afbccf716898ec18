"""The glyphs of the texts, from the assets layer: 16 dots high, 8 wide or 16 (Chinese).

`<4sHH`: magic, version, how many glyphs; `<H` for each, sorted: its number in Unicode; then 32
bytes for each, 16 rows of 16 dots. The host's tools/lockerctl/glyphs.py writes them.
"""

import struct
from array import array

import framebuf
from micropython import const

HEIGHT = const(16)
_NARROW = const(8)
_WIDE = const(16)
_FIRST_WIDE = const(0x2E80)  # tools/lockerctl/text_rules.py has the same number
_HEADER = const(8)
_CELL = const(32)
_KEPT = const(16)


def width(line: str) -> int:
    """How many dots wide a line is."""
    return sum(_WIDE if ord(char) >= _FIRST_WIDE else _NARROW for char in line)


class Font:
    """Draws lines. In RAM it has the numbers of all glyphs and the last sixteen glyphs."""

    def __init__(self, path: str):
        self._path = path
        self._numbers = None
        self._cells = [bytearray(_CELL) for _ in range(_KEPT)]
        self._glyphs = [
            framebuf.FrameBuffer(cell, _WIDE, HEIGHT, framebuf.MONO_HLSB) for cell in self._cells
        ]
        self._kept = [0] * _KEPT
        self._oldest = 0

    def draw(self, frame, line: str, y: int, room: int):
        """Draw a line on dark ground, from `y` down, in the middle of `room` dots.

        Without the file it is framebuf's own font, which knows no more than ASCII.
        """
        x = max(0, (room - width(line)) // 2)
        try:
            with open(self._path, "rb") as file:
                if self._numbers is None:
                    self._numbers = _read_numbers(file)
                for char in line:
                    frame.blit(self._glyph(file, ord(char)), x, y, 0)
                    x += width(char)
        except OSError:
            frame.text(line, x, y + HEIGHT // 4)

    def _glyph(self, file, code):
        try:
            return self._glyphs[self._kept.index(code)]
        except ValueError:
            pass
        slot = self._oldest
        self._oldest = (slot + 1) % _KEPT
        self._kept[slot] = 0
        index = _find(self._numbers, code)
        if index is None:  # a box
            self._glyphs[slot].fill(0)
            self._glyphs[slot].rect(0, 2, _NARROW, HEIGHT - 4, 1)
        else:
            file.seek(_HEADER + 2 * len(self._numbers) + _CELL * index)
            file.readinto(self._cells[slot])
        self._kept[slot] = code
        return self._glyphs[slot]


def _read_numbers(file):
    """The numbers of all glyphs. OSError when this is no file of glyphs."""
    head = bytearray(_HEADER)
    file.readinto(head)
    magic, version, count = struct.unpack("<4sHH", head)
    if magic != b"LKGL" or version != 1:
        raise OSError("no file of glyphs")
    numbers = array("H", bytes(2 * count))
    file.readinto(numbers)
    return numbers


def _find(numbers, code):
    """Where a number is in a sorted array; None: nowhere."""
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) // 2
        if numbers[middle] < code:
            low = middle + 1
        else:
            high = middle
    return low if low < len(numbers) and numbers[low] == code else None
