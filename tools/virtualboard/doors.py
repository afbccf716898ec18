"""Doors of the cabinet: a latch, a coil that releases it, a contact that sees it shut."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .errors import VirtualBoardError
from .lines import Line, PinLine
from .pins import WIRES


@dataclass(frozen=True)
class Wiring:
    """`on`: the relay's level that switches the coil on; `closed`: the sensor's of a closed door.

    A contact that `floats` connects the sensor's line to nothing while the door is open.
    """

    relay: Line
    on: int
    sensor: Line | None = None
    closed: int = 0
    floats: bool = False


class Door:
    """A door with a latch that the relay releases and that closing locks again.

    The latch stays released until the door has been opened and closed. `is_jammed`: the latch
    does not move. `opens_itself`: a spring pushes the door open when the latch is released.
    `pulses`: how long the coil was on, in seconds, each time.
    """

    def __init__(self, wiring: Wiring) -> None:
        self.relay = wiring.relay
        self.sensor = wiring.sensor
        self.is_jammed = False
        self.opens_itself = False
        self.is_open = False
        self.is_latched = True
        self.pulses: list[float] = []
        self._wiring = wiring
        self._since: float | None = None
        self.relay.put(1 - wiring.on)  # the resistor that every relay has
        self.relay.watch(self._relay_changed)
        self._show()

    @property
    def relay_pin(self) -> int:
        """The GPIO of its relay."""
        if not isinstance(self.relay, PinLine):
            raise VirtualBoardError("that relay is behind an expander")
        return self.relay.number

    @property
    def coil_is_on(self) -> bool:
        return self._since is not None

    def open(self, *, force: bool = False) -> bool:
        """Pull the door open. False: it is latched (`force` breaks it open)."""
        with WIRES:
            if self.is_latched and not force:
                return False
            self.is_open = True
            self.is_latched = False
            self._show()
        return True

    def close(self) -> None:
        """Push the door shut; it latches."""
        with WIRES:
            self.is_open = False
            self.is_latched = True
            self._show()

    def _relay_changed(self, level: int) -> None:
        now = time.monotonic()
        if level == self._wiring.on and self._since is None:
            self._since = now
            if not self.is_jammed:
                self.is_latched = False
                if self.opens_itself:
                    self.open()
        elif level != self._wiring.on and self._since is not None:
            self.pulses.append(now - self._since)
            self._since = None

    def _show(self) -> None:
        closed = self._wiring.closed
        if self.sensor is not None:
            away = None if self._wiring.floats else 1 - closed
            self.sensor.put(away if self.is_open else closed)
