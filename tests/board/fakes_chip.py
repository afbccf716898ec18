"""Stands for `machine` and `network`, as far as boot.py uses them, and imports it on top of them.

`events` has what happened, in order.
"""

import sys

import fakes_flash as flash

__all__ = ["ResetError", "Rtc", "boot", "chips", "events", "flash", "machine"]

events = []
chips = {}  # I2C address -> {register: value}


class ResetError(BaseException):
    """machine.reset(): it never comes back."""


class Pin:
    OUT = 3

    def __init__(self, number, mode=None, value=None):
        if mode is not None:
            events.append(("pin", number, value))


class I2C:
    def __init__(self, bus, *, scl, sda, freq):  # noqa: ARG002
        events.append(("bus", bus, freq))

    def writeto_mem(self, address, register, data):
        if address not in chips:
            raise OSError(19)  # ENODEV
        chips[address][register] = bytes(data)
        events.append(("register", address, register, data[0]))


class WDT:
    def __init__(self, timeout):
        events.append(("watchdog", timeout))
        self.fed = 0

    def feed(self):
        self.fed += 1


class Rtc:
    """`content` survives a reset, not a power cut."""

    content = b""

    def memory(self, data=None):
        if data is None:
            return Rtc.content
        assert len(data) <= 2048
        Rtc.content = bytes(data)
        return None


class _Machine:
    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    Pin, I2C, WDT, RTC = Pin, I2C, WDT, Rtc
    cause = PWRON_RESET

    @staticmethod
    def reset_cause():
        return _Machine.cause

    @staticmethod
    def reset():
        events.append(("reset",))
        raise ResetError


class _Network:
    STA_IF = 0

    class WLAN:
        def __init__(self, _interface):
            pass

        def active(self, _is_up):
            events.append(("wifi",))


machine = _Machine
sys.modules["machine"] = _Machine
sys.modules["network"] = _Network

import boot  # noqa: E402
