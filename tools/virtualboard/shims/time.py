"""Stands for the ESP32 port's `time` module: epoch 2000, whole seconds, ticks of 30 bits."""

import _events
import utime
from _rpc import call
from micropython import const
from utime import sleep_us  # noqa: F401

_CLOCK_GET = const(50)

_TICKS_MASK = const(0x3FFFFFFF)
_TICKS_HALF = const(0x20000000)
_SECONDS_1970_TO_2000 = const(946684800)
# How late an interrupt's handler may run while the program sleeps.
_NAP_MS = const(2)


def time():
    return call(_CLOCK_GET)


def time_ns():
    return call(_CLOCK_GET) * 1000000000


def gmtime(secs=None):
    if secs is None:
        secs = call(_CLOCK_GET)
    return utime.gmtime(int(secs) + _SECONDS_1970_TO_2000)[:8]


localtime = gmtime


def mktime(fields):
    return int(utime.mktime(tuple(fields[:8]) + (0,))) - _SECONDS_1970_TO_2000


def sleep_ms(ms):
    if not _events.are_on():
        return utime.sleep_ms(ms)
    end = utime.ticks_add(utime.ticks_ms(), ms)
    while True:
        left = utime.ticks_diff(end, utime.ticks_ms())
        if left <= 0:
            return None
        utime.sleep_ms(min(left, _NAP_MS))


def sleep(seconds):
    sleep_ms(int(seconds * 1000))


def ticks_ms():
    return utime.ticks_ms() & _TICKS_MASK


def ticks_us():
    return utime.ticks_us() & _TICKS_MASK


def ticks_cpu():
    return utime.ticks_cpu() & _TICKS_MASK


def ticks_add(ticks, delta):
    return (ticks + delta) & _TICKS_MASK


def ticks_diff(end, start):
    return ((end - start + _TICKS_HALF) & _TICKS_MASK) - _TICKS_HALF
