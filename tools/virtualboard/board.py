"""The virtual board: a chip with flash, pins and power, whose program really runs.

with VirtualBoard(Path("flash.bin"), profile=Path("firmware/boards/bench.json")) as board:
    board.power_on()
    board.console.wait_for("ready")
    board.cut_power()
"""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from . import bootloader, child
from .chip_flash import ChipFlash
from .console import Console
from .errors import PanicError, PowerCutError, ResetRequest
from .events import Events
from .flash import Flash
from .i2c import Buses
from .link import Link
from .nvs import Nvs
from .partition_table import Partition, PartitionTable, TableError, read_table
from .pins import Pins
from .rmt import Rmt
from .rpc import Answer, Handler, Op, Wire
from .rtc import Rtc
from .scheduler import Scheduler
from .watchdog import Watchdog
from .wifi import Wifi
from .world import Profile, World, read_profile

BOARD_HEAP_BYTES = 132 * 1024
_MAC = bytes.fromhex("246f28a1b2c3")


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


class VirtualBoard:
    """A board that runs the flash image in the file `flash`, changing it in place.

    All methods may be called from any thread. `heap_bytes` is what the board's own code has.
    """

    def __init__(
        self,
        flash: Path,
        *,
        profile: Path | Profile | None = None,
        heap_bytes: int = BOARD_HEAP_BYTES,
        unique_id: bytes = _MAC,
        watchdog_speed: float = 1.0,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.flash = Flash(flash)
        self.pins = Pins()
        self.buses = Buses()
        self.rtc = Rtc()
        self.console = Console(on_line)
        self.unique_id = unique_id
        self.heap_bytes = heap_bytes
        self.causes: list[Cause] = []
        """The reset cause of every start of the program since the board was made."""
        self.bricked_because = ""
        self.world = World(read_profile(profile), self.pins, self.buses)
        self._scheduler = Scheduler()
        self.wifi = Wifi(self._scheduler)
        self.link = Link(self.wifi)
        self._rmt = Rmt(self._scheduler, self.pins)
        self.watchdog = Watchdog(
            self._scheduler, lambda: self._end_run(Cause.WATCHDOG), watchdog_speed
        )
        self._changed = threading.Condition()
        self._state = State.OFF
        self._child: child.Child | None = None
        self._verdict: Cause | None = None
        self._power = False
        self._life: threading.Thread | None = None
        self._table = PartitionTable([])
        self._running: Partition | None = None

    def __enter__(self) -> VirtualBoard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Power off, and give the flash file back."""
        self.power_off()
        self.link.close()
        self._scheduler.close()
        self.flash.close()

    @property
    def state(self) -> State:
        return self._state

    @property
    def running(self) -> str:
        """Label of the app partition that runs or ran last; "" before the first boot."""
        return self._running.label if self._running else ""

    def power_on(self) -> None:
        """Switch on. Does nothing when the board is on."""
        with self._changed:
            if self._power:
                return
        self._join()
        runtime = child.runtime()
        with self._changed:
            self._power = True
            self._verdict = None
            self._set_state(State.BOOTING)
            self._life = threading.Thread(
                target=self._live, args=(runtime,), name="virtual board", daemon=True
            )
            self._life.start()

    def power_off(self) -> None:
        """Pull the plug: the program is killed wherever it is, RTC memory is lost."""
        with self._changed:
            self._power = False
            if self._child is not None:
                self._child.kill()
            self._changed.notify_all()
        self._join()

    cut_power = power_off

    def cut_power_at(self, operation: int, *, torn: bool = False) -> None:
        """Cut the power at a flash operation to come: see `Flash.cut_power_at`."""
        self.flash.cut_power_at(operation, torn=torn)

    def reset(self) -> None:
        """A hard reset from outside, as by the reset button."""
        self._end_run(Cause.HARD)

    def soft_reset(self) -> None:
        """What Ctrl-D does at the REPL: the program starts anew, the chip runs on."""
        self._end_run(Cause.SOFT)

    def wait_for_state(self, *states: State, timeout: float = 10.0) -> State:
        """Wait until the board is in one of the states; TimeoutError with the console's end."""
        self.wait_until(lambda: self._state in states, timeout, f"state {states}")
        return self._state

    def wait_for_boot(self, number: int, timeout: float = 10.0) -> Cause:
        """Wait until the program was started `number` times in all; the cause of that start."""
        self.wait_until(lambda: len(self.causes) >= number, timeout, f"boot {number}")
        return self.causes[number - 1]

    def wait_until(self, true: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait for something that changes together with the board's state."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not true():
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    last = "\n".join(self.console.lines()[-20:])
                    raise TimeoutError(
                        f"no {what} in {timeout} s, but {self._state}; last:\n{last}"
                    )

    def _join(self) -> None:
        if self._life is not None and self._life is not threading.current_thread():
            self._life.join()

    def _set_state(self, state: State) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def _end_run(self, verdict: Cause) -> None:
        """Kill the program; the life thread goes on with `verdict`. The first verdict counts."""
        with self._changed:
            if not self._power:
                return
            if self._verdict is None:
                self._verdict = verdict
            if self._child is not None:
                self._child.kill()
            self._changed.notify_all()

    # What follows runs in the life thread.

    def _live(self, runtime: child.Runtime) -> None:
        self.rtc.power_on()
        self.buses.power_on()
        cause = Cause.POWER_ON
        try:
            while self._power:
                if cause != Cause.SOFT:
                    self._reset_chip()
                    self._run_bootloader(cause)
                cause = self._run_program(runtime, cause)
        except PowerCutError:
            self.console.add("[power cut]")
        with self._changed:
            self._power = False
        self._reset_chip()
        self._set_state(State.OFF)

    def _reset_chip(self) -> None:
        """What a hard reset does, and losing the power: peripherals stop, pins float."""
        self.watchdog.stop()
        self.wifi.reset()
        self._rmt.reset()
        self.pins.reset()

    def _run_bootloader(self, cause: Cause) -> None:
        """Find the partition to run. Loops as the chip does, and stops where it would for ever."""
        self._set_state(State.BOOTING)
        if cause == Cause.DEEP_SLEEP and self._running is not None:
            return  # loaded again unverified, otadata is not read
        while True:
            operations = self.flash.operations
            try:
                self._table = read_table(self.flash)
                self._running = bootloader.boot(self.flash, self._table, self._log)
                return
            except (TableError, bootloader.NoBootableImageError) as error:
                self._log(f"{error}; resetting")
                reason = str(error)
            if self.flash.operations == operations:
                self._stay_bricked(reason)

    def _stay_bricked(self, reason: str) -> None:
        """The chip would reset for ever: wait for somebody to reset it or to pull the plug."""
        self.bricked_because = reason
        self._set_state(State.BRICKED)
        self._wait_for_end(None)
        if not self._power:
            raise PowerCutError
        self._verdict = None

    def _log(self, text: str) -> None:
        self.console.add(f"[bootloader] {text}")

    def _wait_for_end(self, timeout: float | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._power or self._verdict is not None, timeout)

    def _run_program(self, runtime: child.Runtime, cause: Cause) -> Cause:
        """One run of MicroPython, from `_boot.py` to its end; why there will be another."""
        with self._changed:
            if not self._power or self._verdict is not None:
                return self._take_verdict(0)
            run = self._child = child.Child(runtime, self.heap_bytes)
            self.causes.append(cause)
            self._set_state(State.BOOTING)
        stream = run.process.stdout
        assert stream is not None
        reader = threading.Thread(target=self.console.read_from, args=(stream,), daemon=True)
        reader.start()
        sleep_ms: int | None = None
        events = Events(self._scheduler, self.pins, run.events)
        try:
            Wire(run.socket, {**self._handlers(cause), **events.handlers()}).serve()
        except PowerCutError:
            with self._changed:
                self._power = False
        except PanicError as panic:
            self.console.add(f"[panic] {panic}")
            self._end_run(Cause.HARD)
        except ResetRequest as request:
            sleep_ms = request.sleep_ms
            self._end_run(Cause.HARD if sleep_ms is None else Cause.DEEP_SLEEP)
        if not self._power:
            run.kill()
        status = run.reap()
        reader.join()
        events.close()
        self._rmt.reset()
        with self._changed:
            self._child = None
        if sleep_ms is not None and self._power:
            self._sleep(sleep_ms)
        return self._take_verdict(status)

    def _take_verdict(self, status: int) -> Cause:
        with self._changed:
            verdict, self._verdict = self._verdict, None
        if verdict is not None:
            return verdict
        if status == 0:
            return Cause.SOFT
        if self._power:
            self.console.add(f"[panic] MicroPython crashed, status {status}")
            if self._state == State.BOOTING:
                self._stay_bricked("MicroPython does not reach boot.py")
        return Cause.HARD

    def _sleep(self, sleep_ms: int) -> None:
        """Deep sleep: for ever when 0. A reset from outside ends it."""
        self._reset_chip()
        self._verdict = None
        self._set_state(State.ASLEEP)
        self._wait_for_end(sleep_ms / 1000 if sleep_ms else None)
        if self._verdict is None:
            self._verdict = Cause.DEEP_SLEEP

    def _handlers(self, cause: Cause) -> dict[Op, Handler]:
        assert self._running is not None
        return {
            Op.HEAP_TAKEN: lambda *_: None,
            Op.BOOTED: self._on_state(State.RUNNING),
            Op.REPL: self._on_state(State.REPL),
            Op.NO_FILESYSTEM: self._on_state(State.NO_FILESYSTEM),
            Op.RESET: _request_reset,
            Op.RESET_CAUSE: lambda *_: int(cause),
            Op.UNIQUE_ID: lambda *_: self.unique_id,
            **ChipFlash(self.flash, self._table, self._running).handlers(),
            **self.pins.handlers(),
            **self.watchdog.handlers(),
            **self.rtc.handlers(),
            **self.wifi.handlers(),
            **self.link.handlers(),
            **self.buses.handlers(),
            **self._rmt.handlers(),
            **Nvs(self.flash, self._table).handlers(),
        }

    def _on_state(self, state: State) -> Handler:
        return lambda *_: self._set_state(state)


def _request_reset(sleep_ms: int, *_: object) -> Answer:
    raise ResetRequest(None if sleep_ms < 0 else sleep_ms)
