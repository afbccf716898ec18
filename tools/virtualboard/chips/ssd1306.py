"""Solomon Systech SSD1306, 128 x 64 dots (datasheet rev 1.1: sections 8.1.5, 9, 10)."""

from __future__ import annotations

from typing import ClassVar

from .oled import PAGES, WIDTH, Oled

_HORIZONTAL, _VERTICAL, _PAGE = 0, 1, 2


class Ssd1306(Oled):
    """Supplied by the chip's own charge pump. Scrolling by hardware is accepted and not shown."""

    _parameters: ClassVar = {
        0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x81: 1, 0x8D: 1,
        0xA3: 2, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1,
    }  # fmt: skip

    def power_on(self) -> None:
        super().power_on()
        self._mode = _PAGE
        self._window = (0, WIDTH - 1)
        self._pages = (0, PAGES - 1)

    def _advance(self) -> None:
        if self._mode == _VERTICAL:
            self._page, wrapped = _step(self._page, self._pages)
            if wrapped:
                self._column, _ = _step(self._column, self._window)
            return
        limits = (0, WIDTH - 1) if self._mode == _PAGE else self._window
        self._column, wrapped = _step(self._column, limits)
        if wrapped and self._mode == _HORIZONTAL:
            self._page, _ = _step(self._page, self._pages)

    def _set(self, command: int, values: list[int]) -> None:
        if command == 0x20:
            self._mode = values[0] & 3
        elif command == 0x21:
            self._window = (values[0] & 0x7F, values[1] & 0x7F)
            self._column = self._window[0]
        elif command == 0x22:
            self._pages = (values[0] & 7, values[1] & 7)
            self._page = self._pages[0]
        elif command == 0x8D:
            self._has_pump = bool(values[0] & 0x04)
        else:
            super()._set(command, values)

    def _do(self, command: int) -> None:
        super()._do(command)
        self._column &= 0x7F


def _step(value: int, limits: tuple[int, int]) -> tuple[int, bool]:
    """The next value inside the limits, and whether it began anew."""
    first, last = limits
    return (first, True) if value == last else (value + 1, False)
