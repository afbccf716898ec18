"""What every I2C chip has."""

from __future__ import annotations


class Chip:
    """A chip at a 7 bit `address`. One that `is_dead` does not acknowledge; in place of one that
    `is_foreign` somebody has soldered another chip, which acknowledges and understands nothing.

    Registers live through a reset of the ESP32 and are lost with the power.
    """

    def __init__(self, address: int) -> None:
        self.address = address
        self.is_dead = False
        self.is_foreign = False

    def power_on(self) -> None:
        """Registers take their reset values."""

    def acknowledges(self) -> bool:
        """Whether the chip answers to its address."""
        return not self.is_dead

    def write(self, data: bytes) -> None:
        """Bytes written after the address, up to the stop or the repeated start."""

    def read(self, length: int) -> bytes:
        """Bytes read after the address."""
        return b"\xff" * length
