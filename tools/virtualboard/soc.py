"""The ESP32 and what it is soldered to: flash, peripherals, radio; all that a program can reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import bootloader
from .chip_flash import ChipFlash
from .flash import Flash
from .i2c import Buses
from .link import Link
from .nvs import Nvs
from .partition_table import Partition, PartitionTable, read_table
from .pins import Pins
from .rmt import Rmt
from .rpc import Handler, Op
from .rtc import Rtc
from .scheduler import Scheduler
from .watchdog import Watchdog
from .wifi import Wifi


class Soc:
    """The hardware. `on_watchdog` is called, in the scheduler's thread, when nobody feeds it."""

    def __init__(self, flash: Path, unique_id: bytes, on_watchdog: Callable[[], None]) -> None:
        self.flash = Flash(flash)
        self.unique_id = unique_id
        self.scheduler = Scheduler()
        self.pins = Pins()
        self.buses = Buses()
        self.rtc = Rtc()
        self.wifi = Wifi(self.scheduler)
        self.link = Link(self.wifi)
        self.watchdog = Watchdog(self.scheduler, on_watchdog)
        self.rmt = Rmt(self.scheduler, self.pins)
        self.running: Partition | None = None
        self._table = PartitionTable([])

    def close(self) -> None:
        self.link.close()
        self.scheduler.close()
        self.flash.close()

    def power_on(self) -> None:
        """What loses its memory without power has lost it."""
        self.rtc.power_on()
        self.buses.power_on()

    def power_off(self) -> None:
        """Nothing is driven any more, by the chip or by any other."""
        self.reset()
        self.buses.power_on()

    def reset(self) -> None:
        """A hard reset: peripherals stop, pins float. RTC and I2C chips go on."""
        self.watchdog.stop()
        self.wifi.reset()
        self.rmt.reset()
        self.pins.reset()

    def run_bootloader(self, log: bootloader.Log) -> Partition:
        """Find what is to run. TableError, NoBootableImageError: the chip resets again."""
        self._table = read_table(self.flash)
        self.running = bootloader.boot(self.flash, self._table, log)
        return self.running

    def handlers(self, running: Partition, cause: int) -> dict[Op, Handler]:
        """What answers the program in one run of it."""
        return {
            Op.RESET_CAUSE: lambda *_: cause,
            Op.UNIQUE_ID: lambda *_: self.unique_id,
            **ChipFlash(self.flash, self._table, running).handlers(),
            **Nvs(self.flash, self._table).handlers(),
            **self.pins.handlers(),
            **self.watchdog.handlers(),
            **self.rtc.handlers(),
            **self.wifi.handlers(),
            **self.link.handlers(),
            **self.buses.handlers(),
            **self.rmt.handlers(),
        }
