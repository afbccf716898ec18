"""App images and cores: what is taken, what is refused, and the stand-in."""

from __future__ import annotations

import hashlib
import io
import struct
from pathlib import Path

import pytest
from esptool.bin_image import ESP32FirmwareImage  # type: ignore[import-untyped]
from tooling import ram_image

from lockerctl.appimage import ImageError, parse_image, set_flash_size
from lockerctl.blocks import pack_layer
from lockerctl.core import load_bootloader, load_core
from lockerctl.errors import UserError
from lockerctl.partition_table import APP, DATA, Partition, pack_table
from lockerctl.stand_in import stand_in

SMALL = stand_in("small", 200_000)


def rehashed(image: bytes) -> bytes:
    """The image with the SHA-256 that its changed bytes need."""
    return image[:-32] + hashlib.sha256(image[:-32]).digest()


BOOTLOADER = ram_image(40 * 256, is_app=False)


def combined(app: bytes, offset: int = 0x10000) -> bytes:
    """A download as MicroPython's: bootloader, table and app, from flash 0x1000 on."""
    table = pack_table(
        [
            Partition("nvs", DATA, 2, 0x9000, 0x6000),
            Partition("factory", APP, 0, offset, 0x1F0000),
        ]
    )
    start = BOOTLOADER.ljust(0x7000, b"\xff") + table
    return start.ljust(offset - 0x1000, b"\xff") + app


def test_stand_in_is_what_esptool_takes_for_an_esp32_image() -> None:
    image = ESP32FirmwareImage(io.BytesIO(stand_in()))
    assert image.chip_id == 0
    assert image.checksum == image.calculate_checksum()
    assert image.stored_digest == image.calc_digest
    assert len(image.segments) >= 4


def test_stand_in_has_a_realistic_size_and_compresses_like_micropython() -> None:
    core = stand_in()
    assert 1_590_000 < len(core) < 1_610_000
    _, artifact = pack_layer(core)
    assert 0.66 < len(artifact) / len(core) < 0.70


def test_stand_in_is_the_same_for_the_same_name_only() -> None:
    assert stand_in("a", 200_000) == stand_in("a", 200_000)
    assert stand_in("a", 200_000) != stand_in("b", 200_000)


def test_stand_in_says_what_it_is() -> None:
    image = parse_image(stand_in("spring", 200_000))
    assert image.is_stand_in
    assert (image.project, image.version) == ("stand-in core", "spring")


def test_image_is_as_long_as_its_header_says_whatever_lies_behind() -> None:
    image = parse_image(SMALL + b"\xff" * 5000)
    assert image.length == len(SMALL)
    assert image.sha256 == SMALL[-32:]


def test_image_cut_anywhere_is_refused() -> None:
    for length in [*range(40), *range(40, len(SMALL), 4999), *range(len(SMALL) - 40, len(SMALL))]:
        with pytest.raises(ImageError):
            parse_image(SMALL[:length])


def test_image_with_any_byte_changed_is_refused() -> None:
    for offset in [*range(300), *range(300, len(SMALL), 4999), *range(len(SMALL) - 60, len(SMALL))]:
        changed = bytearray(SMALL)
        changed[offset] ^= 0x10
        with pytest.raises(ImageError):
            parse_image(bytes(changed))


@pytest.mark.parametrize(
    ("offset", "value", "problem"),
    [
        (0, b"\xff", "starts with 0xff"),
        (12, b"\x09", "is for ESP32-S3, not for ESP32"),
        (12, b"\x63", "is for chip 99, not for ESP32"),
        (1, b"\x00", "0 segments"),
        (1, b"\x11", "17 segments"),
        (23, b"\x00", "no SHA-256"),
        (24, struct.pack("<I", 0x3F400024), "cannot be mapped"),
        (28, struct.pack("<I", 0x7D02), "not a multiple of 4"),
        (28, struct.pack("<I", 0xFFFFFFFC), "cut short in segment 0"),
        (100, b"\x00\x01", "checksum"),
    ],
)
def test_image_that_the_bootloader_would_not_start_is_refused(
    offset: int, value: bytes, problem: str
) -> None:
    image = rehashed(SMALL[:offset] + value + SMALL[offset + len(value) :])
    with pytest.raises(ImageError, match=problem):
        parse_image(image)


def test_changes_that_the_checksum_misses_are_caught_by_the_hash() -> None:
    changed = bytearray(SMALL)
    changed[5000] ^= 1
    changed[6000] ^= 1
    with pytest.raises(ImageError, match="SHA-256 does not match"):
        parse_image(bytes(changed))


def test_bootloader_gets_the_flash_size_it_is_used_with() -> None:
    for mib, nibble in ((4, 2), (8, 3), (16, 4)):
        image = set_flash_size(SMALL, mib * 1024 * 1024)
        assert image[3] >> 4 == nibble
        assert image[3] & 15 == SMALL[3] & 15
        assert parse_image(image).length == len(SMALL)
    assert set_flash_size(SMALL, 4 * 1024 * 1024) == SMALL


def test_core_is_taken_from_a_file_with_the_app_alone(tmp_path: Path) -> None:
    path = tmp_path / "app.bin"
    path.write_bytes(SMALL + b"\xff" * 100)
    assert load_core(str(path)).data == SMALL


@pytest.mark.parametrize("offset", [0x10000, 0x20000])
def test_core_is_found_by_the_table_in_a_combined_file(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "combined.bin"
    path.write_bytes(combined(SMALL, offset))
    assert load_core(str(path)).data == SMALL
    assert load_bootloader(path) == BOOTLOADER


def test_combined_file_without_its_app_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "combined.bin"
    path.write_bytes(combined(b""))
    with pytest.raises(UserError, match="cut short"):
        load_core(str(path))


def test_combined_file_cut_behind_its_bootloader_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.bin"
    path.write_bytes(combined(SMALL)[:0x5000])
    with pytest.raises(UserError, match="a bootloader alone is none"):
        load_core(str(path))


def test_combined_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path, whole = tmp_path / "cut.bin", combined(SMALL)
    for length in [*range(0, len(whole), 4001), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(UserError):
            load_core(str(path))


def test_bootloader_is_not_taken_from_an_app(tmp_path: Path) -> None:
    path = tmp_path / "app.bin"
    path.write_bytes(SMALL)
    with pytest.raises(UserError, match="holds no bootloader"):
        load_bootloader(path)


def test_bootloader_is_taken_from_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "bootloader.bin"
    path.write_bytes(BOOTLOADER)
    assert load_bootloader(path) == BOOTLOADER


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.bin: cannot read it: No such file"):
        load_core(str(tmp_path / "none.bin"))


def test_official_core_and_bootloader_are_taken(official: Path) -> None:
    core = load_core(str(official))
    assert not core.image.is_stand_in
    assert core.data[-32:] == core.image.sha256
    assert core.image.idf_version.startswith("v5.")
    assert official.read_bytes().find(core.data) == 0xF000
    assert official.read_bytes().startswith(load_bootloader(official))
