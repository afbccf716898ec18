"""Contacts: door sensors and keys, debounced."""

import time

from machine import Pin
from micropython import const

# Switches of locks and keys bounce for 5 to 20 ms.
_HOLD_MS = const(30)
_FIRST_PIN_WITHOUT_PULLS = const(34)


class Contact:
    """A contact that is polled; a new state counts when every poll for 30 ms has seen it.

    `read` gives the level (a Pin does). The first reading counts at once.
    """

    def __init__(self, read, active: int):
        self._read = read
        self._active = active
        self._changing_since_ms: int | None = None
        self.on = self.reads_on()

    def reads_on(self) -> bool:
        """The contact as it is right now, bouncing or not."""
        return self._read() == self._active

    def poll(self, now_ms) -> bool:
        """Read the contact at `now_ms` (ticks). True when `on` has changed."""
        if self.reads_on() == self.on:
            self._changing_since_ms = None
        elif self._changing_since_ms is None:
            self._changing_since_ms = now_ms
        elif time.ticks_diff(now_ms, self._changing_since_ms) >= _HOLD_MS:
            self._changing_since_ms = None
            self.on = not self.on
            return True
        return False


def gpio_contact(pin: int, active: int) -> Contact:
    """A contact to ground or supply at a pin, with the chip's pull-up where the pin has one."""
    if pin < _FIRST_PIN_WITHOUT_PULLS:
        return Contact(Pin(pin, Pin.IN, Pin.PULL_UP), active)
    return Contact(Pin(pin, Pin.IN), active)
