"""I2C buses, found by their pins, with models of the chips that hang on them."""

from __future__ import annotations

from .chips.base import Chip
from .errors import EspError
from .rpc import Answer, Handler, Op

_ENODEV = 19
_ETIMEDOUT = 116
# scl, sda
BusPins = tuple[int, int]


class Bus:
    """The chips on one bus. A bus that is `held` (a short circuit) answers nobody."""

    def __init__(self) -> None:
        self.chips: dict[int, Chip] = {}
        self.held = False

    def add(self, chip: Chip) -> None:
        if chip.address in self.chips:
            raise ValueError(f"two chips at address {chip.address:#x}")
        self.chips[chip.address] = chip

    def chip(self, address: int) -> Chip:
        """The chip that acknowledges the address; EspError as ESP-IDF's driver reports it."""
        if self.held:
            raise EspError(_ETIMEDOUT)
        chip = self.chips.get(address)
        if chip is None or not chip.acknowledges():
            raise EspError(_ENODEV)
        return Chip(address) if chip.is_foreign else chip


class Buses:
    """All buses of the board."""

    def __init__(self) -> None:
        self._buses: dict[BusPins, Bus] = {}

    def handlers(self) -> dict[Op, Handler]:
        return {Op.I2C_SCAN: self._scan, Op.I2C_WRITE: self._write, Op.I2C_READ: self._read}

    def at(self, scl: int, sda: int) -> Bus:
        """The bus on these pins, an empty one if nothing is connected there."""
        return self._buses.setdefault((scl, sda), Bus())

    def chips(self, address: int) -> list[Chip]:
        """Those at an address, of all buses."""
        found = (bus.chips.get(address) for bus in self._buses.values())
        return [chip for chip in found if chip is not None]

    def power_on(self) -> None:
        """All chips forget."""
        for bus in self._buses.values():
            for chip in bus.chips.values():
                chip.power_on()

    def _scan(self, scl: int, sda: int, *_: object) -> Answer:
        bus = self.at(scl, sda)
        if bus.held:
            return b""
        return bytes(sorted(addr for addr, chip in bus.chips.items() if chip.acknowledges()))

    def _write(self, scl: int, sda: int, address: int, _d: int, data: bytes) -> Answer:
        self.at(scl, sda).chip(address).write(data)
        return len(data)

    def _read(self, scl: int, sda: int, address: int, length: int, *_: object) -> Answer:
        data = self.at(scl, sda).chip(address).read(length)
        if len(data) != length:
            raise EspError(_ETIMEDOUT)
        return data
