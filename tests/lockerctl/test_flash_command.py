"""`lockerctl flash`: with esptool, to a mock of the ESP32's ROM bootloader."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from esp32_mock_bootloader import MockHandle, mock_bootloader  # type: ignore[import-untyped]
from esptool.cmds import detect_chip, run_stub  # type: ignore[import-untyped]
from tooling import image_options, invoke, ram_image, refusal, release_inputs, run

from unixport import BIN

SECTOR = 4096


@pytest.fixture
def chip() -> Iterator[MockHandle]:
    with mock_bootloader(chip="esp32") as mock:
        yield mock


@pytest.fixture
def image(sources: Path, tmp_path: Path) -> Path:
    """A flash image that a real board could start, as far as a mock can tell."""
    core, bootloader = tmp_path / "core.bin", tmp_path / "bootloader.bin"
    core.write_bytes(ram_image(100_000, is_app=True))
    bootloader.write_bytes(ram_image(20_000, is_app=False))
    release, out = tmp_path / "1.0.0", tmp_path / "board.bin"
    inputs = release_inputs(sources, core)
    run("release", "build", "--version", "1.0.0", "--out", release, *inputs)
    run("image", "build", *image_options(release, out), "--bootloader", bootloader)
    return out


def md5_on(chip: MockHandle, start: int, length: int) -> str:
    """The MD5 of a part of the mock's flash, asked for over a connection of its own."""
    loader = run_stub(detect_chip(chip.url()))
    try:
        digest = loader.flash_md5sum(start, length)
        assert isinstance(digest, str)
        return digest
    finally:
        loader._port.close()


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def written(shown: str) -> int:
    """How many bytes `lockerctl flash` says it wrote."""
    words = shown.splitlines()[-1].split("; ")[1].split()
    assert words[1:3] == ["of", "4194304"]
    return int(words[0])


def test_what_was_written_equals_the_image(chip: MockHandle, image: Path) -> None:
    flash = image.read_bytes()
    shown = run("flash", "--port", chip.url(), image)
    assert md5_on(chip, 0, len(flash)) == md5(flash)
    assert md5_on(chip, 0x1000, 0x8000) == md5(flash[0x1000:0x9000])
    assert 100_000 < written(shown) < 1_000_000


def test_what_was_on_the_chip_before_is_gone(chip: MockHandle, image: Path, tmp_path: Path) -> None:
    """Blank parts are erased, not skipped: an old otadata would choose the old slot."""
    flash, junk = image.read_bytes(), tmp_path / "junk.bin"
    junk.write_bytes(bytes(range(256)) * (4096 * 4))
    write = [str(BIN / "esptool"), "--port", chip.url(), "write-flash", "0", str(junk)]
    # On a busy machine the mock's answer may come too late for esptool.
    tries = (subprocess.run(write, capture_output=True, timeout=60, check=False) for _ in range(3))
    assert any(each.returncode == 0 for each in tries)
    assert md5_on(chip, 0, len(flash)) == md5(junk.read_bytes())
    assert written(run("flash", "--port", chip.url(), image)) == len(flash)
    assert md5_on(chip, 0, len(flash)) == md5(flash)


def test_only_what_differs_is_written(chip: MockHandle, image: Path) -> None:
    run("flash", "--port", chip.url(), image)
    assert written(run("flash", "--port", chip.url(), image)) == 0
    flash = bytearray(image.read_bytes())
    flash[0x3E0000 + 5 * SECTOR] = 0
    image.write_bytes(flash)
    assert written(run("flash", "--port", chip.url(), image)) == 64 * 1024
    assert md5_on(chip, 0, len(flash)) == md5(bytes(flash))


def test_another_chip_is_refused_and_not_touched(image: Path) -> None:
    with mock_bootloader(chip="esp32s3") as chip:
        line = told(chip.url(), image)
        assert line.endswith("the chip is an ESP32-S3, not an ESP32")
        loader = run_stub(detect_chip(chip.url()))
        assert loader.flash_md5sum(0, 4096) == md5(b"\xff" * 4096)
        loader._port.close()


def test_flash_of_another_size_is_refused(chip: MockHandle, image: Path, tmp_path: Path) -> None:
    bigger = tmp_path / "bigger.bin"
    bigger.write_bytes(image.read_bytes() * 2)
    assert "the board has 4MB of flash, the image 8388608 bytes" in told(chip.url(), bigger)
    assert md5_on(chip, 0, 0x10000) == md5(b"\xff" * 0x10000)


def test_port_that_is_not_there_is_refused(image: Path, tmp_path: Path) -> None:
    line = told(str(tmp_path / "ttyNONE"), image)
    assert "cannot flash the board: " in line


def told(port: str, image: Path) -> str:
    """The one line of lockerctl's refusal; esptool tells its progress on stdout."""
    result = invoke("flash", "--port", port, image)
    assert result.exit_code == 1, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("lockerctl: ")]
    return line


# Refused before anybody looks for a board.


def test_image_for_the_virtual_board_is_refused(first_release: Path, tmp_path: Path) -> None:
    out = tmp_path / "virtual.bin"
    run("image", "build", *image_options(first_release, out))
    assert "no real board could start it" in refusal("flash", "--port", "none", out)


def test_stand_in_core_is_refused(first_release: Path, tmp_path: Path) -> None:
    out, bootloader = tmp_path / "board.bin", tmp_path / "bootloader.bin"
    bootloader.write_bytes(ram_image(20_000, is_app=False))
    run("image", "build", *image_options(first_release, out), "--bootloader", bootloader)
    assert "its core is a stand-in" in refusal("flash", "--port", "none", out)


def test_file_that_is_no_flash_image_is_refused(core_file: Path) -> None:
    line = refusal("flash", "--port", "none", core_file)
    assert f"{core_file}: no flash image" in line
