"""Unlocking: one door at a time, first come, first served.

The power supply carries one coil. A turn is a pulse and the rest of its time: even one that was
cut short keeps its turn till the pulse would have ended (drivers/relay.py says why).
"""

import asyncio
import time

from micropython import const

# Longer than the hardware's pulse by what this loop and the chip's clocks may differ.
_MARGIN_MS = const(30)


class Turn:
    """A wish to unlock a door: `ended` is set when it is over, `given` when its pulse was whole."""

    def __init__(self, door):
        self.door = door
        self.given = False
        self.started_ms = None
        self.ended = asyncio.Event()


class Turns:
    """The queue. One task polls it, and that task alone switches relays."""

    def __init__(self):
        self._waiting = []
        self._turn = None

    async def take(self, door) -> bool:
        """Wait for this door's turn and its pulse. False when it was not given, or cut short."""
        turn = Turn(door)
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
        elif time.ticks_diff(now_ms, turn.started_ms) >= turn.door.relay.pulse_ms + _MARGIN_MS:
            self._turn = None
            turn.door.switch_off()
            if not turn.door.out_of_order and not turn.door.relay.reads_off():
                turn.door.put_out_of_order("relay reads on after its pulse")
            turn.given = not turn.ended.is_set()
            turn.ended.set()

    def cut(self):
        """Switch off what is on, and refuse whoever waits."""
        turns = self._waiting
        self._waiting = []
        if self._turn:
            self._turn.door.switch_off()
            turns.append(self._turn)
        for turn in turns:
            turn.ended.set()

    def _start(self, turn, now_ms):
        door = turn.door
        if door.out_of_order:
            turn.ended.set()
            return
        try:
            door.relay.start()
        except (OSError, ValueError) as error:
            print("door %d: relay does not start: %s" % (door.number, error))
            door.switch_off()
            turn.ended.set()
        else:
            turn.started_ms = now_ms
            self._turn = turn
