"""MCP23017: sixteen more pins, over I2C. Setting it up is in mcp23017_setup.

Source: Microchip MCP23017/MCP23S17 datasheet DS20001952, sections 3.2 (I2C, sequential access) and
3.5 (registers). Since its revision D, GPA7 and GPB7 (bits 7 and 15) are outputs only: an input that
changes there while it is read may corrupt SDA.
"""

from micropython import const

# Registers of port A with IOCON.BANK = 0 (table 3-5); that of port B is the next.
_IODIR = const(0x00)
_GPPU = const(0x0C)
_GPIO = const(0x12)
_OLAT = const(0x14)


class Mcp23017:
    """Bits 0 to 7 are port A, 8 to 15 port B. What is no output is an input with a pull-up.

    `outputs` has their bits, `rest` their levels at rest. Every method raises OSError when the chip
    does not answer.
    """

    def __init__(self, i2c, address: int, outputs: int, rest: int):
        self.i2c = i2c
        self.address = address
        self.inputs = outputs ^ 0xFFFF
        self._rest = rest
        self._pair = bytearray(2)

    def read(self, register: int = _GPIO) -> int:
        """The levels at all pins, outputs too; or the registers of both ports that begin there."""
        pair = self._pair
        self.i2c.readfrom_mem_into(self.address, register, pair)
        return pair[0] | pair[1] << 8

    def drive(self, active: int):
        """The outputs with these bits away from their levels at rest, and all others at rest."""
        pair = self._pair
        levels = self._rest ^ active
        pair[0], pair[1] = levels & 0xFF, levels >> 8
        self.i2c.writeto_mem(self.address, _OLAT, pair)

    def active(self) -> int:
        """The outputs that are away from their levels at rest, as their pins show."""
        return (self.read() ^ self._rest) & ~self.inputs

    def is_set_up(self) -> bool:
        """Whether it knows outputs and pull-ups: not after its reset, or a dip of its supply."""
        return self.read(_IODIR) == self.inputs == self.read(_GPPU)
