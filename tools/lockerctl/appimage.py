"""ESP32 app images: what the bootloader checks before it starts one, checked beforehand.

Source: ESP-IDF `esp_app_format.h`, `esp_image_format.c`; the order of the checks is theirs.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import reduce
from operator import xor

from esptool.targets import CHIP_DEFS  # type: ignore[import-untyped]

MAGIC = 0xE9
DIGEST_SIZE = 32
STAND_IN = "stand-in core"

_HEADER = struct.Struct("<4BI4xH9xB")
_SEGMENT = struct.Struct("<II")
_MAX_SEGMENTS = 16
_CHECKSUM_SEED = 0xEF
_MMU_PAGE = 0x10000
# Data and code that the chip maps from the flash (ESP32's memory map).
_MAPPED = (range(0x3F400000, 0x3F800000), range(0x400D0000, 0x40400000))
_CHIP_ESP32 = 0

# `esp_app_desc_t`, at the start of the first segment: magic, version, project name, IDF version.
DESCRIPTOR = struct.Struct("<I12x32s32s32x32s")
DESCRIPTOR_MAGIC = 0xABCD5432


class ImageError(Exception):
    """The bytes are no image that an ESP32's bootloader would start."""


@dataclass(frozen=True)
class AppImage:
    """A valid image: its length in bytes and what it says of itself.

    `is_app`: it has the description that every app has, and no bootloader.
    """

    length: int
    sha256: bytes
    is_app: bool
    project: str
    version: str
    idf_version: str

    @property
    def is_stand_in(self) -> bool:
        """True for an image that has no program in it."""
        return self.project == STAND_IN


def parse_image(data: bytes) -> AppImage:
    """Check an app or bootloader image at the start of `data`; what lies behind it is ignored.

    Raises ImageError: the first thing wrong.
    """
    if len(data) < _HEADER.size:
        raise ImageError(f"{len(data)} bytes are no image: it is cut short")
    magic, count, _, _, _, chip, hashed = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise ImageError(f"it starts with {magic:#04x}: an image starts with {MAGIC:#04x}")
    if chip != _CHIP_ESP32:
        raise ImageError(f"it is for {_chip_name(chip)}, not for ESP32")
    if not 1 <= count <= _MAX_SEGMENTS:
        raise ImageError(f"it has {count} segments: 1 to {_MAX_SEGMENTS} are allowed")
    if hashed != 1:
        raise ImageError("it has no SHA-256 behind it")
    end, checksum = _walk_segments(data, count)
    # At least one byte of padding, so that the checksum ends a line of 16.
    end = end // 16 * 16 + 16
    _check_end(data, end, checksum)
    return _describe(data, end + DIGEST_SIZE)


def _chip_name(number: int) -> str:
    names: dict[int, str] = {chip.IMAGE_CHIP_ID: chip.CHIP_NAME for chip in CHIP_DEFS.values()}
    return names.get(number, f"chip {number}")


def _walk_segments(data: bytes, count: int) -> tuple[int, int]:
    """Where the last segment ends, and the checksum of all."""
    position, checksum = _HEADER.size, _CHECKSUM_SEED
    for index in range(count):
        start = position + _SEGMENT.size
        if start > len(data):
            raise ImageError(f"it is cut short before segment {index}")
        address, length = _SEGMENT.unpack_from(data, position)
        position = start + length
        if length % 4:
            raise ImageError(f"segment {index} has {length} bytes, not a multiple of 4")
        if position > len(data):
            raise ImageError(
                f"it is cut short in segment {index}: {position - len(data)} bytes less"
            )
        if any(address in region for region in _MAPPED) and (address - start) % _MMU_PAGE:
            raise ImageError(f"segment {index} at {start:#x} cannot be mapped to {address:#x}")
        checksum ^= _xor(data[start:position])
    return position, checksum


def _xor(data: bytes) -> int:
    """All bytes XORed: halves folded on to one another until one line is left."""
    while len(data) > 64:
        half = (len(data) + 1) // 2
        folded = int.from_bytes(data[:half], "little") ^ int.from_bytes(data[half:], "little")
        data = folded.to_bytes(half, "little")
    return reduce(xor, data, 0)


def _check_end(data: bytes, end: int, checksum: int) -> None:
    """The checksum ends at `end`, the hash lies behind it."""
    if len(data) < end + DIGEST_SIZE:
        raise ImageError(
            f"it is cut short: {end + DIGEST_SIZE - len(data)} bytes less than it says"
        )
    if data[end - 1] != checksum:
        raise ImageError(f"its checksum is {checksum:#04x}, it says {data[end - 1]:#04x}")
    if hashlib.sha256(data[:end]).digest() != data[end : end + DIGEST_SIZE]:
        raise ImageError("its SHA-256 does not match its bytes")


def _describe(data: bytes, length: int) -> AppImage:
    start = _HEADER.size + _SEGMENT.size
    described = data[start : start + DESCRIPTOR.size].ljust(DESCRIPTOR.size, b"\0")
    magic, *fields = DESCRIPTOR.unpack(described)
    is_app = magic == DESCRIPTOR_MAGIC
    texts = (field.split(b"\0")[0].decode("ascii", "replace") if is_app else "" for field in fields)
    version, project, idf_version = texts
    sha256 = data[length - DIGEST_SIZE : length]
    return AppImage(length, sha256, is_app, project, version, idf_version)


def set_flash_size(image: bytes, flash_size: int) -> bytes:
    """The image with another flash size (bytes) in its header, its hash made anew if it changed.

    The bootloader refuses partitions beyond the size that its own header says.
    """
    mib = flash_size // (1024 * 1024)
    settings = (mib.bit_length() - 1) << 4 | image[3] & 0x0F
    if image[3] == settings:
        return image
    body = image[:3] + bytes([settings]) + image[4:-DIGEST_SIZE]
    return body + hashlib.sha256(body).digest()
