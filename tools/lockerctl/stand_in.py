"""An app image without a program, for who has no official core at hand."""

from __future__ import annotations

import hashlib

from esptool.bin_image import (  # type: ignore[import-untyped]
    ELFSection,
    ESP32FirmwareImage,
)

from lockerctl.appimage import DESCRIPTOR, DESCRIPTOR_MAGIC, STAND_IN

# Section, address and share of the size, as in an official MicroPython.
_SECTIONS = (
    (".flash.rodata", 0x3F400020, 0.16),
    (".dram0.data", 0x3FFB0000, 0.008),
    (".flash.text", 0x400D0020, 0.76),
    (".iram0.text", 0x40080000, 0.072),
)
_DESCRIPTOR_SIZE = 256
_DIO = 2
_4MB_40MHZ = 0x20


def stand_in(name: str = "", size: int = 1_600_000) -> bytes:
    """A valid image of about `size` bytes; the same name and size give the same bytes.

    Only the virtual board can run it, whose MicroPython lies elsewhere. It is laid out like the
    real one and as compressible: blocks of 16 KiB shrink to about 68 %.
    """
    image = ESP32FirmwareImage()
    image.flash_mode, image.flash_size_freq = _DIO, _4MB_40MHZ
    image.entrypoint = 0x40080000
    image.max_rev_full = 399
    start = DESCRIPTOR.pack(DESCRIPTOR_MAGIC, name.encode(), STAND_IN.encode(), b"")
    start = start.ljust(_DESCRIPTOR_SIZE, b"\0")
    for section, address, share in _SECTIONS:
        length = int(size * share) // 4 * 4
        data = start + _filling(name + section, length - len(start))
        image.segments.append(ELFSection(section.encode(), address, data, 0))
        start = b""
    made = image.save(None)
    assert isinstance(made, bytes)
    return made


def _filling(seed: str, length: int) -> bytes:
    """Bytes of 40 values, evenly: deflate leaves 68 % of them."""
    letters = bytes(value % 40 for value in range(256))
    return hashlib.shake_256(seed.encode()).digest(length).translate(letters)
