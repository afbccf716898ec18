"""Unlocking: one door at a time, first come, first served.

The power supply carries one coil. A turn is a pulse and the rest of its time: even one that was
cut short keeps its turn till the pulse would have ended (drivers/pulse.py says why).
"""

import asyncio
import time

from micropython import const

from locker.doors import LOST

_OPEN_MS = const(5000)
# A relay that can't be switched off holds everybody up for so long, and is then given up.
_GIVE_UP_MS = const(1000)


class Turn:
    """A wish to unlock a door: `ended` is set when it is over, `given` when its pulse was whole.

    `anyway`: even one that is out of order, if its expander answers. It stays out of order.
    """

    def __init__(self, door, anyway: bool):
        self.door = door
        self.anyway = anyway
        self.relay = self.started_ms = None
        self.length_ms = 0
        self.is_off = self.given = False
        self.ended = asyncio.Event()


class Turns:
    """The queue. One task polls it, and that task alone switches relays.

    `open_ms` is how long a door has to open after a pulse.
    """

    def __init__(self, doors, open_ms: int = _OPEN_MS):
        self._doors = doors
        self.open_ms = open_ms
        self._waiting = []
        self._turn = None

    async def open(self, door, anyway: bool = False) -> str | None:
        """Unlock a door and wait until it is open: None, or why it is not. See door.py."""
        from locker.door import unlock

        return await unlock(self, door, anyway)

    async def take(self, door, anyway: bool = False) -> bool:
        """Wait for this door's turn and its pulse. False when it was not given, or cut short."""
        turn = Turn(door, anyway)
        self._waiting.append(turn)
        try:
            await turn.ended.wait()
        finally:
            if turn in self._waiting:  # whoever asked is gone
                self._waiting.remove(turn)
        return turn.given

    def is_busy(self) -> bool:
        """Whether a pulse is on or asked for."""
        return bool(self._turn or self._waiting)

    def door(self):
        """The door whose pulse is on, or None."""
        turn = self._turn
        return turn.door if turn and not turn.ended.is_set() else None

    def poll(self, now_ms):
        """Start the next pulse, or end the one whose time is over, at `now_ms` (ticks)."""
        turn = self._turn
        if turn is None:
            if self._waiting:
                self._start(self._waiting.pop(0), now_ms)
            return
        over_ms = time.ticks_diff(now_ms, turn.started_ms) - turn.length_ms
        if over_ms < 0 and not turn.ended.is_set():
            return
        if not turn.is_off:
            turn.is_off = self._switch_off(turn, over_ms)
        if turn.is_off and over_ms >= 0:
            self._turn = None
            self._doors.pulsing = 0
            turn.given = not turn.ended.is_set()
            turn.ended.set()

    def cut(self):
        """Switch off what is on, and refuse whoever waits."""
        turns = self._waiting
        self._waiting = []
        if self._turn:
            self._turn.is_off = self._switch_off(self._turn, 0)
            turns.append(self._turn)
        for turn in turns:
            turn.ended.set()

    def _start(self, turn, now_ms):
        door = turn.door
        turn.relay = relay = door.relay()
        refuses = door.state() & LOST if turn.anyway else door.out_of_order
        if refuses or not relay:
            turn.ended.set()
            return
        turn.length_ms = relay.pulse_ms + relay.margin_ms
        turn.started_ms = now_ms
        self._turn = turn
        self._doors.pulsing = door.number
        try:
            relay.start()
            door.note_pulse()
        except (OSError, ValueError, MemoryError) as error:
            print("door %d: relay does not start: %s" % (door.number, error))
            turn.length_ms = 0  # it may be on all the same
            turn.ended.set()
            self.poll(now_ms)

    def _switch_off(self, turn, over_ms) -> bool:
        """Try to; False: try again in the next round."""
        try:
            turn.relay.off()
            is_off = turn.relay.reads_off()
            if not is_off and over_ms >= _GIVE_UP_MS:
                turn.door.put_out_of_order("relay reads on after its pulse")
        except OSError:
            is_off = False
            if over_ms >= _GIVE_UP_MS:
                turn.relay.give_up()
        return is_off or over_ms >= _GIVE_UP_MS
