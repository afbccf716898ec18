"""Partition maps: what is taken, what is refused and how, and the binary table."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from tooling import contents

from lockerctl.errors import UserError
from lockerctl.partition_table import TABLE_SIZE, TableError, pack_table, parse_table
from lockerctl.partitions import load_map, parse_csv
from lockerctl.paths import PARTITIONS

MIB = 1024 * 1024
GOOD = """\
# Name, Type, SubType, Offset, Size
nvs, data, nvs, 0x9000, 16K
otadata, data, ota, 0xd000, 0x2000
ota_0, app, ota_0, 0x10000, 1M
ota_1, app, ota_1, 0x110000, 1048576
store_0, data, 0x40, 0x210000, 0x40000
store_1, data, 64, 0x250000, 256K
vfs, data, fat, 0x290000, 0x10000,
data, data, littlefs, 0x2a0000, 0x20000
"""
# SHA-256 of the binary tables, computed with the package esp-idf-defs 0.1.7.
TABLES = {
    "4MiB": "7873014c666061b4bec0d10e989d7e688070e534e323aabb767506cc7d6eddf9",
    "8MiB": "a3f6bc28e639982182c592aafb2c3788bc55fe33871ffe7cfe52b7ddcb6e4056",
    "16MiB": "b7dcaddc110c33f8205d5777dda79e99519eeef502c336a0ca1a20f2ee24617c",
}


def refusal_of(text: str, flash_size: int = 4 * MIB) -> str:
    with pytest.raises(UserError) as caught:
        parse_csv(text, flash_size, "map.csv")
    return str(caught.value)


def test_numbers_and_words_are_read_as_esp_idf_writes_them() -> None:
    partitions = parse_csv(GOOD, 4 * MIB, "map.csv")
    assert partitions["nvs"].size == 0x4000
    assert partitions["ota_0"].size == partitions["ota_1"].size == MIB
    assert partitions["store_1"].subtype == partitions["store_0"].subtype == 0x40
    assert (partitions["ota_1"].type, partitions["ota_1"].subtype) == (0, 0x11)
    assert (partitions["vfs"].type, partitions["vfs"].subtype) == (1, 0x81)
    assert partitions["data"].subtype == 0x83
    assert partitions.slots == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("vfs, data", "data, data", 9, "the name data is taken already"),
        ("0x210000, 0x40000", "0x20f000, 0x40000", 6, "store_0 overlaps ota_1"),
        ("0x9000, 16K", "0x9100, 0x3000", 2, "not a multiple of 0x1000"),
        ("0x2a0000, 0x20000", "0x2a0000, 0x20100", 9, "size 0x20100 of data is not a multiple"),
        (
            "0x10000, 1M",
            "0x11000, 0xf0000",
            4,
            "offset 0x11000 of ota_0 is not a multiple of 0x10000",
        ),
        ("0x2a0000, 0x20000", "0x2a0000, 2M", 9, "data ends at 0x4a0000, the flash at 0x400000"),
        ("store_1, data", "extra, data", 5, "ota_1 has no store_1"),
        (
            "64, 0x250000, 256K",
            "64, 0x250000, 252K",
            7,
            "store_1 has 0x3f000 bytes, store_0 0x40000",
        ),
        ("0x110000, 1048576", "0x110000, 960K", 5, "ota_1 has 0xf0000 bytes, ota_0 0x100000"),
        ("0xd000, 0x2000", "0xd000, 0x1000", 3, "otadata is 0x2000 bytes, not 0x1000"),
        (
            "nvs, data, nvs, 0x9000, 16K",
            "nvs, data, ota, 0x9000, 0x2000",
            3,
            "otadata partition already",
        ),
        (
            "nvs, data, nvs, 0x9000",
            "nvs, data, nvs, 0x8000",
            2,
            "lies on the bootloader or the table",
        ),
        ("nvs, data, nvs", "a234567890123456, data, nvs", 2, "is not 1 to 15 of"),
        ("nvs, data, nvs", "nv s, data, nvs", 2, "is not 1 to 15 of"),
        ("app, ota_1", "app, factory", 5, "must have the name and the subtype ota_1"),
        ("ota_1, app", "second, app", 5, "must have the name and the subtype ota_1"),
        ("data, nvs", "data, nfs", 2, "subtype 'nfs' is not a number nor one of ota, phy, nvs"),
        ("nvs, data", "nvs, dada", 2, "type 'dada' is not a number nor one of app, data"),
        ("0x9000, 16K", "0x9000, 16KiB", 2, "size '16KiB' is not a number"),
        ("0x9000, 16K", "0x9000", 2, "4 fields instead of name, type, subtype, offset, size"),
        ("0x9000, 16K", ", 16K", 2, "offset '' is not a number"),
        ("0x9000, 16K", "0x9000, -4096", 2, "is not a multiple of 0x1000 above 0"),
        ("data, 64", "data, 0x1ff", 7, "numbers from 0 to 0xfe"),
    ],
)
def test_broken_rule_names_the_line_and_shows_the_table(
    old: str, new: str, line: int, problem: str
) -> None:
    text = GOOD.replace(old, new)
    assert text != GOOD
    message = refusal_of(text)
    first, *table = message.splitlines()
    assert first.startswith(f"map.csv:{line}: ")
    assert problem in first
    assert len(table) == len(text.splitlines())
    marked = [row for row in table if row.startswith(">")]
    assert marked == [f">{line:4}  {text.splitlines()[line - 1]}"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("otadata", "there is no otadata partition"),
        ("vfs", "there is no partition vfs"),
        ("data", "there is no partition data"),
        ("nvs", "there is no partition nvs"),
    ],
)
def test_missing_partition_is_refused(name: str, problem: str) -> None:
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"{name},"))
    assert problem in refusal_of(text).splitlines()[0]


def test_single_slot_is_refused() -> None:
    text = "\n".join(x for x in GOOD.splitlines() if not x.startswith(("ota_1", "store_1")))
    assert "an update needs two slots" in refusal_of(text)


def test_store_without_slot_is_refused() -> None:
    assert "store_2 has no ota_2" in refusal_of(GOOD + "store_2, data, 0x40, 0x300000, 0x40000\n")


def test_empty_file_is_refused() -> None:
    assert "map.csv: there is no otadata" in refusal_of("# nothing\n")


@pytest.mark.parametrize("name", sorted(TABLES))
def test_map_of_the_project_is_good_and_its_table_is_as_esp_idf_writes_it(name: str) -> None:
    partitions = load_map(name)
    table = pack_table(partitions)
    assert len(table) == TABLE_SIZE
    assert hashlib.sha256(table).hexdigest() == TABLES[name]
    assert parse_table(table) == list(partitions)


def test_bigger_flash_has_the_same_partitions_none_smaller() -> None:
    maps = [load_map(name) for name in ("4MiB", "8MiB", "16MiB")]
    assert set(contents(PARTITIONS)) == {"4MiB.csv", "8MiB.csv", "16MiB.csv"}
    for small, big in itertools.pairwise(maps):
        for partition in small:
            assert big[partition.name].size >= partition.size
            assert big[partition.name].type_name == partition.type_name
    assert maps[-1]["store_0"].size <= MIB


def test_map_says_its_flash_size_by_its_name(tmp_path: Path) -> None:
    good = tmp_path / "4MiB.csv"
    good.write_text(GOOD)
    assert load_map(str(good)).flash_size == 4 * MIB
    other = tmp_path / "mine.csv"
    other.write_text(GOOD)
    with pytest.raises(UserError, match="says the flash size"):
        load_map(str(other))


def test_map_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UserError, match=r"2MiB\.csv: cannot read the partition map"):
        load_map("2MiB")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda t: t[:4] + b"\x01" + t[5:], "MD5 does not match"),
        (lambda t: b"\x55" + t[1:], "record 0 is not one"),
        (lambda t: t[: 32 * 9] + b"\xff" * (TABLE_SIZE - 32 * 9), "no MD5 record"),
        (lambda t: t[: 32 * 10], "has no end"),
        (lambda t: t[:50], "record 1 is not one"),
        (lambda _: b"", "has no end"),
    ],
)
def test_damaged_table_is_refused(damage: Callable[[bytes], bytes], problem: str) -> None:
    table = pack_table(load_map("4MiB"))
    with pytest.raises(TableError, match=problem):
        parse_table(damage(table))


def test_every_flipped_bit_of_a_table_is_seen() -> None:
    table = pack_table(load_map("4MiB"))
    end = 32 * 10
    for bit in range(end * 8):
        flipped = bytearray(table)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(TableError):
            parse_table(bytes(flipped))
