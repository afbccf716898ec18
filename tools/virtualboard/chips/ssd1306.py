"""Solomon Systech SSD1306, 128 x 64 dots (datasheet rev 1.1: sections 8.1.5, 9, 10)."""

from __future__ import annotations

from PIL import Image

from .base import Chip

WIDTH = 128
HEIGHT = 64
PAGES = HEIGHT // 8
_HORIZONTAL, _VERTICAL, _PAGE = 0, 1, 2
_BACKGROUND = (8, 12, 20)
_LIGHT = (140, 200, 255)
_DOT_PIXELS = 4
# Commands that are followed by parameters; all others are one byte.
_PARAMETERS = {
    0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x81: 1, 0x8D: 1,
    0xA3: 2, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1,
}  # fmt: skip
_HALF_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


class Ssd1306(Chip):
    """On the usual module: panel upright with segments and rows remapped (0xa1, 0xc8), its supply
    from the chip's own charge pump. Scrolling by hardware is accepted and not shown."""

    def __init__(self, address: int = 0x3C) -> None:
        super().__init__(address)
        self.power_on()

    def power_on(self) -> None:
        self.ram = bytearray(WIDTH * PAGES)
        self.is_on = False
        self.contrast = 0x7F
        self._has_pump = False
        self._is_inverse = False
        self._all_on = False
        self._segments_remapped = False
        self._rows_remapped = False
        self._start_line = 0
        self._offset = 0
        self._mode = _PAGE
        self._columns = (0, WIDTH - 1)
        self._pages = (0, PAGES - 1)
        self._column = 0
        self._page = 0
        self._pending: list[int] = []

    def write(self, data: bytes) -> None:
        """Control bytes and what follows (8.1.5.2): one byte if bit Co is set, else the rest."""
        index = 0
        while index < len(data):
            control = data[index]
            is_data = bool(control & 0x40)
            end = index + 2 if control & 0x80 else len(data)
            for byte in data[index + 1 : end]:
                self._store(byte) if is_data else self._command(byte)
            index = end

    def read(self, length: int) -> bytes:
        """The status register: bit 6 set when the display is off."""
        return bytes((0 if self.is_on else 0x40,)) * length

    def dot(self, x: int, y: int) -> int:
        """1 if the dot is lit, as somebody in front of the module sees it."""
        if not (self.is_on and self._has_pump):
            return 0
        if self._all_on:
            return 1
        column = x if self._segments_remapped else WIDTH - 1 - x
        row = y if self._rows_remapped else HEIGHT - 1 - y
        row = (row + self._start_line + self._offset) % HEIGHT
        bit = self.ram[row // 8 * WIDTH + column] >> row % 8 & 1
        return bit ^ self._is_inverse

    def picture(self) -> Image.Image:
        """What the display shows, four pixels a dot."""
        image = Image.new("RGB", (WIDTH, HEIGHT), _BACKGROUND)
        for y in range(HEIGHT):
            for x in range(WIDTH):
                if self.dot(x, y):
                    image.putpixel((x, y), _LIGHT)
        size = (WIDTH * _DOT_PIXELS, HEIGHT * _DOT_PIXELS)
        return image.resize(size, Image.Resampling.NEAREST)

    def text(self) -> str:
        """What the display shows in half blocks, 32 lines of 128 characters."""
        return "\n".join(
            "".join(_HALF_BLOCKS[self.dot(x, y), self.dot(x, y + 1)] for x in range(WIDTH)).rstrip()
            for y in range(0, HEIGHT, 2)
        )

    def _store(self, byte: int) -> None:
        self.ram[self._page * WIDTH + self._column] = byte
        if self._mode == _VERTICAL:
            self._page, wrapped = _step(self._page, self._pages)
            if wrapped:
                self._column, _ = _step(self._column, self._columns)
            return
        limits = (0, WIDTH - 1) if self._mode == _PAGE else self._columns
        self._column, wrapped = _step(self._column, limits)
        if wrapped and self._mode == _HORIZONTAL:
            self._page, _ = _step(self._page, self._pages)

    def _command(self, byte: int) -> None:
        self._pending.append(byte)
        command = self._pending[0]
        if len(self._pending) <= _PARAMETERS.get(command, 0):
            return
        parameters = self._pending[1:]
        self._pending = []
        if parameters:
            self._set(command, parameters)
        else:
            self._do(command)

    def _set(self, command: int, values: list[int]) -> None:
        if command == 0x20:
            self._mode = values[0] & 3
        elif command == 0x21:
            self._columns = (values[0] & 0x7F, values[1] & 0x7F)
            self._column = self._columns[0]
        elif command == 0x22:
            self._pages = (values[0] & 7, values[1] & 7)
            self._page = self._pages[0]
        elif command == 0x81:
            self.contrast = values[0]
        elif command == 0x8D:
            self._has_pump = bool(values[0] & 0x04)
        elif command == 0xD3:
            self._offset = values[0] & 0x3F

    def _do(self, command: int) -> None:
        if command <= 0x0F:
            self._column = self._column & 0x70 | command
        elif command <= 0x1F:
            self._column = (command & 0x07) << 4 | self._column & 0x0F
        elif 0x40 <= command <= 0x7F:
            self._start_line = command & 0x3F
        elif command in (0xA0, 0xA1):
            self._segments_remapped = command == 0xA1
        elif command in (0xA4, 0xA5):
            self._all_on = command == 0xA5
        elif command in (0xA6, 0xA7):
            self._is_inverse = command == 0xA7
        elif command in (0xAE, 0xAF):
            self.is_on = command == 0xAF
        elif 0xB0 <= command <= 0xB7:
            self._page = command & 7
        elif 0xC0 <= command <= 0xCF:
            self._rows_remapped = bool(command & 0x08)


def _step(value: int, limits: tuple[int, int]) -> tuple[int, bool]:
    """The next value inside the limits, and whether it began anew."""
    first, last = limits
    return (first, True) if value == last else (value + 1, False)
