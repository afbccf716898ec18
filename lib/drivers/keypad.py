"""A keypad of rows and columns: each key closes its row to its column."""

import time

from machine import Pin
from micropython import const

from drivers.inputs import Inputs

_KEYS = ("123A", "456B", "789C", "*0#D")
# A column rises through the chip's pull-up (45 kOhm) against a cable's capacitance.
_RISE_US = const(50)


class Keypad:
    """`entry` is the profile's `keypad`: pins of its rows and columns, and what the keys are.

    Between scans all rows are low, so that one look at the columns tells that no key is pressed.
    """

    def __init__(self, entry: dict):
        self._keys = "".join(entry.get("keys", _KEYS))
        self._rows = [Pin(pin, Pin.OPEN_DRAIN, Pin.PULL_UP, value=0) for pin in entry["rows"]]
        self._columns = [Pin(pin, Pin.IN, Pin.PULL_UP) for pin in entry["columns"]]
        self._inputs = Inputs(self._scan)
        self._fresh = 0
        self._last = 0

    def poll(self, now_ms) -> str | None:
        """Scan at `now_ms` (ticks), every 20 ms or so: a key that has just been pressed, or None.

        A key counts once, however long it is held. Of several at a time one is told at each call.
        """
        self._fresh |= self._inputs.poll(now_ms) & self._inputs.levels
        if not self._fresh:
            return None
        number = 0
        while not self._fresh >> number & 1:
            number += 1
        self._fresh &= ~(1 << number)
        return self._keys[number]

    def _scan(self) -> int:
        """The pressed keys as bits, row by row; the last ones while more than two are pressed.

        Three keys at the corners of a rectangle read as four.
        """
        pressed = 0
        if self._pressed_columns():
            for row in self._rows:
                row(1)
            for row in reversed(self._rows):
                time.sleep_us(_RISE_US)
                row(0)
                pressed = pressed << len(self._columns) | self._pressed_columns()
                row(1)
            for row in self._rows:
                row(0)
        without_one = pressed & (pressed - 1)
        if without_one & (without_one - 1):
            return self._last
        self._last = pressed
        return pressed

    def _pressed_columns(self) -> int:
        pressed = 0
        for column in reversed(self._columns):
            pressed = pressed << 1 | (1 - column())
        return pressed
