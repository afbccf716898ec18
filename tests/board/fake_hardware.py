"""Stand-ins for `machine` and `esp32`: pins, an RMT whose pulses end by the clock, an I2C bus.

To be imported before any driver. `pins[n]` is what is wired to a pin; the tests set `outside` (what
drives an input), `stuck` (a level that the pin shows whatever drives it) and `broken`.
"""

import sys
import time

pins = {}
buses = {}


class Pin:
    """One object a pin, as on the chip. `level` is what a meter would show."""

    IN, OUT, OPEN_DRAIN, PULL_UP = 1, 3, 7, 2

    def __new__(cls, number, *_args, **_kwargs):
        if number not in pins:
            pins[number] = object.__new__(cls)
            pins[number].number = number
            pins[number].outside = 1
            pins[number].stuck = None
            pins[number].broken = False
            pins[number].levels = []
            pins[number].on_change = None
            pins[number].mode, pins[number].latch, pins[number].rmt = cls.IN, 0, None
        return pins[number]

    def __init__(self, _number, mode=None, pull=None, value=None):
        if mode is not None:
            self.init(mode, pull, value=value)

    def init(self, mode, pull=None, value=None):
        self.mode, self.pull, self.rmt = mode, pull, None
        if value is not None:
            self._drive(value)

    @property
    def level(self):
        if self.stuck is not None:
            return self.stuck
        if self.mode == self.IN or (self.mode == self.OPEN_DRAIN and self.latch):
            return self.outside
        return self.rmt.level() if self.rmt else self.latch

    def value(self, level=None):
        if level is not None:
            self._drive(level)
            return None
        if self.broken:
            raise OSError(5)  # EIO, as an input on an expander may
        return self.level

    __call__ = value

    def _drive(self, level):
        self.latch = int(level)
        self.levels.append(self.latch)
        if self.on_change:
            self.on_change(self.latch)


class RMT:
    """The transmitter of MicroPython v1.26: `write_pulses(duration, levels)` alone."""

    PULSE_MAX = 32767
    bound = {}  # noqa: RUF012 - channel -> RMT

    def __init__(self, channel, *, pin, clock_div=8, idle_level=False):
        if channel in self.bound:
            raise OSError(-259, "ESP_ERR_INVALID_STATE")
        self.channel, self.pin, self.idle = channel, pin, int(idle_level)
        self.tick_us = clock_div / 80
        self.pulse_us, self.duration, self.levels = 0, 0, ()
        pin.rmt = self.bound[channel] = self

    def write_pulses(self, duration, levels):
        assert 0 < duration <= self.PULSE_MAX
        assert len(levels) < 126, "a longer one needs the interrupt"
        self.duration, self.levels = duration, levels
        self.pulse_us = duration * len(levels) * self.tick_us
        self.start_us = time.ticks_us()

    def is_sending(self):
        return bool(self.levels) and time.ticks_diff(time.ticks_us(), self.start_us) < self.pulse_us

    def wait_done(self):
        return not self.is_sending()

    def level(self):
        if not self.is_sending():
            return self.idle
        elapsed_us = time.ticks_diff(time.ticks_us(), self.start_us)
        return int(self.levels[int(elapsed_us / self.tick_us / self.duration)])

    def deinit(self):
        assert not self.is_sending(), "taken down while it sends"
        self.bound.pop(self.channel, None)
        self.pin.init(Pin.IN, Pin.PULL_UP)  # rmt_del_channel of ESP-IDF 5 resets the pin


class I2C:
    """A bus with the chips of `buses[id]`: address -> object with `write(bytes)`, `read(count)`."""

    def __init__(self, bus, *, scl, sda, freq):  # noqa: ARG002
        buses.setdefault(bus, {})
        self.bus = bus

    def _chip(self, address):
        chip = buses[self.bus].get(address)
        if chip is None:
            raise OSError(19)  # ENODEV
        return chip

    def writeto(self, address, data):
        self._chip(address).write(bytes(data))

    def writeto_mem(self, address, register, data):
        self.writeto(address, bytes((register,)) + bytes(data))

    def readfrom_mem(self, address, register, count):
        self.writeto(address, bytes((register,)))
        return self._chip(address).read(count)

    def readfrom_mem_into(self, address, register, buffer):
        buffer[:] = self.readfrom_mem(address, register, len(buffer))


class _Module:
    def __init__(self, **names):
        for name, value in names.items():
            setattr(self, name, value)


sys.modules["machine"] = _Module(Pin=Pin, I2C=I2C)
sys.modules["esp32"] = _Module(RMT=RMT)
