"""What display controllers of 128 x 64 dots with the SSD1306's commands have in common."""

from __future__ import annotations

from typing import ClassVar

from PIL import Image

from .base import Chip

WIDTH = 128
HEIGHT = 64
PAGES = HEIGHT // 8
_BACKGROUND = (8, 12, 20)
_LIGHT = (140, 200, 255)
_DOT_PIXELS = 4
_HALF_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


class Oled(Chip):
    """On the usual module: panel upright with segments and rows remapped (0xa1, 0xc8).

    A controller's own class says how many `_columns` its memory has, which of them is seen first,
    how many `_parameters` follow which command (others are one byte), and what they do: `_set`.
    """

    _columns = WIDTH
    _first_column = 0
    _parameters: ClassVar[dict[int, int]]

    def __init__(self, address: int = 0x3C) -> None:
        super().__init__(address)
        self.power_on()

    def power_on(self) -> None:
        self.ram = bytearray(self._columns * PAGES)
        self.is_on = False
        self.contrast = 0x7F
        self._has_pump = False
        self._is_inverse = False
        self._all_on = False
        self._segments_remapped = False
        self._rows_remapped = False
        self._start_line = 0
        self._offset = 0
        self._column = 0
        self._page = 0
        self._pending: list[int] = []

    def write(self, data: bytes) -> None:
        """Control bytes and what follows: one byte if bit Co is set, else the rest."""
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
        column = self._first_column + (x if self._segments_remapped else WIDTH - 1 - x)
        row = y if self._rows_remapped else HEIGHT - 1 - y
        row = (row + self._start_line + self._offset) % HEIGHT
        bit = self.ram[row // 8 * self._columns + column] >> row % 8 & 1
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
        self.ram[self._page * self._columns + self._column] = byte
        self._advance()

    def _advance(self) -> None:
        """Page addressing: the page stays."""
        self._column = (self._column + 1) % self._columns

    def _command(self, byte: int) -> None:
        self._pending.append(byte)
        command = self._pending[0]
        if len(self._pending) <= self._parameters.get(command, 0):
            return
        parameters = self._pending[1:]
        self._pending = []
        if parameters:
            self._set(command, parameters)
        else:
            self._do(command)

    def _set(self, command: int, values: list[int]) -> None:
        if command == 0x81:
            self.contrast = values[0]
        elif command == 0xD3:
            self._offset = values[0] & 0x3F

    def _do(self, command: int) -> None:
        if command <= 0x0F:
            self._column = self._column & 0xF0 | command
        elif command <= 0x1F:
            self._column = (command & 0x0F) << 4 | self._column & 0x0F
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
