"""The glyphs of the texts, from the assets layer: 16 dots high, 8 wide or 16 (Chinese)."""

import framebuf
from micropython import const

from locker.packed import Packed

HEIGHT = const(16)
_NARROW = const(8)
_WIDE = const(16)
_FIRST_WIDE = const(0x2E80)  # tools/lockerctl/text_rules.py has the same number
_CELL = const(32)  # bytes: 16 rows of 16 dots, a narrow glyph on the left
_KEPT = const(8)


def width(line: str) -> int:
    """How many dots wide a line is."""
    return sum(_WIDE if ord(char) >= _FIRST_WIDE else _NARROW for char in line)


class Font:
    """Draws lines. The last eight glyphs stay in RAM, all others in the file at `path`."""

    def __init__(self, path: str):
        self._path = path
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
                entries = Packed(file)
                for char in line:
                    frame.blit(self._glyph(entries, file, ord(char)), x, y, 0)
                    x += width(char)
        except OSError:
            frame.text(line, x, y + HEIGHT // 4)

    def _glyph(self, entries, file, code):
        try:
            return self._glyphs[self._kept.index(code)]
        except ValueError:
            pass
        slot = self._oldest
        self._oldest = (slot + 1) % _KEPT
        self._kept[slot] = 0
        if entries.find(code) == _CELL:
            file.readinto(self._cells[slot])
        else:  # a box
            self._glyphs[slot].fill(0)
            self._glyphs[slot].rect(0, 2, _NARROW, HEIGHT - 4, 1)
        self._kept[slot] = code
        return self._glyphs[slot]
