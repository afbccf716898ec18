"""Setting an MCP23017 up, and what its registers then hold. Loaded when it is needed.

Source: as of mcp23017; the reset line: section 1.2.
"""

import struct
import time

from machine import Pin
from micropython import const

from drivers.mcp23017 import Mcp23017

_IODIR = const(0x00)  # then IPOL, GPINTEN, DEFVAL, INTCON, IOCON, GPPU
_IOCON = const(0x0A)
_IOCON_OF_BANK_1 = const(0x05)  # GPINTENB in bank 0, where it is not used
_SETTINGS = const(14)  # bytes from IODIRA to GPPUB
_RESET_US = const(10)  # 1 is enough


def set_up(chip: Mcp23017):
    """Set the chip up, whatever state it is in: levels at rest first, then directions. OSError."""
    chip.i2c.writeto_mem(chip.address, _IOCON_OF_BANK_1, bytes(1))
    chip.i2c.writeto_mem(chip.address, _IOCON, bytes(2))
    chip.drive(0)
    chip.i2c.writeto_mem(chip.address, _IODIR, settings(chip))


def settings(chip: Mcp23017) -> bytes:
    """What the registers from IODIRA to GPPUB must hold: between them are reset values."""
    return struct.pack("<H10sH", chip.inputs, b"", chip.inputs)


def read_settings(chip: Mcp23017) -> bytes:
    """What they hold. OSError."""
    return chip.i2c.readfrom_mem(chip.address, _IODIR, _SETTINGS)


def reset(pin: int | None):
    """By the reset line at this pin, if there is one: all outputs are off, all settings lost."""
    if pin is not None:
        line = Pin(pin, Pin.OUT, value=0)
        time.sleep_us(_RESET_US)
        line(1)
