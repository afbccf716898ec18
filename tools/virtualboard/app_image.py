"""Verifies an app image in the flash as ESP-IDF 5.4's bootloader does (`esp_image_format.c`).

Written apart from the tool that makes images on purpose: a bootloader believes no tool.
"""

from __future__ import annotations

import hashlib
import struct

from .flash import Flash
from .partition_table import Partition

_CHIP_ESP32 = 0
_CHIP_REVISION = 301  # major * 100 + minor: an ESP32 v3.1
_MAX_SEGMENTS = 16
_MAX_SEGMENT_BYTES = 16 << 20
_MMU_PAGE = 0x10000
_CHECKSUM_SEED = 0xEF
_HEADER = struct.Struct("<BBBBIB3sHBHH4sB")
_SEGMENT = struct.Struct("<II")
# Read through the cache from the flash: data, code.
_MAPPED = ((0x3F400000, 0x3F800000), (0x400D0000, 0x40400000))
# RTC fast (data side), DRAM, IRAM, RTC fast (code side), RTC slow.
_LOADABLE = (
    (0x3FF80000, 0x3FF82000),
    (0x3FFAE000, 0x40000000),
    (0x40080000, 0x400A0000),
    (0x400C0000, 0x400C2000),
    (0x50000000, 0x50002000),
)
_NOT_LOADED_BELOW = 0x10000000


class ImageError(Exception):
    """The bootloader would not start this image."""


def verify(flash: Flash, part: Partition) -> int:
    """Check the image at the start of `part`; its length in bytes. ImageError: what is wrong."""
    raw = flash.read(part.address, part.size)
    segments, has_hash = _check_header(raw)
    end, checksum = _check_segments(raw, segments)
    end = (end + 16) & ~15
    if end > part.size:
        raise ImageError(f"image of {end} bytes does not fit the partition")
    if raw[end - 1] != checksum:
        raise ImageError(f"checksum failed: calculated {checksum:#x}, read {raw[end - 1]:#x}")
    if not has_hash:
        return end
    if end + 32 > part.size:
        raise ImageError(f"image of {end + 32} bytes does not fit the partition")
    if hashlib.sha256(raw[:end]).digest() != raw[end : end + 32]:
        raise ImageError("image hash failed: image is corrupt")
    return end + 32


def _check_header(raw: bytes) -> tuple[int, bool]:
    """Number of segments, and whether a SHA-256 is appended."""
    fields = _HEADER.unpack_from(raw)
    magic, segments = fields[0], fields[1]
    chip, min_revision, max_revision, has_hash = fields[7], fields[9], fields[10], fields[12]
    if magic != 0xE9:
        raise ImageError(f"image has invalid magic byte (nothing flashed here?): {magic:#x}")
    if chip != _CHIP_ESP32:
        raise ImageError(f"image is for chip {chip}, not for an ESP32")
    # 0 and 0xffff in the upper bound mean that there is none.
    if min_revision > _CHIP_REVISION or 0 < max_revision < _CHIP_REVISION:
        raise ImageError(f"image is for chip revisions {min_revision} to {max_revision}")
    if segments > _MAX_SEGMENTS:
        raise ImageError(f"segment count {segments} exceeds {_MAX_SEGMENTS}")
    return segments, has_hash == 1


def _check_segments(raw: bytes, count: int) -> tuple[int, int]:
    """Offset behind the last segment, and the checksum of all segments' data."""
    offset = _HEADER.size
    checksum = _CHECKSUM_SEED
    for number in range(count):
        if offset + _SEGMENT.size > len(raw):
            raise ImageError(f"segment {number} does not fit the partition")
        load_address, length = _SEGMENT.unpack_from(raw, offset)
        offset += _SEGMENT.size
        _check_segment(number, load_address, length, offset)
        if offset + length > len(raw):
            raise ImageError(f"segment {number} does not fit the partition")
        checksum ^= _xor_of_bytes(raw[offset : offset + length])
        offset += length
    return offset, checksum


def _check_segment(number: int, load_address: int, length: int, data_offset: int) -> None:
    if length % 4 or length >= _MAX_SEGMENT_BYTES:
        raise ImageError(f"segment {number} has invalid length {length:#x}")
    if _inside(load_address, 0, _MAPPED):
        if data_offset % _MMU_PAGE != load_address % _MMU_PAGE:
            raise ImageError(f"segment {number} load address {load_address:#x} does not match data")
    elif load_address >= _NOT_LOADED_BELOW and not _inside(load_address, length, _LOADABLE):
        raise ImageError(f"segment {number} has bad load address {load_address:#x}")


def _inside(address: int, length: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(start <= address < end and address + length <= end for start, end in ranges)


def _xor_of_bytes(data: bytes) -> int:
    """XOR of all bytes, by folding one big number: a slot of 1.6 MB in about a millisecond."""
    value = int.from_bytes(data, "little")
    bits = 8 << max(0, (len(data) - 1).bit_length())
    while bits > 8:
        bits //= 2
        value = (value >> bits) ^ (value & ((1 << bits) - 1))
    return value
