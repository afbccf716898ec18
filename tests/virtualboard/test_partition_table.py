from collections.abc import Callable

import pytest
from handmade import FLASH_BYTES, PART, partition_table

from virtualboard.flash import Flash
from virtualboard.partition_table import PartitionTable, TableError, read_table

MakeFlash = Callable[..., Flash]


def read(make_flash: MakeFlash, raw: bytes) -> PartitionTable:
    image = bytearray(b"\xff" * FLASH_BYTES)
    image[0x8000 : 0x8000 + len(raw)] = raw
    return read_table(make_flash(image))


def test_all_partitions_of_a_good_table_are_found(make_flash: MakeFlash) -> None:
    table = read(make_flash, partition_table(PART))
    found = {
        part.label: (part.type, part.subtype, part.address, part.size) for part in table.partitions
    }
    assert found == PART
    assert [slot.label for slot in table.slots] == ["ota_0", "ota_1"]
    assert table.otadata is not None and table.otadata.address == 0xD000
    assert table.factory is None


def test_a_table_without_md5_is_taken(make_flash: MakeFlash) -> None:
    assert len(read(make_flash, partition_table(PART, md5=False)).partitions) == len(PART)


def test_an_app_is_found_before_data_of_the_same_name(make_flash: MakeFlash) -> None:
    raw = partition_table({"x": (1, 0x40, 0x20000, 0x1000)}, md5=False)[:32]
    raw += partition_table({"x": (0, 0x10, 0x30000, 0x1000)})
    found = read(make_flash, raw[:64] + b"\xff" * 32).find("x")
    assert found is not None and found.type == 0


def test_sixteen_letters_fill_a_label(make_flash: MakeFlash) -> None:
    table = read(make_flash, partition_table({"abcdefghijklmnop": (1, 0x40, 0x10000, 0x1000)}))
    assert table.partitions[0].label == "abcdefghijklmnop"


@pytest.mark.parametrize("bit", [0, 40, 32 * 8 + 50, 5 * 32 * 8 + 99, 9 * 32 * 8 + 130])
def test_one_flipped_bit_rejects_the_table(make_flash: MakeFlash, bit: int) -> None:
    """Facts 1: in a record or in the MD5 record."""
    raw = bytearray(partition_table(PART))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(TableError):
        read(make_flash, bytes(raw))


def test_two_md5_records_reject_the_table(make_flash: MakeFlash) -> None:
    raw = partition_table(PART)
    md5 = raw[len(PART) * 32 : len(PART) * 32 + 32]
    with pytest.raises(TableError, match="two MD5"):
        read(make_flash, raw[: len(PART) * 32] + md5 + md5 + b"\xff" * 32)


def test_a_partition_beyond_the_chip_rejects_the_table(make_flash: MakeFlash) -> None:
    raw = partition_table({**PART, "data": (1, 0x83, 0x3E0000, 0x21000)})
    with pytest.raises(TableError, match="data reaches beyond the flash"):
        read(make_flash, raw)


def test_a_table_without_an_end_is_rejected(make_flash: MakeFlash) -> None:
    record = partition_table({"x": (1, 0x40, 0x20000, 0x1000)}, md5=False)[:32]
    with pytest.raises(TableError, match="no end"):
        read(make_flash, record * 96)


def test_an_empty_flash_has_an_empty_table(make_flash: MakeFlash) -> None:
    assert read(make_flash, b"").partitions == []
