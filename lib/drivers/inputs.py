"""Lines that are read together and debounced together: contacts at GPIOs, an expander, a keypad."""

import time

from machine import Pin
from micropython import const

# Switches of locks and keys bounce for 5 to 20 ms.
_APART_MS = const(15)
_FIRST_PIN_WITHOUT_PULLS = const(34)


class Inputs:
    """Up to 30 lines, as the bits of one number; a new level counts when two polls have seen it.

    `read` gives all lines at once. `levels` is what counts, None before the first poll, whose
    reading counts at once. `is_lost`: they can't be read any more.
    """

    is_lost = False

    def __init__(self, read):
        self.levels: int | None = None
        self.read = read
        self._changing = 0
        self._polled_ms = 0

    def poll(self, now_ms) -> int:
        """Read the lines at `now_ms` (ticks): the bits of `levels` that have changed.

        Does nothing within 15 ms of the poll before. What `read` raises comes through.
        """
        if self.levels is None:
            self.levels = self.read()
            self._polled_ms = now_ms
        elif time.ticks_diff(now_ms, self._polled_ms) >= _APART_MS:
            changing = self.read() ^ self.levels
            changed = changing & self._changing
            self._changing = changing & ~changed
            self.levels ^= changed
            self._polled_ms = now_ms
            return changed
        return 0


class GpioInputs(Inputs):
    """Contacts at these pins, made by `input_pin`."""

    def __init__(self, pins):
        self._pins = pins
        super().__init__(self._levels)

    def _levels(self) -> int:
        levels, bit = 0, 1
        for pin in self._pins:
            if pin():
                levels |= bit
            bit <<= 1
        return levels


def input_pin(pin: int) -> Pin:
    """A pin for a contact to ground or supply, with the chip's pull-up where it has one."""
    if pin < _FIRST_PIN_WITHOUT_PULLS:
        return Pin(pin, Pin.IN, Pin.PULL_UP)
    return Pin(pin, Pin.IN)
