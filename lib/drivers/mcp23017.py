"""MCP23017: sixteen more pins, over I2C.

Source: Microchip MCP23017/MCP23S17 datasheet DS20001952, sections 3.2 (I2C, sequential access) and
3.5 (registers). Since its revision D, GPA7 and GPB7 (bits 7 and 15) are outputs only: an input that
changes there while it is read may corrupt SDA.
"""

import struct

from micropython import const

# Registers of port A with IOCON.BANK = 0 (table 3-5); that of port B is the next.
_IODIR = const(0x00)  # then IPOL, GPINTEN, DEFVAL, INTCON, IOCON, GPPU
_IOCON = const(0x0A)
_GPIO = const(0x12)
_OLAT = const(0x14)

_IOCON_OF_BANK_1 = const(0x05)  # GPINTENB in bank 0, where it is not used
_SETTINGS = const(14)  # bytes from IODIRA to GPPUB


class Mcp23017:
    """Bits 0 to 7 are port A, 8 to 15 port B. What is no output is an input with a pull-up.

    `outputs` has their bits, `rest` their levels at rest. Every method that talks to the chip
    raises OSError when it does not answer.
    """

    def __init__(self, i2c, address: int, outputs: int, rest: int):
        self.address = address
        self._i2c = i2c
        self._inputs = outputs ^ 0xFFFF
        self._rest = rest
        self._pair = bytearray(2)

    def start(self):
        """Set the chip up, whatever state it is in: levels at rest first, then directions."""
        self._i2c.writeto_mem(self.address, _IOCON_OF_BANK_1, bytes(1))
        self._i2c.writeto_mem(self.address, _IOCON, bytes(2))
        self.drive(0)
        self._i2c.writeto_mem(self.address, _IODIR, self.settings())

    def settings(self) -> bytes:
        """What the registers from IODIRA to GPPUB must hold: between them are reset values."""
        return struct.pack("<H10sH", self._inputs, b"", self._inputs)

    def read_settings(self) -> bytes:
        """What they hold. A chip whose supply has dipped has lost its own."""
        return self._i2c.readfrom_mem(self.address, _IODIR, _SETTINGS)

    def read(self) -> int:
        """The levels at all pins, outputs too."""
        pair = self._pair
        self._i2c.readfrom_mem_into(self.address, _GPIO, pair)
        return pair[0] | pair[1] << 8

    def drive(self, active: int):
        """The outputs with these bits away from their levels at rest, and all others at rest."""
        pair = self._pair
        levels = self._rest ^ active
        pair[0], pair[1] = levels & 0xFF, levels >> 8
        self._i2c.writeto_mem(self.address, _OLAT, pair)

    def active(self) -> int:
        """The outputs that are away from their levels at rest, as their pins show."""
        return (self.read() ^ self._rest) & ~self._inputs
