"""A lock relay on a GPIO whose pulse ends by hardware, whatever the software does.

The RMT peripheral (ESP32 TRM chapter 15) sends the pulse out of its own memory and then drives its
idle level, the relay's off level: a program that hangs or crashes meanwhile can't prolong it. One
channel serves all relays, bound to one of them for each pulse.

What the caller must keep: a pulse starts only when the one before has had its full time, even if
`off` cut it short, for a channel that is taken down while it sends may panic the chip (ESP-IDF
issue 17692) or hold its last level.
"""

import esp32
from machine import Pin
from micropython import const

_CHANNEL = const(0)  # channel 7 belongs to machine.bitstream
_CLOCK_DIV = const(255)
_TICKS_PER_S = const(80_000_000 // 255)  # the peripheral's clock is the 80 MHz APB clock
_SYMBOL_MS = const(200)  # a symbol is two durations of 15 bits: 2 * 32767 ticks are 208 ms

# The channel as bound last. The collector would take an object down that nobody holds, mid-pulse.
_rmt = None


class GpioRelay:
    """A relay at a pin, switched on by level `on` for `pulse_ms` (at most 12000) at a time."""

    def __init__(self, pin: int, on: int, pulse_ms: int):
        self.pulse_ms = pulse_ms
        self._on = bool(on)
        self._pin = Pin(pin, Pin.OUT, value=not on)

    def start(self):
        """Start a pulse and return at once. OSError or ValueError if there is no channel for it."""
        global _rmt
        if _rmt:
            _rmt.deinit()
        symbols = self.pulse_ms // _SYMBOL_MS + 1
        _rmt = esp32.RMT(_CHANNEL, pin=self._pin, clock_div=_CLOCK_DIV, idle_level=not self._on)
        _rmt.write_pulses(
            self.pulse_ms * _TICKS_PER_S // (2000 * symbols), (self._on,) * (2 * symbols)
        )

    def off(self):
        """Take the pin back from the RMT and switch off: after a pulse, and to cut one short."""
        self._pin.init(Pin.OUT, value=not self._on)

    def reads_off(self) -> bool:
        """Whether the pin itself is at its off level. Not to be asked during a pulse."""
        return self._pin.value() != self._on
