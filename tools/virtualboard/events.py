"""Interrupts: the host's way to have a function of the program called (`machine.Timer`, `Pin.irq`).

Each event is one byte on a wire of its own; a thread of the board's process schedules the handler.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

from .pins import Pins
from .rpc import Answer, Handler, Op
from .scheduler import Alarm, Scheduler

_TIMERS = 4
# Events below this number are pins.
_FIRST_TIMER = 64
_RISING = 1
_FALLING = 2


class Events:
    """Timers and pin interrupts of one run of the program."""

    def __init__(self, scheduler: Scheduler, pins: Pins, wire: socket.socket) -> None:
        self._scheduler = scheduler
        self._pins = pins
        self._wire = wire
        self._alarms: list[Alarm | None] = [None] * _TIMERS
        self._triggers: dict[int, int] = {}
        self._unwatch: list[Callable[[], None]] = []
        self._closed = False

    def handlers(self) -> dict[Op, Handler]:
        return {Op.TIMER_START: self._start, Op.TIMER_STOP: self._stop, Op.PIN_IRQ: self._irq}

    def close(self) -> None:
        """The program has ended: nothing is left to call."""
        self._closed = True
        for number in range(_TIMERS):
            self._stop(number)
        for unwatch in self._unwatch:
            unwatch()

    def _start(self, number: int, period_ms: int, repeat: int, *_: object) -> Answer:
        self._stop(number)
        self._arm(number, max(period_ms, 1) / 1000, bool(repeat))
        return None

    def _arm(self, number: int, seconds: float, repeat: bool) -> None:
        def fire() -> None:
            if alarm.cancelled or self._closed:
                return
            self._send(_FIRST_TIMER + number)
            if repeat:
                self._arm(number, seconds, repeat)

        alarm = self._scheduler.call_after(seconds, fire)
        self._alarms[number] = alarm

    def _stop(self, number: int, *_: object) -> Answer:
        if not 0 <= number < _TIMERS:
            raise ValueError("invalid Timer number")
        alarm = self._alarms[number]
        if alarm is not None:
            alarm.cancel()
        return None

    def _irq(self, number: int, trigger: int, *_: object) -> Answer:
        """Call on these edges; 0: no more."""
        if number not in self._triggers:
            unwatch = self._pins.watch(number, lambda level: self._edge(number, level))
            self._unwatch.append(unwatch)
        self._triggers[number] = trigger
        return None

    def _edge(self, number: int, level: int) -> None:
        if self._triggers[number] & (_RISING if level else _FALLING):
            self._send(number)

    def _send(self, event: int) -> None:
        # A program that does not listen loses interrupts, one that has ended hears none.
        with contextlib.suppress(OSError):
            self._wire.send(bytes((event,)), socket.MSG_DONTWAIT)
