"""One thread that calls functions when their time has come: watchdog, pulses, radio."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Alarm:
    """A call in the future. `cancel` may come too late: then the call is made."""

    due: float
    number: int
    call: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class Scheduler:
    """Calls are made one after the other, in its thread, and must be short."""

    def __init__(self) -> None:
        self._alarms: list[Alarm] = []
        self._changed = threading.Condition()
        self._count = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def call_after(self, seconds: float, call: Callable[[], None]) -> Alarm:
        """Have `call` made `seconds` from now."""
        return self.call_at(time.monotonic() + seconds, call)

    def call_at(self, due: float, call: Callable[[], None]) -> Alarm:
        """Have `call` made at `due`, in seconds of `time.monotonic`."""
        with self._changed:
            self._count += 1
            alarm = Alarm(due, self._count, call)
            heapq.heappush(self._alarms, alarm)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
                self._thread.start()
            self._changed.notify()
        return alarm

    def close(self) -> None:
        """Forget what is to come, and end the thread."""
        with self._changed:
            self._closed = True
            self._alarms.clear()
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while (alarm := self._next()) is not None:
            if not alarm.cancelled:
                alarm.call()

    def _next(self) -> Alarm | None:
        """Wait for the next alarm that is due; None when closed."""
        with self._changed:
            while not self._closed:
                if not self._alarms:
                    self._changed.wait()
                    continue
                wait = self._alarms[0].due - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._alarms)
                self._changed.wait(wait)
        return None
