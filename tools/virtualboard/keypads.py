"""A keypad of rows and columns, as a driver that scans it sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lockerctl.profile_shape import USUAL_KEYS

from .errors import VirtualBoardError
from .pins import WIRES, Pins

_HOLD_S = 0.12
_GAP_S = 0.12
# A busy host runs the board slowly. How often the first row falls, while a key is down, until a
# driver has felt it, and how long that may take: a program that hangs feels nothing.
_FALLS = 10
_MOST_S = 2.0
_LOOK_S = 0.02


class Keypad:
    """Keys between lines without diodes: a third key may make a fourth seem pressed."""

    def __init__(self, pins: Pins, entry: dict[str, Any]) -> None:
        self.down: set[str] = set()
        self._pins = pins
        self._rows: list[int] = entry["rows"]
        self._columns: list[int] = entry["columns"]
        self._places = {
            key: (row, column)
            for row, keys in zip(self._rows, entry.get("keys", USUAL_KEYS), strict=True)
            for column, key in zip(self._columns, keys, strict=True)
        }
        self._falls = 0
        for pin in self._rows:
            pins.watch(pin, lambda _level: self._settle())
        pins.watch(self._rows[0], self._count)

    @property
    def rows(self) -> list[str]:
        """The keys as they lie there."""
        width = len(self._columns)
        keys = "".join(self._places)
        return [keys[at : at + width] for at in range(0, len(keys), width)]

    def press(self, *keys: str) -> None:
        """Press keys, and hold them down."""
        for key in keys:
            if key not in self._places:
                raise VirtualBoardError(f"there is no key {key!r}, there are {' '.join(self.rows)}")
        with WIRES:
            self.down.update(keys)
            self._settle()

    def release(self, *keys: str) -> None:
        """Let these keys go, or all of them."""
        with WIRES:
            self.down.difference_update(keys or set(self.down))
            self._settle()

    @contextmanager
    def held(self, *keys: str) -> Iterator[None]:
        """Keys that are down for a while."""
        self.press(*keys)
        try:
            yield
        finally:
            self.release(*keys)

    def type(self, keys: str, hold: float = _HOLD_S, gap: float = _GAP_S) -> None:
        """Press one key after the other, for `hold` seconds with gaps of `gap`.

        Longer, when the board has not scanned the key often enough by then.
        """
        for key in keys:
            start, wanted = time.monotonic(), self._falls + _FALLS
            with self.held(key):
                time.sleep(hold)
                while self._falls < wanted and time.monotonic() < start + _MOST_S:
                    time.sleep(_LOOK_S)
            # Letting go is not seen here: it takes as long.
            time.sleep(max(gap, time.monotonic() - start - hold))

    def _count(self, level: int) -> None:
        self._falls += not level

    def _settle(self) -> None:
        """Lines that keys tie to a row that is low are low."""
        low = {pin for pin in self._rows if not self._pins.level(pin)}
        pairs = [set(self._places[key]) for key in self.down]
        for _ in pairs:
            for pair in pairs:
                if pair & low:
                    low |= pair
        for column in self._columns:
            self._pins.put(column, 0 if column in low else None)
