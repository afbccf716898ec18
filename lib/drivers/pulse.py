"""One pulse on a GPIO that ends by hardware, whatever the software does.

The RMT peripheral (ESP32 TRM chapter 15) sends the pulse out of its own memory and then drives its
idle level: a program that hangs or crashes meanwhile can't prolong it.

What the caller must keep: a channel starts a pulse only when its last one has had its full time,
even if the pin was taken back, for a channel that is taken down while it sends may panic the chip
(ESP-IDF issue 17692) or hold its last level.
"""

import esp32
from machine import Pin
from micropython import const

# Channel 7 belongs to machine.bitstream.
RELAY = 0
BUZZER = 1

_CLOCK_DIV = const(255)
_TICKS_PER_S = const(80_000_000 // 255)  # the peripheral's clock is the 80 MHz APB clock
_SYMBOL_MS = const(200)  # a symbol is two durations of 15 bits: 2 * 32767 ticks are 208 ms

# (channel as bound last, its pin, the pin's level at rest). The collector would take one down that
# nobody holds, mid-pulse.
_bound: dict = {}


def send(channel: int, pin: Pin, level: bool, length_ms: int):
    """Start a pulse of `level`, at most 12000 ms long, and return at once.

    OSError or ValueError if the channel is not free.
    """
    if channel in _bound:
        rmt, last, rest = _bound.pop(channel)
        rmt.deinit()
        last.init(Pin.OUT, value=rest)  # rmt_del_channel has left it to its pull-up
    symbols = length_ms // _SYMBOL_MS + 1
    rmt = esp32.RMT(channel, pin=pin, clock_div=_CLOCK_DIV, idle_level=not level)
    _bound[channel] = rmt, pin, not level
    rmt.write_pulses(length_ms * _TICKS_PER_S // (2000 * symbols), (level,) * (2 * symbols))


def is_over(channel: int) -> bool:
    """Whether the last pulse of a channel has had its full time."""
    return channel not in _bound or _bound[channel][0].wait_done()
