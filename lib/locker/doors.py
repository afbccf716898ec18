"""The doors of a cabinet: what their sensors say, and which of them are out of order.

They are kept in arrays, for forty-eight of them must fit. What is seldom needed is in
`locker.door`: one door, and what becomes of it.
"""

import sys
import time
from array import array

from micropython import const

from store.modules import drop

_LEFT_OPEN_S = const(180)
_STUCK_OPEN_S = const(14_400)
_REVIVE_S = const(10)
_MOST_DUE = const(16)

# Of wiring.py.
_BYTES = const(8)
_RELAY = const(0)
_BIT = const(1)
_RETRIES = const(4)
_SENSOR = const(5)
_SENSOR_BIT = const(6)
_WAITED_FOR = const(0x80)
_NOWHERE = const(0xFF)

# Of a door's state. Bits above these count how often it was forced open, or did not open.
RELEASED = const(1)  # it got a pulse since it was closed
BROKEN = const(2)  # out of order till somebody says otherwise: its sensor is not listened to
LOST = const(4)  # out of order while an expander is silent
STUCK_OPEN = const(8)  # out of order till it closes
OUT_OF_ORDER = const(14)  # any of the three


class Doors:
    """All doors; the first is door 1. `on_event(door, kind)` hears what happens: kinds in door.py.

    `left_open_s` is how long a door may be open before that is told. `flaw` is what is wrong with
    the profile's doors, if anything is. `broken_count` tells how many are out of order, `pulsing`
    which door's coil may be on, 0: none; who switches coils sets it.
    """

    def __init__(self, profile: dict, on_event, now_ms, left_open_s: int = _LEFT_OPEN_S):
        from locker.wiring import Wiring

        wiring = Wiring(profile)
        self.on_event = on_event
        self.left_open_s = left_open_s
        self.wiring = wiring.doors
        self.inputs = wiring.inputs
        self.why: dict = wiring.flaws
        self.state = bytearray(len(self))
        self.open_s = array("H", bytes(2 * len(self)))
        self.lost = self.pulsing = 0
        self.flaw: str | None = None
        for number in sorted(self.why):
            self.state[number - 1] = BROKEN
            self.flaw = self.flaw or "door %d: %s" % (number, self.why[number])
        self.broken_count = len(self.why)
        self._second_ms = now_ms
        self._seconds = 0
        self._due: list = []  # steps of `locker.door`
        for inputs in self.inputs:
            inputs.poll(now_ms)
        drop("locker", "wiring")

    def __len__(self) -> int:
        return len(self.wiring) // _BYTES

    def door(self, number: int):
        """A `locker.door.Door`. ValueError when there is none of that number."""
        from locker.door import Door

        if not 1 <= number <= len(self):
            raise ValueError("no door %d" % number)
        return Door(self, number)

    def poll(self, now_ms):
        """Read every sensor at `now_ms` (ticks), every 20 ms or so, and tell what has happened."""
        for place in range(len(self.inputs)):
            changed = self.inputs[place].poll(now_ms)
            if changed:
                self._sort(place, changed)
            if self.inputs[place].is_lost != bool(self.lost >> place & 1):
                self.lost ^= 1 << place
                self._let("note_loss", place)
        if time.ticks_diff(now_ms, self._second_ms) >= 1000:
            self._second_ms = time.ticks_add(self._second_ms, 1000)
            self._count_second()

    def switch_off(self):
        """Every relay off, whatever it did."""
        for expander in self.inputs[:-1]:
            expander.rest()
        for number in range(1, len(self) + 1):
            if self._wired(number, _RELAY) == len(self.inputs) - 1:
                from drivers.relay import GpioRelay

                bit = self._wired(number, _BIT)
                GpioRelay(bit & 0x7F, bit >> 7, 0).off()

    def is_open(self, number: int) -> bool | None:
        """What a door's sensor says; None without one that can be read."""
        place, bit = self._wired(number, _SENSOR), self._wired(number, _SENSOR_BIT)
        if place == _NOWHERE or self.inputs[place].is_lost or self.inputs[place].levels is None:
            return None
        return (self.inputs[place].levels >> (bit & 0x7F) & 1) != bit >> 7

    def idle_blocker(self) -> int:
        """The first door that an update has to wait for, 0 when there is none."""
        for number in range(1, len(self) + 1):
            counts = not self.state[number - 1] & OUT_OF_ORDER
            if counts and self._wired(number, _RETRIES) & _WAITED_FOR and self.is_open(number):
                return number
        return 0

    def broken(self) -> list:
        """The numbers of the doors that are out of order."""
        return [n for n in range(1, len(self) + 1) if self.state[n - 1] & OUT_OF_ORDER]

    def _wired(self, number: int, at: int) -> int:
        return self.wiring[(number - 1) * _BYTES + at]

    def _sort(self, place: int, changed: int):
        """Inputs have changed: whose sensors are they?"""
        for number in range(1, len(self) + 1):
            is_there = self._wired(number, _SENSOR) == place
            has_moved = is_there and changed >> (self._wired(number, _SENSOR_BIT) & 0x7F) & 1
            if has_moved and not self.state[number - 1] & BROKEN:
                self._let("note_move", number)

    def _count_second(self):
        self._seconds = (self._seconds + 1) % _REVIVE_S
        if self._due:
            self._catch_up()
        if self.lost and self._seconds == 0 and not self.pulsing:
            self._let("revive")
        for number in range(1, len(self) + 1):
            if not self.state[number - 1] & OUT_OF_ORDER and self.is_open(number):
                self.open_s[number - 1] += 1
                if self.open_s[number - 1] in (self.left_open_s, _STUCK_OPEN_S):
                    self._let("note_open", number)

    def _let(self, step: str, *args):
        """Do a step of `locker.door`: now, or as soon as there is memory for it."""
        self._due.append((step, args))
        self._catch_up()

    def _catch_up(self):
        """Do the steps that are due. `locker.door` is dropped again unless it was there already.

        MemoryError when too many are: a reset gives a heap without holes.
        """
        was_there = "locker.door" in sys.modules
        try:
            from locker import door

            while self._due:
                step, args = self._due[0]
                getattr(door, step)(self, *args)
                self._due.pop(0)
        except MemoryError:
            if len(self._due) > _MOST_DUE:
                raise
        if not was_there:
            drop("locker", "door")
