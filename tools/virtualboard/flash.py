"""A NOR flash chip that lives in a file, and the power switch that can be cut at any operation.

Rules of the chip: erasing sets a sector of 4 KiB to 0xff, programming only clears bits.
"""

from __future__ import annotations

import fcntl
import mmap
import random
import time
from pathlib import Path

from .errors import PowerCutError, VirtualBoardError

SECTOR_BYTES = 4096
PAGE_BYTES = 256
_CHIP_BYTES = tuple(mib << 20 for mib in (1, 2, 4, 8, 16))
# Typical times of a W25Q32JV.
_ERASE_S = 0.045
_PAGE_PROGRAM_S = 0.0004


class Flash:
    """The chip in the file at `path`, changed in place.

    `operations` counts what changes the chip: erasing a sector is one, programming inside a sector
    is one, whatever its length; what spans sectors is one for each. `erases` counts per sector.
    `slowness` 1.0 makes operations as slow as a real chip's, 0 takes no time.
    """

    def __init__(self, path: Path, *, slowness: float = 0.0) -> None:
        self.path = path
        self.slowness = slowness
        self.operations = 0
        self._cut: tuple[int, bool] | None = None
        try:
            self._file = path.open("r+b")
        except OSError as error:
            raise VirtualBoardError(f"{path}: {error.strerror}") from None
        try:
            self._map = self._claim()
        except VirtualBoardError:
            self._file.close()
            raise
        self.size = len(self._map)
        self.erases = [0] * (self.size // SECTOR_BYTES)

    def _claim(self) -> mmap.mmap:
        size = self.path.stat().st_size
        if size not in _CHIP_BYTES:
            raise VirtualBoardError(
                f"{self.path}: {size} bytes is not the size of a flash chip; "
                "build a full image with `lockerctl image build`"
            )
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise VirtualBoardError(f"{self.path}: another virtual board runs on it") from None
        return mmap.mmap(self._file.fileno(), size)

    def close(self) -> None:
        """Give the file back. The chip keeps its bytes."""
        self._map.close()
        self._file.close()

    def read(self, address: int, length: int) -> bytes:
        """`length` bytes from `address`; ValueError outside the chip."""
        self._check(address, length)
        return self._map[address : address + length]

    def erase_sector(self, address: int) -> None:
        """Set the sector at `address`, a multiple of 4096, to 0xff."""
        self._check(address, SECTOR_BYTES)
        if address % SECTOR_BYTES:
            raise ValueError(f"{address:#x} is not the start of a sector")
        torn = self._begin()
        self.erases[address // SECTOR_BYTES] += 1
        if torn:
            self._map[address : address + SECTOR_BYTES] = self._torn_erase(address)
            raise PowerCutError
        self._map[address : address + SECTOR_BYTES] = b"\xff" * SECTOR_BYTES
        self._take(_ERASE_S)

    def program(self, address: int, data: bytes) -> None:
        """Clear the bits that are 0 in `data`, sector by sector."""
        self._check(address, len(data))
        done = 0
        while done < len(data):
            room = SECTOR_BYTES - (address + done) % SECTOR_BYTES
            self._program_in_sector(address + done, data[done : done + room])
            done += room

    def cut_power_at(self, operation: int, *, torn: bool = False) -> None:
        """Let the power go at that operation, counted like `operations` (the first ever is 1).

        It is not begun, or, when `torn`, left half done: the same way each time.
        """
        if operation <= self.operations:
            raise ValueError(f"operation {operation} is over, {self.operations} were made")
        self._cut = (operation, torn)

    def keep_power(self) -> None:
        """Forget a cut that has not come yet."""
        self._cut = None

    def _check(self, address: int, length: int) -> None:
        if address < 0 or length < 0 or address + length > self.size:
            raise ValueError(f"{length} bytes at {address:#x} are outside the chip")

    def _begin(self) -> bool:
        """Count an operation; True if it is to be torn."""
        self.operations += 1
        if self._cut is None or self._cut[0] != self.operations:
            return False
        torn = self._cut[1]
        self._cut = None
        if not torn:
            raise PowerCutError
        return True

    def _program_in_sector(self, address: int, data: bytes) -> None:
        if self._begin():
            chance = random.Random(self.operations)  # noqa: S311 - to be repeated
            whole = chance.randrange(len(data))
            half = data[whole] | chance.randrange(256)
            self._clear_bits(address, data[:whole] + bytes((half,)))
            raise PowerCutError
        self._clear_bits(address, data)
        self._take(_PAGE_PROGRAM_S * -(-len(data) // PAGE_BYTES))

    def _clear_bits(self, address: int, data: bytes) -> None:
        old = int.from_bytes(self._map[address : address + len(data)], "little")
        new = old & int.from_bytes(data, "little")
        self._map[address : address + len(data)] = new.to_bytes(len(data), "little")

    def _torn_erase(self, address: int) -> bytes:
        """A sector whose beginning is erased, one page of it partly, and whose rest is old."""
        chance = random.Random(self.operations)  # noqa: S311 - to be repeated
        old = self._map[address : address + SECTOR_BYTES]
        start = chance.randrange(SECTOR_BYTES // PAGE_BYTES) * PAGE_BYTES
        end = start + PAGE_BYTES
        weak = bytes(byte | chance.randrange(256) for byte in old[start:end])
        return b"\xff" * start + weak + old[end:]

    def _take(self, seconds: float) -> None:
        if self.slowness:
            time.sleep(seconds * self.slowness)
