"""The names in a file of MicroPython's bytecode.

After four bytes of header come the number of names (qstrs) and of constants, each an unsigned
integer of 7 bits a byte, the highest first; then the names: twice the length, the bytes, a zero;
or, odd, one that every MicroPython has. The first is the name of the source file.
(py/persistentcode.c, bytecode version 6.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_HEADER = 4


@dataclass(frozen=True)
class Names:
    """Those of one file, with what is before and behind them."""

    header: bytes
    constants: int
    entries: tuple[bytes, ...]
    rest: bytes

    @classmethod
    def read(cls, bytecode: bytes) -> Names:
        """Of bytecode as mpy-cross makes it."""
        count, at = _integer(bytecode, _HEADER)
        constants, at = _integer(bytecode, at)
        entries = []
        for _ in range(count):
            length, end = _integer(bytecode, at)
            if not length & 1:
                end += length // 2 + 1
            entries.append(bytecode[at:end])
            at = end
        return cls(bytecode[:_HEADER], constants, tuple(entries), bytecode[at:])

    def texts(self) -> set[bytes]:
        """What a board has to find room for, less the name of the source file."""
        found = set()
        for entry in self.entries[1:]:
            length, start = _integer(entry, 0)
            if not length & 1:
                found.add(entry[start:-1])
        return found

    def with_texts(self, texts: Iterable[bytes]) -> bytes:
        """Bytecode that has these names too, and does what it did."""
        more = tuple(_packed(2 * len(text)) + text + b"\0" for text in texts)
        entries = self.entries + more
        counts = _packed(len(entries)) + _packed(self.constants)
        return self.header + counts + b"".join(entries) + self.rest


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned integer, and where it ends."""
    value = 0
    while True:
        byte = data[at]
        value = value << 7 | byte & 0x7F
        at += 1
        if not byte & 0x80:
            return value, at


def _packed(value: int) -> bytes:
    packed = bytes([value & 0x7F])
    while value := value >> 7:
        packed = bytes([value & 0x7F | 0x80]) + packed
    return packed
