"""Microchip MCP23017, a 16 bit port expander (datasheet DS20001952: sections 3.2 to 3.5).

Its interrupt outputs are wired to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..pins import WIRES, PinChange
from .base import Chip

PORT_BITS = 8
BITS = 2 * PORT_BITS
# The registers of a port, in the order of their addresses (table 3-5).
_NAMES = (
    *("IODIR", "IPOL", "GPINTEN", "DEFVAL", "INTCON", "IOCON", "GPPU", "INTF", "INTCAP"),
    *("GPIO", "OLAT"),
)
_IODIR, _IPOL, _IOCON, _GPPU, _INTF, _INTCAP, _GPIO, _OLAT = (
    _NAMES.index(name)
    for name in ("IODIR", "IPOL", "IOCON", "GPPU", "INTF", "INTCAP", "GPIO", "OLAT")
)
_BANK = 0x80
_SEQOP = 0x20
_IOCON_BITS = 0xFE  # bit 0 is not there


class Mcp23017(Chip):
    """Bits 0 to 7 are port A, 8 to 15 port B. A pin that floats reads 0.

    `history` has every change of a pin's level: `pin` is the bit there.
    """

    def __init__(self, address: int = 0x20) -> None:
        super().__init__(address)
        self.history: list[PinChange] = []
        self._watchers: list[tuple[int, Callable[[int], None]]] = []
        self._external: list[int | None] = [None] * BITS
        self._stuck: list[int | None] = [None] * BITS
        self._levels = [0] * BITS
        self._in_reset = False
        self.power_on()

    def power_on(self) -> None:
        with WIRES:
            self._ports = [bytearray(len(_NAMES)) for _ in range(2)]
            for port in self._ports:
                port[_IODIR] = 0xFF
            self._pointer = 0
            self._settle()

    def acknowledges(self) -> bool:
        return not (self.is_dead or self._in_reset)

    def set_reset_line(self, level: int) -> None:
        """The level at RESET: low, and the chip forgets all and answers nobody."""
        self._in_reset = not level
        if self._in_reset:
            self.power_on()

    def register(self, name: str, port: int) -> int:
        """A register of port 0 (A) or 1 (B) by its name in the datasheet."""
        return self._ports[port][_NAMES.index(name)]

    def level(self, bit: int) -> int:
        """The level at a pin, 0 or 1."""
        return self._levels[bit]

    def watch(self, bit: int, call: Callable[[int], None]) -> None:
        """Have `call` made with the level whenever it changes."""
        self._watchers.append((bit, call))

    def put(self, bit: int, level: int | None) -> None:
        """Connect a pin to 0 or 1, None: leave it open. An output wins."""
        with WIRES:
            self._external[bit] = level
            self._settle()

    def stick(self, bit: int, level: int | None) -> None:
        """A fault: the pin stays at `level`, whatever drives it. None: repaired."""
        with WIRES:
            self._stuck[bit] = level
            self._settle()

    def write(self, data: bytes) -> None:
        """The first byte is the address of a register, for reading too."""
        with WIRES:
            self._pointer = data[0] if data else self._pointer
            for value in data[1:]:
                self._store(value)
                self._advance()
            self._settle()

    def read(self, length: int) -> bytes:
        with WIRES:
            found = bytearray()
            for _ in range(length):
                found.append(self._load())
                self._advance()
            return bytes(found)

    def _place(self) -> tuple[int, int] | None:
        """Port and register at the pointer, None where there is none."""
        if self._ports[0][_IOCON] & _BANK:
            port, index = divmod(self._pointer, 16)
        else:
            index, port = divmod(self._pointer, 2)
        return (port, index) if port < 2 and index < len(_NAMES) else None

    def _store(self, value: int) -> None:
        place = self._place()
        if place is None:
            return
        port, index = place
        if index == _IOCON:  # one register for both ports
            for each in self._ports:
                each[_IOCON] = value & _IOCON_BITS
        elif index == _GPIO:
            self._ports[port][_OLAT] = value
        elif index not in (_INTF, _INTCAP):
            self._ports[port][index] = value

    def _load(self) -> int:
        place = self._place()
        if place is None:
            return 0
        port, index = place
        if index != _GPIO:
            return self._ports[port][index]
        first = port * PORT_BITS
        levels = sum(level << n for n, level in enumerate(self._levels[first : first + PORT_BITS]))
        return levels ^ self._ports[port][_IPOL]

    def _advance(self) -> None:
        """Section 3.2.1: one register on; in byte mode to and fro between the ports, or nowhere."""
        control = self._ports[0][_IOCON]
        if not control & _SEQOP:
            last = 0x1A if control & _BANK else 0x15
            self._pointer = 0 if self._pointer >= last else self._pointer + 1
        elif not control & _BANK:
            self._pointer ^= 1

    def _wire_level(self, bit: int) -> int:
        """What a meter shows."""
        stuck, external = self._stuck[bit], self._external[bit]
        if stuck is not None:
            return stuck
        port, shift = self._ports[bit // PORT_BITS], bit % PORT_BITS
        if not port[_IODIR] >> shift & 1:
            return port[_OLAT] >> shift & 1
        return port[_GPPU] >> shift & 1 if external is None else external

    def _settle(self) -> None:
        for bit in range(BITS):
            level = self._wire_level(bit)
            if level == self._levels[bit]:
                continue
            self._levels[bit] = level
            self.history.append(PinChange(time.monotonic(), bit, level))
            for watched, call in list(self._watchers):
                if watched == bit:
                    call(level)
