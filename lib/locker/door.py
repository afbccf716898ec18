"""One door, and what becomes of it. Loaded when something happens: the arrays are in `doors`."""

import asyncio
import time

from micropython import const

from locker.doors import BROKEN, LOST, OUT_OF_ORDER, RELEASED, STUCK_OPEN

# What happens to doors.
OPENED = "opened"
CLOSED = "closed"
NOT_OPENED = "not opened"  # its lock got its pulses
FORCED_OPEN = "forced open"  # without a pulse since it was closed
LEFT_OPEN = "left open"
BROKE = "out of order"
MENDED = "in order"

_LOOK_MS = const(50)
# Of its state: how often in a row it was forced open, and did not open.
_FORCED_ONCE = const(16)
_FORCED = const(0x30)  # three times: the sensor is loose, or the lock does not hold
_STUCK_ONCE = const(0x40)
_STUCK = const(0xC0)  # three times: the sensor does not move, or the lock does not let go

# Of wiring.py.
_BYTES = const(8)
_NOWHERE = const(0xFF)


class Door:
    """Door `number` of `doors`. It has no state of its own, and is made whenever it is needed."""

    def __init__(self, doors, number: int):
        self.number = number
        self._doors = doors
        self._wiring = memoryview(doors.wiring)[(number - 1) * _BYTES : number * _BYTES]

    @property
    def size(self) -> str:
        """ "S", "M" or "L"."""
        return chr(self._wiring[7])

    @property
    def retries(self) -> int:
        """How many more pulses it gets when it does not open."""
        return self._wiring[4] & 0x7F

    @property
    def out_of_order(self) -> str | None:
        """Why it is not served, and does not count for "idle"; None: it is."""
        if self.state() & LOST:
            return "its expander does not answer"
        return self._doors.why.get(self.number)

    def is_open(self) -> bool | None:
        """What its sensor says; None without one that can be read."""
        return self._doors.is_open(self.number)

    def relay(self):
        """Its relay, which has no state either; None if the profile tells of none."""
        place, bit = self._wiring[0], self._wiring[1]
        if place == _NOWHERE:
            return None
        pulse_ms = self._wiring[2] | self._wiring[3] << 8
        if _is_behind_expander(self._doors, place):
            from drivers.expander_relay import ExpanderRelay

            return ExpanderRelay(self._doors.inputs[place], bit & 0x7F, pulse_ms)
        from drivers.relay import GpioRelay

        return GpioRelay(bit & 0x7F, bit >> 7, pulse_ms)

    def tell(self, kind: str):
        """Let it be known what has happened."""
        self._doors.on_event(self, kind)

    def note_pulse(self):
        """Its lock was released."""
        self.set(self.state() & ~_FORCED | RELEASED)

    def put_out_of_order(self, why: str, how: int = BROKEN):
        """Serve it no more, until it is put in order."""
        print("door %d out of order: %s" % (self.number, why))
        self._doors.why[self.number] = why
        self.set(self.state() | how)

    def retire_if_stuck(self):
        """Out of order until it is seen to close, if it did not open three times in a row."""
        if self.state() >= _STUCK and not self.out_of_order:
            self.put_out_of_order("did not open 3 times", STUCK_OPEN)

    def put_in_order(self):
        """Serve it again, unless its expander is silent."""
        self._doors.why.pop(self.number, None)
        self.set(self.state() & LOST)

    def reach(self, lost: int):
        """Expanders are silent: `lost` has the bits of their places."""
        state = self.state() & ~LOST
        if (lost >> self._wiring[0] | lost >> self._wiring[5]) & 1:
            state |= LOST
        self.set(state)

    def state(self) -> int:
        """Its bits: see doors.py."""
        return self._doors.state[self.number - 1]

    def set(self, state: int):
        """Its bits from now on; whether it is in order may have changed."""
        was_broken = bool(self.state() & OUT_OF_ORDER)
        is_broken = bool(state & OUT_OF_ORDER)
        self._doors.state[self.number - 1] = state
        if is_broken != was_broken:
            self._doors.broken_count += is_broken - was_broken
            self.tell(BROKE if is_broken else MENDED)


def load_relays(doors):
    """Load the code of all relays, or fail before somebody waits for a door. MemoryError."""
    for place in {doors.wiring[at] for at in range(0, len(doors.wiring), _BYTES)}:
        if _is_behind_expander(doors, place):
            import drivers.expander_relay
        elif place != _NOWHERE:
            import drivers.relay  # noqa: F401


def _is_behind_expander(doors, place: int) -> bool:
    return place < len(doors.inputs) - 1


async def unlock(turns, door: Door, anyway: bool = False) -> str | None:
    """Unlock a door and wait until its sensor sees it open: None, or why it does not.

    It gets as many more pulses as its profile says, each behind whoever waits by then. When its
    sensor can't tell, a pulse is all that is asked for.
    """
    for _ in range(1 + door.retries):
        if not await turns.take(door, anyway):
            return door.out_of_order or "cut short"
        start_ms = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), start_ms) < turns.open_ms:
            if door.is_open() is not False:
                return None
            await asyncio.sleep_ms(_LOOK_MS)
    if door.state() < _STUCK:
        door.set(door.state() + _STUCK_ONCE)
    door.tell(NOT_OPENED)
    return NOT_OPENED


# What the doors let happen.


def note_move(doors, number: int):
    """A door's sensor has changed."""
    door = Door(doors, number)
    state = door.state() & ~_STUCK
    if not door.is_open():
        door.set(state & ~RELEASED)
        door.tell(CLOSED)
        if state & STUCK_OPEN:
            door.put_in_order()
        return
    doors.open_s[number - 1] = 0
    if not state & RELEASED:
        state += _FORCED_ONCE
    door.set(state)
    if state & RELEASED:
        door.tell(OPENED)
        return
    door.tell(FORCED_OPEN)
    if state & _FORCED == _FORCED:
        door.put_out_of_order("forced open 3 times")


def note_open(doors, number: int):
    """A door has been open for a while."""
    door, seconds = Door(doors, number), doors.open_s[number - 1]
    if seconds == doors.left_open_s:
        door.tell(LEFT_OPEN)
    else:
        why = "open for %d hours: the sensor, or nobody closes it" % (seconds // 3600)
        door.put_out_of_order(why, STUCK_OPEN)


def note_loss(doors, place: int):
    """An expander is silent, or answers again."""
    what = "does not answer" if doors.inputs[place].is_lost else "answers again"
    print("expander 0x%02x %s" % (doors.inputs[place].chip.address, what))
    for number in range(1, len(doors) + 1):
        Door(doors, number).reach(doors.lost)


def revive(doors):
    """Try lost expanders again. No coil may be on."""
    from drivers import expander_setup

    expander_setup.revive(doors.inputs[:-1])
