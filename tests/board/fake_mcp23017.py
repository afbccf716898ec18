"""An MCP23017 as far as our driver uses it: bank 0, sixteen pins, registers lost with the power."""

_IODIR, _GPIO, _OLAT = 0x00, 0x12, 0x14


class Chip:
    """`outside` has the levels at its inputs, `stuck` (mask, levels) those of broken pins."""

    def __init__(self):
        self.outside = 0xFFFF
        self.stuck = (0, 0)
        self.is_dead = False
        self.reads = 0
        self.changes = []  # (mask of the outputs that are high), each time that they change
        self.power_on()

    def power_on(self):
        self.registers = bytearray(22)
        self.registers[0] = self.registers[1] = 0xFF
        self.pointer = 0

    def pair(self, register):
        return self.registers[register] | self.registers[register + 1] << 8

    def outputs(self):
        """The outputs that are high."""
        return self.pair(_OLAT) & ~self.pair(_IODIR) & 0xFFFF

    def levels(self):
        inputs = self.pair(_IODIR)
        levels = self.outputs() | self.outside & inputs
        mask, stuck = self.stuck
        return levels & ~mask | stuck & mask

    def write(self, data):
        self._answer()
        self.pointer = data[0]
        for value in data[1:]:
            self.registers[self.pointer] = value
            self.pointer = (self.pointer + 1) % 22
        if not self.changes or self.changes[-1] != self.outputs():
            self.changes.append(self.outputs())

    def read(self, count):
        self._answer()
        if self.pointer == _GPIO:
            self.reads += 1
            levels = self.levels()
            self.registers[_GPIO], self.registers[_GPIO + 1] = levels & 0xFF, levels >> 8
        return bytes(self.registers[self.pointer : self.pointer + count])

    def _answer(self):
        if self.is_dead:
            raise OSError(19)  # ENODEV
