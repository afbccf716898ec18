"""The RMT peripheral behind `esp32.RMT`: pulses that end by themselves, come what may."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass

from .errors import EspError
from .pins import Pins
from .rpc import Answer, Handler, Op
from .scheduler import Alarm, Scheduler

_CHANNELS = 8
_SOURCE_HZ = 80_000_000
_PULSE_MAX = 32767


@dataclass
class _Channel:
    pin: int
    clock_div: int
    idle_level: int
    alarm: Alarm | None = None


class Rmt:
    """Eight channels. A pulse train runs in the host's time; a reset of the chip ends it."""

    def __init__(self, scheduler: Scheduler, pins: Pins) -> None:
        self._scheduler = scheduler
        self._pins = pins
        self._channels: dict[int, _Channel] = {}

    def handlers(self) -> dict[Op, Handler]:
        return {
            Op.RMT_OPEN: self._open,
            Op.RMT_WRITE: self._write,
            Op.RMT_IS_DONE: lambda number, *_: self._channel(number).alarm is None,
            Op.RMT_CLOSE: self._close,
        }

    def reset(self) -> None:
        """No channel is in use any more; pins that were in the middle of a pulse go idle."""
        for number in list(self._channels):
            self._close(number)

    def _channel(self, number: int) -> _Channel:
        if number not in self._channels:
            raise EspError(-258, "ESP_ERR_INVALID_ARG")
        return self._channels[number]

    def _open(self, number: int, pin: int, clock_div: int, idle_level: int, _: bytes) -> Answer:
        if not 1 <= clock_div <= 255:
            raise ValueError("clock_div must be between 1 and 255")
        if not 0 <= number < _CHANNELS:
            raise EspError(-258, "ESP_ERR_INVALID_ARG")
        if number in self._channels:
            raise EspError(-259, "ESP_ERR_INVALID_STATE")
        self._pins.connect_peripheral(pin, idle_level)
        self._channels[number] = _Channel(pin, clock_div, idle_level)
        return None

    def _write(self, number: int, _b: int, _c: int, _d: int, data: bytes) -> Answer:
        """Words: duration * 2 + level. A duration of 0 ends the train, as in the hardware."""
        channel = self._channel(number)
        if channel.alarm is not None:
            raise EspError(-259, "ESP_ERR_INVALID_STATE")
        pulses = [(word >> 1, word & 1) for (word,) in struct.iter_unpack("=I", data)]
        if any(duration > _PULSE_MAX for duration, _ in pulses):
            raise ValueError("duration exceeds PULSE_MAX")
        self._next(channel, pulses, time.monotonic())
        return None

    def _next(self, channel: _Channel, pulses: list[tuple[int, int]], start: float) -> None:
        if not pulses or pulses[0][0] == 0:
            channel.alarm = None
            self._pins.drive_peripheral(channel.pin, channel.idle_level)
            return
        duration, level = pulses[0]
        self._pins.drive_peripheral(channel.pin, level)
        end = start + duration * channel.clock_div / _SOURCE_HZ
        channel.alarm = self._scheduler.call_at(end, lambda: self._next(channel, pulses[1:], end))

    def _close(self, number: int, *_: object) -> Answer:
        channel = self._channels.pop(number, None)
        if channel is not None:
            _stop(channel)
            self._pins.drive_peripheral(channel.pin, channel.idle_level)
        return None


def _stop(channel: _Channel) -> None:
    if channel.alarm is not None:
        channel.alarm.cancel()
        channel.alarm = None
