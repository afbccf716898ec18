"""The task watchdog behind `machine.WDT`: the host's, so it fires whatever the board is doing."""

from __future__ import annotations

import time
from collections.abc import Callable

from .rpc import Answer, Handler, Op
from .scheduler import Scheduler


class Watchdog:
    """Off until `start`; a second `start` changes the timeout; nothing but a hard reset ends it.

    `speed` 10 makes its seconds ten times shorter, for tests of hanging programs.
    """

    def __init__(self, scheduler: Scheduler, on_expire: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._on_expire = on_expire
        self.speed = 1.0
        self.timeout_s: float | None = None
        self._deadline = 0.0
        self._generation = 0

    def handlers(self) -> dict[Op, Handler]:
        return {Op.WDT_START: self._start, Op.WDT_FEED: self._feed}

    def stop(self) -> None:
        """A hard reset switches it off."""
        self.timeout_s = None
        self._generation += 1

    def _start(self, number: int, timeout_ms: int, *_: object) -> Answer:
        if number != 0:
            raise ValueError("")
        if timeout_ms <= 0:
            raise ValueError("WDT timeout too short")
        self.timeout_s = timeout_ms / 1000 / self.speed
        self._generation += 1
        self._deadline = time.monotonic() + self.timeout_s
        self._watch(self._generation)
        return None

    def _feed(self, *_: object) -> Answer:
        if self.timeout_s is not None:
            self._deadline = time.monotonic() + self.timeout_s
        return None

    def _watch(self, generation: int) -> None:
        left = self._deadline - time.monotonic()
        self._scheduler.call_after(left, lambda: self._check(generation))

    def _check(self, generation: int) -> None:
        """Feeding only moves the deadline; whether it has passed is asked here."""
        if generation != self._generation:
            return
        if time.monotonic() < self._deadline:
            self._watch(generation)
            return
        self.stop()
        self._on_expire()
