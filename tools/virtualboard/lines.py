"""A wire of the cabinet, wherever it ends: at a pin of the chip, or at one of an expander."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .chips.mcp23017 import Mcp23017
from .pins import PinChange, Pins


class Line(Protocol):
    """One wire."""

    def level(self) -> int:
        """0 or 1, as a meter shows."""

    def put(self, level: int | None) -> None:
        """Connect it to 0 or 1, None: leave it open."""

    def stick(self, level: int | None) -> None:
        """A fault: it stays at `level`, whatever drives it. None: repaired."""

    def watch(self, call: Callable[[int], None]) -> None:
        """Have `call` made with the level whenever it changes."""

    def history(self) -> list[PinChange]:
        """Every change of its level."""


@dataclass(frozen=True)
class PinLine:
    """A wire at a GPIO."""

    pins: Pins
    number: int

    def level(self) -> int:
        return self.pins.level(self.number)

    def put(self, level: int | None) -> None:
        self.pins.put(self.number, level)

    def stick(self, level: int | None) -> None:
        self.pins.stick(self.number, level)

    def watch(self, call: Callable[[int], None]) -> None:
        self.pins.watch(self.number, call)

    def history(self) -> list[PinChange]:
        return [change for change in self.pins.history if change.pin == self.number]


@dataclass(frozen=True)
class ExpanderLine:
    """A wire at a pin of an expander."""

    chip: Mcp23017
    bit: int

    def level(self) -> int:
        return self.chip.level(self.bit)

    def put(self, level: int | None) -> None:
        self.chip.put(self.bit, level)

    def stick(self, level: int | None) -> None:
        self.chip.stick(self.bit, level)

    def watch(self, call: Callable[[int], None]) -> None:
        self.chip.watch(self.bit, call)

    def history(self) -> list[PinChange]:
        return [change for change in self.chip.history if change.pin == self.bit]
