"""Sino Wealth SH1106, 132 x 64 dots of memory (datasheet V2.3: "Commands")."""

from __future__ import annotations

from typing import ClassVar

from .oled import Oled

_MARGIN = 2  # columns of the memory that the usual module does not show, at each side


class Sh1106(Oled):
    """Supplied by the chip's own DC-DC converter. It knows page addressing only."""

    _columns = 132
    _first_column = _MARGIN
    _parameters: ClassVar = {0x81: 1, 0xA8: 1, 0xAD: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1}

    def power_on(self) -> None:
        super().power_on()
        self._has_pump = True  # 0x8b is its reset value

    def _set(self, command: int, values: list[int]) -> None:
        if command == 0xAD:
            self._has_pump = values[0] == 0x8B
        else:
            super()._set(command, values)

    def _advance(self) -> None:
        """Without wrapping: what comes behind the last column is lost."""
        self._column += 1

    def _store(self, byte: int) -> None:
        if self._column < self._columns:
            super()._store(byte)
