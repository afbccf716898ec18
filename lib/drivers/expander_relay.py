"""A relay behind an expander."""

from drivers.expanders import Expander
from drivers.mcp23017_setup import reset


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
        reset(self._expander.reset_pin)
