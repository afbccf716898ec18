"""GPIO: what the board drives, what the world puts on an input, and what was seen on a pin."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from .rpc import Answer, Handler, Op

PIN_COUNT = 40
_INPUT_ONLY = range(34, 40)
# GPIO 20, 24, 28 to 31 are not bonded out; 6 to 11 belong to the flash.
_ABSENT = frozenset((20, 24, 28, 29, 30, 31))
_MODE_IN = 1
_MODE_OUT = 3
_MODE_OPEN_DRAIN = 7
_PULL_DOWN = 1
_PULL_UP = 2
_KEEP = -1

# One lock for all wires of all boards: who watches one changes others.
WIRES = threading.RLock()


@dataclass(frozen=True)
class PinChange:
    """The level on a pin changed, `time` in seconds of `time.monotonic`."""

    time: float
    pin: int
    level: int


@dataclass
class _Pin:
    mode: int = 0
    pull: int = 0
    output: int = 0
    # What a peripheral of the chip drives instead of the output register.
    peripheral: int | None = None
    external: int | None = None
    stuck: int | None = None
    level: int = 0

    def wire_level(self) -> int:
        """What a meter shows. An output wins over the world, a short circuit over everything."""
        if self.stuck is not None:
            return self.stuck
        if self.peripheral is not None:
            return self.peripheral
        if self.mode == _MODE_OUT or (self.mode == _MODE_OPEN_DRAIN and not self.output):
            return self.output
        if self.external is not None:
            return self.external
        return 1 if self.pull & _PULL_UP else 0


class Pins:
    """All pins. Watchers are called with the new level, in the thread that changed it."""

    def __init__(self) -> None:
        self._lock = WIRES
        self._pins = [_Pin() for _ in range(PIN_COUNT)]
        self._watchers: list[tuple[int, Callable[[int], None]]] = []
        self.history: list[PinChange] = []

    def handlers(self) -> dict[Op, Handler]:
        return {
            Op.PIN_INIT: self._init,
            Op.PIN_GET: lambda number, *_: self.level(number),
            Op.PIN_SET: self._set,
        }

    def level(self, number: int) -> int:
        """The level on the pin, 0 or 1; a pin that floats reads 0."""
        return self._pins[number].level

    def watch(self, number: int, call: Callable[[int], None]) -> Callable[[], None]:
        """Have `call` made with the level whenever it changes; what is returned ends that."""
        watcher = (number, call)
        with self._lock:
            self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def put(self, number: int, level: int | None) -> None:
        """Connect an input to 0 or 1, None: leave it open."""
        with self._lock:
            self._pins[number].external = level
            self._settle(number)

    def stick(self, number: int, level: int | None) -> None:
        """A fault: the pin stays at `level`, whatever drives it. None: repaired."""
        with self._lock:
            self._pins[number].stuck = level
            self._settle(number)

    def connect_peripheral(self, number: int, level: int) -> None:
        """Let a peripheral of the chip drive the pin, until the program makes it an output."""
        self._init(number, _MODE_OUT, _KEEP, _KEEP)
        with self._lock:
            self._pins[number].peripheral = level
            self._settle(number)

    def drive_peripheral(self, number: int, level: int) -> None:
        """Change the level that a peripheral drives, if it still has the pin."""
        with self._lock:
            if self._pins[number].peripheral is not None:
                self._pins[number].peripheral = level
                self._settle(number)

    def reset(self) -> None:
        """The chip was reset: no pin is driven or pulled any more."""
        with self._lock:
            for number, pin in enumerate(self._pins):
                pin.mode = pin.pull = pin.output = 0
                pin.peripheral = None
                self._settle(number)

    def _init(self, number: int, mode: int, pull: int, level: int, *_: object) -> Answer:
        if not 0 <= number < PIN_COUNT or number in _ABSENT:
            raise ValueError("invalid pin")
        if mode in (_MODE_OUT, _MODE_OPEN_DRAIN) and number in _INPUT_ONLY:
            raise ValueError("pin can only be input")
        with self._lock:
            pin = self._pins[number]
            # The output register is set before the direction: no glitch.
            if level != _KEEP:
                pin.output = level
            if mode != _KEEP:
                pin.mode = mode
                pin.peripheral = None
            if pull != _KEEP:
                pin.pull = pull
            self._settle(number)
        return None

    def _set(self, number: int, level: int, *_: object) -> Answer:
        with self._lock:
            self._pins[number].output = level
            self._settle(number)
        return None

    def _settle(self, number: int) -> None:
        pin = self._pins[number]
        level = pin.wire_level()
        if level == pin.level:
            return
        pin.level = level
        self.history.append(PinChange(time.monotonic(), number, level))
        for watched, call in list(self._watchers):
            if watched == number:
                call(level)
