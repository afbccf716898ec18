"""Stands for the ESP32 port's `machine` module, MicroPython 1.26."""

# ruff: noqa: A002, ARG002 - names and arguments are the port's
from _rpc import call
from micropython import const
from umachine import Signal, mem8, mem16, mem32, time_pulse_us  # noqa: F401
from umachine import soft_reset as _soft_reset

_RESET = const(4)
_RESET_CAUSE = const(6)
_UNIQUE_ID = const(7)
_PIN_INIT = const(32)
_PIN_GET = const(33)
_PIN_SET = const(34)
_WDT_START = const(40)
_WDT_FEED = const(41)
_RTC_MEMORY_GET = const(48)
_RTC_MEMORY_SET = const(49)

_KEEP = const(-1)

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5


def reset():
    call(_RESET, -1)


def deepsleep(time_ms=0):
    call(_RESET, time_ms)


def soft_reset():
    _soft_reset()


def reset_cause():
    return call(_RESET_CAUSE)


def unique_id():
    return call(_UNIQUE_ID)


class Pin:
    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2
    DRIVE_0 = 0
    DRIVE_1 = 1
    DRIVE_2 = 2
    DRIVE_3 = 3

    def __init__(self, id, mode=None, pull=-1, *, value=None, drive=None, hold=None):
        self._number = id._number if isinstance(id, Pin) else id
        self.init(mode, pull, value=value, drive=drive, hold=hold)

    def init(self, mode=None, pull=-1, *, value=None, drive=None, hold=None):
        level = _KEEP if value is None else bool(value)
        mode = _KEEP if mode is None else mode
        call(_PIN_INIT, self._number, mode, pull or 0, level)

    def value(self, level=None):
        if level is None:
            return call(_PIN_GET, self._number)
        call(_PIN_SET, self._number, bool(level))
        return None

    __call__ = value

    def on(self):
        call(_PIN_SET, self._number, 1)

    def off(self):
        call(_PIN_SET, self._number, 0)

    def toggle(self):
        call(_PIN_SET, self._number, 1 - call(_PIN_GET, self._number))

    def __repr__(self):
        return "Pin(%d)" % self._number


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
