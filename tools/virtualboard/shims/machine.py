"""Stands for the ESP32 port's `machine` module, MicroPython 1.26."""

# ruff: noqa: A002 - names and arguments are the port's
import _events
import utime
from _i2c import I2C, SoftI2C  # noqa: F401
from _pin import Pin  # noqa: F401
from _rpc import call
from micropython import const
from umachine import Signal, idle, mem8, mem16, mem32, soft_reset, time_pulse_us  # noqa: F401

_RESET = const(4)
_RESET_CAUSE = const(6)
_UNIQUE_ID = const(7)
_TIMER_START = const(36)
_TIMER_STOP = const(37)
_WDT_START = const(40)
_WDT_FEED = const(41)
_RTC_MEMORY_GET = const(48)
_RTC_MEMORY_SET = const(49)
_CLOCK_GET = const(50)
_CLOCK_SET = const(51)

_FIRST_TIMER = const(64)
_SECONDS_1970_TO_2000 = const(946684800)

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5
TIMER_WAKE = 4

_frequency = [160000000]


def reset():
    call(_RESET, -1)


def deepsleep(time_ms=0):
    call(_RESET, time_ms)


def lightsleep(time_ms):
    utime.sleep_ms(time_ms)


def reset_cause():
    return call(_RESET_CAUSE)


def wake_reason():
    return TIMER_WAKE if reset_cause() == DEEPSLEEP_RESET else 0


def unique_id():
    return call(_UNIQUE_ID)


def freq(hz=None):
    if hz is None:
        return _frequency[0]
    if hz // 1000000 not in (20, 40, 80, 160, 240):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    _frequency[0] = hz
    return None


def disable_irq():
    return 0


def enable_irq(state):
    """Handlers are scheduled, never run in an interrupt."""


class WDT:
    def __init__(self, id=0, timeout=5000):
        call(_WDT_START, id, timeout)

    def feed(self):
        call(_WDT_FEED)


class RTC:
    def memory(self, data=None):
        if data is None:
            return call(_RTC_MEMORY_GET) or b""
        call(_RTC_MEMORY_SET, out=data)
        return None

    def datetime(self, fields=None):
        """year, month, day, weekday, hour, minute, second, microsecond"""
        if fields is None:
            now = utime.gmtime(call(_CLOCK_GET) + _SECONDS_1970_TO_2000)
            return now[:3] + (now[6],) + now[3:6] + (0,)
        return self._set(fields[:3] + fields[4:7])

    def init(self, fields):
        """year, month, day, hour, minute, second, …"""
        self._set(fields[:6])

    def _set(self, moment):
        call(_CLOCK_SET, int(utime.mktime(tuple(moment) + (0, 0, 0))) - _SECONDS_1970_TO_2000)


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id, **settings):
        self._number = id
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, callback=None, period=-1, tick_hz=1000, freq=None):
        period_ms = 1000 // freq if freq else period * 1000 // tick_hz
        _events.on(_FIRST_TIMER + self._number, callback, self)
        call(_TIMER_START, self._number, int(period_ms), mode)

    def deinit(self):
        call(_TIMER_STOP, self._number)
