"""Flash images made by hand for these tests: what the virtual board reads must not depend on the
tool that writes the real ones."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from littlefs import LittleFS

from virtualboard.flash import SECTOR_BYTES

FLASH_BYTES = 4 << 20
PART = {
    "nvs": (1, 0x02, 0x009000, 0x004000),
    "otadata": (1, 0x00, 0x00D000, 0x002000),
    "phy_init": (1, 0x01, 0x00F000, 0x001000),
    "ota_0": (0, 0x10, 0x010000, 0x1A0000),
    "ota_1": (0, 0x11, 0x1B0000, 0x1A0000),
    "store_0": (1, 0x40, 0x350000, 0x040000),
    "store_1": (1, 0x40, 0x390000, 0x040000),
    "vfs": (1, 0x81, 0x3D0000, 0x010000),
    "data": (1, 0x83, 0x3E0000, 0x020000),
}


@dataclass(frozen=True)
class Segment:
    address: int
    data: bytes


# Loads into RAM: its place in the file is free.
SMALL = (Segment(0x3FFB0000, bytes(range(64))),)


def app_image(
    segments: tuple[Segment, ...] = SMALL,
    *,
    chip: int = 0,
    min_revision: int = 0,
    max_revision: int = 399,
    with_hash: bool = True,
) -> bytes:
    """An app image as the facts describe it."""
    drive = b"\x00" * 3
    raw = struct.pack("<BBBBIB3s", 0xE9, len(segments), 2, 0x20, 0x40080000, 0xEE, drive)
    raw += struct.pack("<HBHH4sB", chip, 0, min_revision, max_revision, b"\x00" * 4, with_hash)
    checksum = 0xEF
    for segment in segments:
        raw += struct.pack("<II", segment.address, len(segment.data)) + segment.data
        for byte in segment.data:
            checksum ^= byte
    raw += b"\x00" * (15 - len(raw) % 16) + bytes((checksum,))
    return raw + (hashlib.sha256(raw).digest() if with_hash else b"")


def partition_table(parts: dict[str, tuple[int, int, int, int]], *, md5: bool = True) -> bytes:
    """The binary table as ESP-IDF's tool writes it."""
    raw = b"".join(
        struct.pack("<2sBBII16sI", b"\xaa\x50", *fields, name.encode(), 0)
        for name, fields in parts.items()
    )
    if md5:
        raw += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(raw).digest()
    return raw.ljust(0xC00, b"\xff")


def filesystem(files: dict[str, str | bytes], size: int = PART["vfs"][3]) -> bytes:
    """A littlefs that fills `size` bytes."""
    fs = LittleFS(block_size=SECTOR_BYTES, block_count=size // SECTOR_BYTES)
    for name, content in files.items():
        with fs.open(name, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    return bytes(fs.context.buffer)


def put(image: bytearray, name: str, content: bytes) -> None:
    _, _, address, size = PART[name]
    assert len(content) <= size
    image[address : address + len(content)] = content


def flash_image(
    files: dict[str, str | bytes],
    *,
    ota_0: bytes | None = None,
    ota_1: bytes | None = None,
) -> bytearray:
    """A whole flash: two slots with small apps, blank otadata, `files` in `vfs`."""
    image = bytearray(b"\xff" * FLASH_BYTES)
    image[0x8000:0x8C00] = partition_table(PART)
    put(image, "ota_0", app_image() if ota_0 is None else ota_0)
    put(image, "ota_1", app_image() if ota_1 is None else ota_1)
    put(image, "vfs", filesystem(files))
    return image


def write_flash(path: Path, files: dict[str, str | bytes]) -> Path:
    path.write_bytes(flash_image(files))
    return path
