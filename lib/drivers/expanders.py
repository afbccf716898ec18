"""An expander of the board: its inputs, and what happens when it falls silent.

It is asked now and then whether it is still set up, for a dip of its supply makes it forget, and
nothing else tells.
"""

import time

from micropython import const

from drivers.inputs import Inputs
from drivers.mcp23017 import Mcp23017

_PATIENCE = const(3)  # failures in a row, then it is lost
_LOOK_MS = const(2000)


class Expander(Inputs):
    """Polled as inputs are; it does not raise, but is lost after three failures in a row.

    `levels` are those at its pins, outputs too. `has_inputs`: they are of interest. `reset_pin` is
    where its reset line is, or None.
    """

    def __init__(self, chip: Mcp23017, has_inputs: bool, reset_pin: int | None):
        super().__init__(chip.read)
        self.chip = chip
        self.reset_pin = reset_pin
        self._has_inputs = has_inputs
        self._failures = 0
        self._looked_ms: int | None = None

    def poll(self, now_ms) -> int:
        """Read the inputs, and from time to time the settings: the bits that have changed."""
        changed = 0
        if not self.is_lost:
            try:
                if self._has_inputs:
                    changed = super().poll(now_ms)
                looked_ms = self._looked_ms
                if looked_ms is None or time.ticks_diff(now_ms, looked_ms) > _LOOK_MS:
                    self.look()
                    self._looked_ms = now_ms
                self._failures = 0
            except OSError:
                self._failures += 1
                self.is_lost = self._failures >= _PATIENCE
        else:
            # Ticks wrap: after days of silence these would be times to come.
            self._polled_ms = now_ms
            self._looked_ms = None
        return changed

    def look(self):
        """Set the chip up if it is not. OSError if it does not answer."""
        if not self.chip.is_set_up():
            from drivers.mcp23017_setup import set_up

            print("expander 0x%02x had lost its settings" % self.chip.address)
            set_up(self.chip)

    def rest(self):
        """All its relays off, if it answers."""
        try:
            self.chip.drive(0)
        except OSError:
            self._failures += 1
