"""`lockerctl image show`: says what is there, and never a secret."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from tooling import image_options, refusal, run

from lockerctl.partitions import load_map

MAP = load_map("4MiB")


@pytest.fixture
def image(first_release: Path, tmp_path: Path) -> Path:
    out = tmp_path / "board.bin"
    run("image", "build", *image_options(first_release, out))
    return out


def show(image: Path) -> str:
    return run("image", "show", image)


def patch(image: Path, name: str, offset: int, data: bytes) -> None:
    flash = bytearray(image.read_bytes())
    at = MAP[name].offset + offset
    flash[at : at + len(data)] = data
    image.write_bytes(flash)


def entry(seq: int, state: int) -> bytes:
    crc = zlib.crc32(struct.pack("<I", seq), 0xFFFFFFFF)
    return struct.pack("<I20sII", seq, b"\xff" * 20, state, crc)


def copy_slot(image: Path) -> None:
    """Put what slot 0 holds into slot 1 as well."""
    flash = image.read_bytes()
    for kind in ("ota", "store"):
        source = MAP[f"{kind}_0"]
        patch(image, f"{kind}_1", 0, flash[source.offset : source.end])


def test_new_board_is_told_from_the_table_to_the_last_file(image: Path) -> None:
    shown = show(image)
    for line in (
        "flash of 4194304 bytes",
        "ota_0      app/ota_0      0x010000  0x1a0000",
        "otadata entry 0: empty",
        "  starting ota_0,",
        "  header: locker 1.0.0, sequence 1",
        "  committed: yes, failed: no",
        "/locker/doors.mpy",
        "/texts/en.json",
        "/boot.py",
        "  id: cabinet-0001",
        "  server: http://10.0.0.2:8080",
        "files on data: 1",
    ):
        assert line in shown, line
    assert "BROKEN" not in shown
    assert "slot 1\n  app image: blank\n  header: blank" in shown


def test_secrets_are_not_shown(image: Path) -> None:
    shown = show(image)
    assert "s3cret-t0ken" not in shown
    assert "hall-passw0rd" not in shown
    assert "  token: set" in shown
    assert "  wifi: Hall (with key), Guests (open)" in shown


def test_what_must_not_go_to_a_customer_is_said_aloud(first_release: Path, tmp_path: Path) -> None:
    plain, loud = tmp_path / "plain.bin", tmp_path / "loud.bin"
    run("image", "build", *image_options(first_release, plain))
    run("image", "build", *image_options(first_release, loud), "--developer")
    assert "DEVELOPER MODE" in show(loud)
    assert "DEVELOPER MODE" not in show(plain)
    for words in ("STAND-IN CORE in ota_0", "NO BOOTLOADER"):
        assert words in show(plain)


@pytest.mark.parametrize(
    ("entries", "said", "boots"),
    [
        ((entry(1, 2), entry(2, 0)), "otadata entry 1: seq 2 NEW", "ota_1"),
        ((entry(1, 2), entry(2, 1)), "otadata entry 1: seq 2 PENDING_VERIFY", "ota_0"),
        ((entry(1, 2), entry(2, 2)), "otadata entry 1: seq 2 VALID", "ota_1"),
        ((entry(3, 2), entry(2, 2)), "otadata entry 0: seq 3 VALID", "ota_0"),
        ((entry(1, 2), entry(2, 3)), "otadata entry 1: seq 2 INVALID", "ota_0"),
        ((entry(1, 2), entry(2, 4)), "otadata entry 1: seq 2 ABORTED", "ota_0"),
        ((entry(1, 2), entry(2, 0xFFFFFFFF)), "otadata entry 1: seq 2 UNDEFINED", "ota_1"),
        ((entry(1, 2), entry(2, 2)[:-1] + b"\0"), "otadata entry 1: seq 2 VALID, bad CRC", "ota_0"),
    ],
    ids=["new", "pending", "valid", "higher", "invalid", "aborted", "undefined", "crc"],
)
def test_slot_that_boots_is_named_with_the_states(
    image: Path, entries: tuple[bytes, bytes], said: str, boots: str
) -> None:
    copy_slot(image)
    for index, raw in enumerate(entries):
        patch(image, "otadata", index * 4096, raw)
    before = image.read_bytes()
    shown = show(image)
    assert said in shown
    assert f"  starting {boots}," in shown
    assert image.read_bytes() == before


def test_slot_that_cannot_boot_is_named_with_the_reason(image: Path) -> None:
    copy_slot(image)
    patch(image, "otadata", 0, entry(1, 2))
    patch(image, "otadata", 4096, entry(2, 0))
    patch(image, "ota_1", 5000, b"\x00\x01\x02\x03")
    shown = show(image)
    assert "  ota_1 is not bootable: " in shown
    assert "  starting ota_0," in shown
    assert "slot 1\n  app image: its checksum is" in shown


def test_broken_layer_is_said(image: Path) -> None:
    patch(image, "store_0", 4096 + 100, b"\xa5\x5a")
    states = {
        line.split()[0]: line.split()[-1] for line in show(image).splitlines() if "1.0.0+" in line
    }
    assert states == {"core": "holds", "app": "BROKEN", "assets": "holds"}


@pytest.mark.parametrize(
    ("offset", "data", "said"),
    [
        (24, b"\xff" * 4, "committed: no, failed: no"),
        (28, bytes(4), "committed: yes, failed: yes"),
        (24, b"\xfe\xff\xff\xff", "committed: yes, half programmed (0xfffffffe)"),
        (8, b"\x09", "header: damaged (table)"),
        (520, b"\x09", "header: damaged (manifest)"),
        (0, b"\xff" * 4096, "header: blank"),
    ],
    ids=["uncommitted", "failed", "torn", "table", "manifest", "blank"],
)
def test_state_of_a_header_is_told(image: Path, offset: int, data: bytes, said: str) -> None:
    patch(image, "store_0", offset, data)
    assert said in show(image)


def test_file_systems_that_do_not_mount_are_told(image: Path) -> None:
    patch(image, "vfs", 0, bytes(8192))
    patch(image, "data", 0, bytes(8192))
    shown = show(image)
    assert "identity: none" in shown
    assert "files on vfs: BROKEN" in shown
    assert "files on data: BROKEN" in shown


@pytest.mark.parametrize("data", [b"", b"\xff" * 0x10000, b"text"])
def test_file_that_is_no_flash_image_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(data)
    assert f"{path}: no flash image" in refusal("image", "show", path)


def test_image_cut_off_behind_its_table_is_told_as_it_is(image: Path) -> None:
    image.write_bytes(image.read_bytes()[:0x20000])
    shown = show(image)
    assert "is not the size of a flash chip" in shown
    assert "app image: it is cut short" in shown


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert "none.bin: cannot read it" in refusal("image", "show", tmp_path / "none.bin")
