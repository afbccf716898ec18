"""`machine.Pin` of the ESP32 port, MicroPython 1.26."""

# ruff: noqa: A002, ARG002 - names and arguments are the port's
import _events
from _rpc import call
from micropython import const
from umachine import PinBase

_PIN_INIT = const(32)
_PIN_GET = const(33)
_PIN_SET = const(34)
_PIN_IRQ = const(35)

_KEEP = const(-1)


class Pin(PinBase):
    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2
    WAKE_LOW = 4
    WAKE_HIGH = 5
    DRIVE_0 = 0
    DRIVE_1 = 1
    DRIVE_2 = 2
    DRIVE_3 = 3

    def __init__(self, id, mode=None, pull=-1, *, value=None, drive=None, hold=None):
        self._number = number(id)
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

    def irq(self, handler=None, trigger=IRQ_FALLING | IRQ_RISING, wake=None, hard=False):
        _events.on(self._number, handler, self)
        call(_PIN_IRQ, self._number, trigger if handler else 0)

    def __repr__(self):
        return "Pin(%d)" % self._number


def number(pin):
    """The GPIO number of a Pin or a number."""
    if isinstance(pin, Pin):
        return pin._number
    if isinstance(pin, int):
        return pin
    raise ValueError("invalid pin")
