"""From power on to power off: bootloader, program, reset, and so on, in a thread of its own."""

from __future__ import annotations

import contextlib
import enum
import threading
import time
from collections.abc import Callable

from . import child
from .bootloader import NoBootableImageError
from .console import Console, ConsoleReader
from .errors import PanicError, PowerCutError, ResetRequest
from .events import Events
from .partition_table import TableError
from .rpc import Answer, Handler, Op, Wire
from .soc import Soc


class State(enum.Enum):
    """What the board is doing, seen from outside."""

    OFF = "off"
    BOOTING = "booting"
    RUNNING = "running"  # boot.py or main.py
    REPL = "repl"  # the program has ended, or an exception ended it
    NO_FILESYSTEM = "no file system"  # `vfs` can't be mounted: the port loops for ever
    ASLEEP = "asleep"
    BRICKED = "bricked"  # the bootloader finds nothing to run, and resets for ever


class Cause(enum.IntEnum):
    """Why the program was started: `machine.reset_cause()`."""

    POWER_ON = 1
    HARD = 2
    WATCHDOG = 3
    DEEP_SLEEP = 4
    SOFT = 5


class Life:
    """Drives a chip. Its methods may be called from any thread."""

    def __init__(self, soc: Soc, console: Console, heap_bytes: int) -> None:
        self.state = State.OFF
        self.causes: list[Cause] = []
        self.bricked_because = ""
        self._soc = soc
        self._console = console
        self._heap_bytes = heap_bytes
        self._changed = threading.Condition()
        self._power = False
        self._child: child.Child | None = None
        # Why the present run was ended from outside, until the thread has taken note of it.
        self._verdict: Cause | None = None
        self._thread: threading.Thread | None = None

    def power_on(self) -> None:
        with self._changed:
            if self._power:
                return
        self._join()
        runtime = child.runtime()
        with self._changed:
            self._power = True
            self._verdict = None
            self._set_state(State.BOOTING)
            self._thread = threading.Thread(
                target=self._live, args=(runtime,), name="virtual board", daemon=True
            )
            self._thread.start()

    def power_off(self) -> None:
        self._lose_power()
        self._join()

    def end_run(self, verdict: Cause) -> None:
        """Kill the program; it is started again with this cause. The first of several counts."""
        with self._changed:
            if self._verdict is None:
                self._verdict = verdict
            self._kill()

    def wait_until(self, true: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait for something that changes together with the state."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not true():
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    last = "\n".join(self._console.lines()[-20:])
                    now = self.state.value
                    raise TimeoutError(f"no {what} in {timeout} s, it is {now}; last:\n{last}")

    def _join(self) -> None:
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _set_state(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()

    def _lose_power(self) -> None:
        with self._changed:
            self._power = False
            self._kill()

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
        self._changed.notify_all()

    # What follows runs in the thread. Losing the power ends it by a PowerCutError.

    def _live(self, runtime: child.Runtime) -> None:
        self._soc.power_on()
        cause = Cause.POWER_ON
        try:
            with contextlib.suppress(PowerCutError):
                while True:
                    if cause != Cause.SOFT:
                        self._soc.reset()
                        self._run_bootloader(cause)
                    cause = self._run_program(runtime, cause)
        finally:
            self._console.add("[power off]")
            self._lose_power()
            self._soc.power_off()
            self._set_state(State.OFF)

    def _run_bootloader(self, cause: Cause) -> None:
        """Find the partition to run. Loops as the chip does, until that changes nothing more."""
        self._set_state(State.BOOTING)
        if cause == Cause.DEEP_SLEEP and self._soc.running is not None:
            return  # loaded again, unverified; otadata is not read
        while True:
            operations = self._soc.flash.operations
            try:
                self._soc.run_bootloader(self._log)
                return
            except (TableError, NoBootableImageError) as error:
                self._log(f"{error}; resetting")
                reason = str(error)
            if self._soc.flash.operations == operations:
                self._stay_bricked(reason)

    def _log(self, text: str) -> None:
        self._console.add(f"[bootloader] {text}")

    def _stay_bricked(self, reason: str) -> None:
        """The chip would reset for ever: wait until somebody resets it or pulls the plug."""
        self.bricked_because = reason
        self._set_state(State.BRICKED)
        self._wait_for_verdict(None)

    def _wait_for_verdict(self, timeout: float | None) -> Cause | None:
        """What was done to the board from outside; None if nothing was in that time."""
        with self._changed:
            self._changed.wait_for(lambda: not self._power or self._verdict is not None, timeout)
            if not self._power:
                raise PowerCutError
            verdict, self._verdict = self._verdict, None
        return verdict

    def _run_program(self, runtime: child.Runtime, cause: Cause) -> Cause:
        """One run of MicroPython, from `_boot.py` to its end; why there will be another."""
        verdict = self._wait_for_verdict(0)
        if verdict is not None:
            return verdict
        self._set_state(State.BOOTING)
        result = Cause.HARD
        try:
            result = self._meaning(self._serve(runtime, cause))
        except PanicError as panic:
            self._console.add(f"[panic] {panic}")
        except ResetRequest as request:
            if request.sleep_ms is not None:
                result = self._sleep(request.sleep_ms)
        return self._wait_for_verdict(0) or result

    def _serve(self, runtime: child.Runtime, cause: Cause) -> int:
        """Be the hardware of a run until its process has ended; its exit status.

        PanicError, ResetRequest: it was ended by what it did.
        """
        running = self._soc.running
        assert running is not None
        with self._changed:
            run = self._child = child.Child(runtime, self._heap_bytes)
            self.causes.append(cause)
            if not self._power or self._verdict is not None:
                run.kill()
            self._changed.notify_all()
        reader = ConsoleReader(self._console, run.output)
        events = Events(self._soc.scheduler, self._soc.pins, run.events)
        try:
            with run:
                own = {**self._own_handlers(reader), **events.handlers()}
                Wire(run.socket, {**self._soc.handlers(running, cause), **own}).serve()
        finally:
            events.close()
            reader.join()
            self._soc.rmt.reset()
        return run.status

    def _meaning(self, status: int) -> Cause:
        """What follows when the process ended by itself, or was killed."""
        if status == 0:
            return Cause.SOFT
        with self._changed:
            crashed = self._verdict is None and self._power
        if crashed:
            self._console.add(f"[panic] MicroPython crashed, status {status}")
        if crashed and self.state == State.BOOTING:
            self._stay_bricked("MicroPython does not reach boot.py")
        return Cause.HARD

    def _sleep(self, sleep_ms: int) -> Cause:
        """Deep sleep, for ever when 0; a reset from outside ends it."""
        self._soc.reset()
        self._set_state(State.ASLEEP)
        return self._wait_for_verdict(sleep_ms / 1000 if sleep_ms else None) or Cause.DEEP_SLEEP

    def _own_handlers(self, reader: ConsoleReader) -> dict[Op, Handler]:
        def on(state: State) -> Handler:
            def handle(*_: object) -> None:
                reader.drain()  # who sees the state sees all that was printed before
                self._set_state(state)

            return handle

        return {
            Op.HEAP_TAKEN: lambda *_: None,
            Op.BOOTED: on(State.RUNNING),
            Op.REPL: on(State.REPL),
            Op.NO_FILESYSTEM: on(State.NO_FILESYSTEM),
            Op.RESET: _request_reset,
        }


def _request_reset(sleep_ms: int, *_: object) -> Answer:
    raise ResetRequest(None if sleep_ms < 0 else sleep_ms)
