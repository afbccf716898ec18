"""What runs on through resets and is lost with the power: RTC memory and the wall clock."""

from __future__ import annotations

import time

from .rpc import Answer, Handler, Op

_MEMORY_BYTES = 2048
_EPOCH_2000 = 946684800


class Rtc:
    """RTC memory and clock. After power on the clock shows 1 January 2000, as on a chip."""

    def __init__(self) -> None:
        self.memory = b""
        self._zero = time.monotonic()

    def handlers(self) -> dict[Op, Handler]:
        return {
            Op.RTC_MEMORY_GET: lambda *_: self.memory,
            Op.RTC_MEMORY_SET: self._set_memory,
            Op.CLOCK_GET: lambda *_: int(time.monotonic() - self._zero),
            Op.CLOCK_SET: self._set_clock,
        }

    def power_on(self) -> None:
        self.memory = b""
        self._zero = time.monotonic()

    @property
    def unix_time(self) -> float:
        """The board's clock in seconds since 1970; set it to move the board in time."""
        return time.monotonic() - self._zero + _EPOCH_2000

    @unix_time.setter
    def unix_time(self, seconds: float) -> None:
        self._zero = time.monotonic() - (seconds - _EPOCH_2000)

    def _set_memory(self, _a: int, _b: int, _c: int, _d: int, payload: bytes) -> Answer:
        if len(payload) > _MEMORY_BYTES:
            raise ValueError("buffer too long")
        self.memory = payload
        return None

    def _set_clock(self, seconds: int, *_: object) -> Answer:
        self.unix_time = seconds + _EPOCH_2000
        return None
