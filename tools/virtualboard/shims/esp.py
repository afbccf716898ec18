"""Stands for the ESP32 port's `esp` module: what a program may want to know of its flash."""

from _rpc import call
from micropython import const

_FLASH_SIZE = const(27)


def flash_size():
    return call(_FLASH_SIZE)


def osdebug(uart, level=0):
    """ESP-IDF logs nothing here."""
