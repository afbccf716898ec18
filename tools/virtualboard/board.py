"""The virtual board: a chip with flash, pins and power, whose program really runs.

with VirtualBoard(Path("flash.bin"), profile=Path("firmware/boards/bench.json")) as board:
    board.power_on()
    board.console.wait_for("ready")
    board.cut_power()
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from .console import PATIENCE_S, Console
from .life import Cause, Life, State
from .soc import Soc
from .world import Profile, World, read_profile

__all__ = ["BOARD_HEAP_BYTES", "Cause", "State", "VirtualBoard"]

# What stands for the chip during TLS. Measured while a layer is fetched, with the same bytecode:
# 91 KB in use on an emulated ESP32 (official v1.26.1), 128 KB here, which is 1.4 times as much. The
# chip has 115 KB then.
BOARD_HEAP_BYTES = 156 * 1024
_MAC = bytes.fromhex("246f28a1b2c3")


class VirtualBoard:
    """A board that runs the flash image in the file `flash`, changing it in place.

    `profile` says what is wired to it. `heap_bytes` is what the board's own code has beside an
    open connection, which takes as much as TLS would.
    `watchdog_speed` 10 makes the watchdog's seconds ten times shorter. `on_line` is called with
    each line of the console. All methods may be called from any thread.

    Parts to look at and to play with: `flash`, `pins`, `buses` (I2C), `rtc`, `wifi`, `link`,
    `watchdog`, `world` (doors, keys, display) and `console`.
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
        wiring = read_profile(profile)
        self.console = Console(on_line)
        self._soc = Soc(flash, unique_id, lambda: self._life.end_run(Cause.WATCHDOG))
        self._life = Life(self._soc, self.console, heap_bytes)
        self.flash = self._soc.flash
        self.pins = self._soc.pins
        self.buses = self._soc.buses
        self.rtc = self._soc.rtc
        self.wifi = self._soc.wifi
        self.link = self._soc.link
        self.watchdog = self._soc.watchdog
        self.watchdog.speed = watchdog_speed
        self.world = World(wiring, self.pins, self.buses)

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
        self._soc.close()

    @property
    def state(self) -> State:
        return self._life.state

    @property
    def causes(self) -> list[Cause]:
        """The reset cause of every start of the program since the board was made."""
        return self._life.causes

    @property
    def running(self) -> str:
        """Label of the app partition that runs, or ran last; "" before the first boot."""
        return self._soc.running.label if self._soc.running else ""

    @property
    def bricked_because(self) -> str:
        """Why the state is, or was last, BRICKED."""
        return self._life.bricked_because

    def power_on(self) -> None:
        """Switch on. Does nothing when the board is on."""
        self._life.power_on()

    def power_off(self) -> None:
        """Pull the plug: the program is killed wherever it is, RTC memory is lost."""
        self._life.power_off()

    cut_power = power_off

    def cut_power_at(self, operation: int, *, torn: bool = False) -> None:
        """Cut the power at a flash operation to come: see `Flash.cut_power_at`."""
        self.flash.cut_power_at(operation, torn=torn)

    def reset(self) -> None:
        """A hard reset from outside, as by the reset button."""
        self._life.end_run(Cause.HARD)

    def soft_reset(self) -> None:
        """What Ctrl-D does at the REPL: the program starts anew, the chip runs on."""
        self._life.end_run(Cause.SOFT)

    def wait_for_state(self, *states: State, timeout: float = PATIENCE_S) -> State:
        """Wait until the board is in one of the states; TimeoutError with the console's end."""
        names = " or ".join(state.value for state in states)
        self._life.wait_until(lambda: self.state in states, timeout, f"state {names}")
        return self.state

    def wait_for_boot(self, number: int, timeout: float = PATIENCE_S) -> Cause:
        """Wait until the program was started `number` times in all; the cause of that start."""
        self._life.wait_until(lambda: len(self.causes) >= number, timeout, f"boot {number}")
        return self.causes[number - 1]
