"""An SSD1306 as far as our driver uses it: page addressing mode, its memory, on and off.

And an SH1106, whose memory has four columns more and whose supply is another command.
"""

_ONE_ARGUMENT = (0x81, 0xA8, 0xD3, 0xD5, 0xD9, 0xDA, 0xDB)
_COMMANDS = (0x40, 0xA1, 0xA4, 0xA6, 0xC8, 0xE3)


class Chip:
    """Takes what is written to the bus. After `fail_after` more transfers it is gone."""

    columns = 128
    own_arguments = (0x20, 0x8D)
    own_commands = ()

    def __init__(self):
        anything = b"\xa5" * self.columns
        self.memory = [bytearray(anything) for _ in range(8)]
        self.is_on = self.charge_pump = False
        self.mode = 2
        self.page = self.column = 0
        self.pages_written = []
        self.fail_after = None
        self.transfers = 0

    def write(self, data):
        self.transfers += 1
        if self.fail_after == 0:
            raise OSError(19)  # ENODEV
        if self.fail_after:
            self.fail_after -= 1
        if data[0] == 0x40:
            self._data(data[1:])
        else:
            assert data[0] == 0x00, "control byte"
            self._commands(list(data[1:]))

    def pixel(self, x, y):
        return self.memory[y // 8][x] >> (y % 8) & 1

    def _data(self, data):
        assert self.mode == 2
        self.pages_written.append(self.page)
        for value in data:
            self.memory[self.page][self.column] = value
            self.column = (self.column + 1) % self.columns

    def _commands(self, commands):
        while commands:
            command = commands.pop(0)
            if command in _ONE_ARGUMENT + self.own_arguments:
                self._set(command, commands.pop(0))
            elif command & 0xF8 == 0xB0:
                self.page = command & 7
            elif command & 0xF0 == 0x00:
                self.column = self.column & 0xF0 | command
            elif command & 0xF0 == 0x10:
                self.column = self.column & 0x0F | (command & 0x0F) << 4
            elif command & 0xFE == 0xAE:
                self.is_on = bool(command & 1)
            else:
                assert command in _COMMANDS or command in self.own_commands, hex(command)

    def _set(self, command, value):
        if command == 0x20:
            self.mode = value
        elif command == 0x8D:
            self.charge_pump = value == 0x14


class Sh1106(Chip):
    """There is no other mode than page addressing."""

    columns = 132
    own_arguments = (0xAD,)
    own_commands = (0x32,)

    def _set(self, command, value):
        if command == 0xAD:
            self.charge_pump = value == 0x8B
