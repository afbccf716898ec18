"""Relays behind expanders, and how lost expanders come back. Loaded when it is needed."""

import time

from machine import Pin
from micropython import const

from drivers.expanders import Expander

_RESET_US = const(10)  # the MCP23017 wants 1 (datasheet, section 1.2)


class ExpanderRelay:
    """A relay at a bit of an expander. Its pulse ends when `off` is called, and not before."""

    margin_ms = 0

    def __init__(self, expander: Expander, bit: int, pulse_ms: int):
        self.pulse_ms = pulse_ms
        self._expander = expander
        self._mask = 1 << bit

    def start(self):
        """Switch on, and every other relay of the chip off. OSError if it does not answer."""
        self._expander.look()
        self._expander.chip.drive(self._mask)

    def off(self):
        """Switch off. OSError if the chip does not answer."""
        self._expander.chip.drive(0)

    def reads_off(self) -> bool:
        """Whether the pin is at its off level. OSError if the chip does not answer."""
        return not self._expander.chip.active() & self._mask

    def give_up(self):
        """The chip answers no more: off by its reset line, if that is wired."""
        self._expander.is_lost = True
        _reset(self._expander)


def revive(expanders: list):
    """Set lost expanders up, and those that share a reset line with them. No coil may be on."""
    for expander in expanders:
        if expander.is_lost:
            _reset(expander)
    for expander in expanders:
        expander.restart()


def _reset(expander: Expander):
    if expander.reset_pin is not None:
        line = Pin(expander.reset_pin, Pin.OUT, value=0)
        time.sleep_us(_RESET_US)
        line(1)
