"""One test for each row of the facts about the bootloader's choice (facts/esp32-ota.md 3 and 5)."""

from collections.abc import Callable

import pytest
from handmade import FLASH_BYTES, PART, app_image, partition_table
from ota_entries import ABORTED, BLANK, INVALID, NEW, PENDING, UNDEFINED, VALID, entry

from virtualboard import bootloader
from virtualboard.bootloader import NoBootableImageError
from virtualboard.errors import PowerCutError
from virtualboard.flash import Flash
from virtualboard.partition_table import read_table

MakeFlash = Callable[..., Flash]
OTADATA = 0xD000
TORN_SEQ_ONLY = b"\x02\x00\x00\x00" + b"\xff" * 28
TORN_WITHOUT_CRC = entry(2, NEW)[:28] + b"\xff" * 4


def with_otadata(image: bytes | bytearray, first: bytes, second: bytes) -> bytearray:
    changed = bytearray(image)
    changed[OTADATA : OTADATA + 32] = first
    changed[OTADATA + 4096 : OTADATA + 4128] = second
    return changed


def entries(flash: Flash) -> tuple[bytes, bytes]:
    """Both entries; everything behind them must be blank."""
    for start in (OTADATA, OTADATA + 4096):
        assert flash.read(start + 32, 4064) == b"\xff" * 4064
    return flash.read(OTADATA, 32), flash.read(OTADATA + 4096, 32)


def boot(flash: Flash) -> str:
    return bootloader.boot(flash, read_table(flash), lambda _: None).label


@pytest.mark.parametrize(
    ("before", "runs", "after"),
    [
        pytest.param((BLANK, BLANK), "ota_0", (entry(1, VALID), BLANK), id="blank"),
        pytest.param(
            (entry(1, VALID), entry(2, NEW)),
            "ota_1",
            (entry(1, VALID), entry(2, PENDING)),
            id="new slot starts its trial",
        ),
        pytest.param(
            (entry(1, VALID), entry(2, PENDING)),
            "ota_0",
            (entry(1, VALID), entry(2, ABORTED)),
            id="unconfirmed slot is aborted in the same boot",
        ),
        pytest.param(
            (entry(1, VALID), entry(2, VALID)),
            "ota_1",
            (entry(1, VALID), entry(2, VALID)),
            id="confirmed slot goes on",
        ),
        pytest.param(
            (entry(3, NEW), entry(2, PENDING)),
            "ota_0",
            (entry(3, PENDING), entry(2, ABORTED)),
            id="pending slot had chosen another",
        ),
        pytest.param(
            (entry(1, VALID), BLANK),
            "ota_0",
            (entry(1, VALID), BLANK),
            id="torn: erased only",
        ),
        pytest.param(
            (entry(1, VALID), TORN_SEQ_ONLY),
            "ota_0",
            (entry(1, VALID), TORN_SEQ_ONLY),
            id="torn: sequence number only",
        ),
        pytest.param(
            (entry(1, VALID), TORN_WITHOUT_CRC),
            "ota_0",
            (entry(1, VALID), TORN_WITHOUT_CRC),
            id="torn: all but the CRC",
        ),
        pytest.param(
            (BLANK, entry(2, ABORTED)),
            "ota_0",
            (BLANK, entry(2, ABORTED)),
            id="blank and aborted: nothing is written",
        ),
        pytest.param(
            (entry(1, UNDEFINED, crc=1), entry(2, UNDEFINED, crc=2)),
            "ota_0",
            (entry(1, UNDEFINED, crc=1), entry(2, UNDEFINED, crc=2)),
            id="both with bad CRC: all are tried from slot 0, no repair",
        ),
        pytest.param(
            (entry(1, ABORTED), entry(2, ABORTED)),
            "ota_0",
            (entry(1, ABORTED), entry(2, ABORTED)),
            id="both aborted",
        ),
        pytest.param(
            (entry(1, INVALID), entry(2, INVALID)),
            "ota_0",
            (entry(1, INVALID), entry(2, INVALID)),
            id="both invalid",
        ),
        pytest.param(
            (entry(1, PENDING), entry(2, PENDING)),
            "ota_0",
            (entry(1, ABORTED), entry(2, ABORTED)),
            id="both pending",
        ),
        pytest.param(
            (entry(1, VALID), entry(2, UNDEFINED)),
            "ota_1",
            (entry(1, VALID), entry(2, UNDEFINED)),
            id="undefined has no rollback",
        ),
        pytest.param(
            (entry(1, VALID), entry(2, 7)),
            "ota_1",
            (entry(1, VALID), entry(2, 7)),
            id="unknown state",
        ),
        pytest.param(
            (entry(2, NEW), entry(2, NEW)),
            "ota_1",
            (entry(2, PENDING), entry(2, NEW)),
            id="equal numbers: entry 0 counts",
        ),
        pytest.param(
            (entry(2, ABORTED), entry(2, NEW)),
            "ota_1",
            (entry(2, ABORTED), entry(2, PENDING)),
            id="equal numbers, entry 0 aborted",
        ),
        pytest.param(
            (entry(1, VALID), entry(2, PENDING, crc=5)),
            "ota_0",
            (entry(1, VALID), entry(2, ABORTED, crc=5)),
            id="pending with a bad CRC is aborted, CRC left bad",
        ),
        pytest.param(
            (entry(0xFFFFFFFE, VALID), BLANK),
            "ota_1",
            (entry(0xFFFFFFFE, VALID), BLANK),
            id="huge number",
        ),
        pytest.param(
            (entry(0, VALID), BLANK),
            "ota_1",
            (entry(0, VALID), BLANK),
            id="number 0 is the last slot",
        ),
        pytest.param(
            (entry(3, VALID), entry(4, VALID)),
            "ota_1",
            (entry(3, VALID), entry(4, VALID)),
            id="numbers grow for ever",
        ),
    ],
)
def test_which_slot_runs(
    make_flash: MakeFlash,
    blank_image: bytes,
    before: tuple[bytes, bytes],
    runs: str,
    after: tuple[bytes, bytes],
) -> None:
    flash = make_flash(with_otadata(blank_image, *before))
    assert boot(flash) == runs
    assert entries(flash) == after


def test_a_label_that_is_not_blank_is_kept(make_flash: MakeFlash, blank_image: bytes) -> None:
    label = b"twenty bytes of label"[:20]
    image = with_otadata(blank_image, entry(1, VALID), entry(2, NEW, label=label))
    flash = make_flash(image)
    boot(flash)
    assert entries(flash)[1] == entry(2, PENDING, label=label)


@pytest.mark.parametrize(
    ("cut", "torn_entry"),
    [(1, entry(2, NEW)), (2, BLANK)],
    ids=["before the erase", "between erase and program"],
)
def test_power_cut_while_a_trial_is_recorded(
    make_flash: MakeFlash, blank_image: bytes, cut: int, torn_entry: bytes
) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), entry(2, NEW)))
    flash.cut_power_at(cut)
    with pytest.raises(PowerCutError):
        boot(flash)
    assert entries(flash) == (entry(1, VALID), torn_entry)
    assert boot(flash) == ("ota_1" if cut == 1 else "ota_0")


def test_power_cut_while_the_abort_is_recorded(make_flash: MakeFlash, blank_image: bytes) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), entry(2, PENDING)))
    flash.cut_power_at(2)
    with pytest.raises(PowerCutError):
        boot(flash)
    assert entries(flash) == (entry(1, VALID), BLANK)
    assert boot(flash) == "ota_0"
    assert entries(flash) == (entry(1, VALID), BLANK)


def corrupt(image: bytearray, name: str, offset: int = 40) -> bytearray:
    image[PART[name][2] + offset] ^= 0xFF
    return image


@pytest.mark.parametrize("offset", [0, 40, len(app_image()) - 1], ids=["magic", "data", "hash"])
def test_corrupt_new_image_falls_back_in_the_same_boot(
    make_flash: MakeFlash, blank_image: bytes, offset: int
) -> None:
    image = with_otadata(blank_image, entry(1, VALID), entry(2, NEW))
    flash = make_flash(corrupt(image, "ota_1", offset))
    assert boot(flash) == "ota_0"
    assert entries(flash) == (entry(1, VALID), entry(2, PENDING))
    assert boot(flash) == "ota_0"
    assert entries(flash) == (entry(1, VALID), entry(2, ABORTED))


def test_bytes_behind_the_image_are_not_covered(make_flash: MakeFlash, blank_image: bytes) -> None:
    image = with_otadata(blank_image, entry(1, VALID), entry(2, VALID))
    assert boot(make_flash(corrupt(image, "ota_1", len(app_image()) + 5))) == "ota_1"


def test_corrupt_slot_0_goes_up_to_the_next(make_flash: MakeFlash, blank_image: bytes) -> None:
    image = with_otadata(blank_image, entry(1, VALID), BLANK)
    assert boot(make_flash(corrupt(image, "ota_0"))) == "ota_1"


def test_a_blank_record_with_a_corrupt_slot_0_names_slot_1(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    flash = make_flash(corrupt(bytearray(blank_image), "ota_0"))
    assert boot(flash) == "ota_1"
    assert entries(flash) == (entry(2, VALID), BLANK)


def test_both_images_corrupt_is_a_reset_loop(make_flash: MakeFlash, blank_image: bytes) -> None:
    image = corrupt(corrupt(bytearray(blank_image), "ota_0"), "ota_1")
    with pytest.raises(NoBootableImageError):
        boot(make_flash(image))


def test_log_says_why_a_slot_was_passed_over(make_flash: MakeFlash, blank_image: bytes) -> None:
    flash = make_flash(corrupt(bytearray(blank_image), "ota_0"))
    lines: list[str] = []
    bootloader.boot(flash, read_table(flash), lines.append)
    assert any("ota_0 is not bootable: checksum failed" in line for line in lines)


FACTORY = {
    "otadata": (1, 0x00, 0xD000, 0x2000),
    "factory": (0, 0x00, 0x10000, 0x10000),
    "ota_0": (0, 0x10, 0x20000, 0x10000),
    "ota_1": (0, 0x11, 0x30000, 0x10000),
    "test": (0, 0x20, 0x40000, 0x10000),
}


def factory_image(parts: dict[str, tuple[int, int, int, int]], *apps: str) -> bytearray:
    image = bytearray(b"\xff" * FLASH_BYTES)
    image[0x8000:0x8C00] = partition_table(parts)
    for name in apps:
        address = parts[name][2]
        image[address : address + len(app_image())] = app_image()
    return image


@pytest.mark.parametrize(
    ("first", "apps", "runs"),
    [
        pytest.param(BLANK, ("factory", "ota_0"), "factory", id="blank record"),
        pytest.param(entry(2, VALID), ("factory", "ota_0"), "ota_0", id="downwards"),
        pytest.param(entry(1, VALID), ("factory", "ota_1"), "factory", id="factory before upwards"),
        pytest.param(entry(1, VALID), ("ota_1", "test"), "ota_1", id="upwards"),
        pytest.param(entry(1, VALID), ("test",), "test", id="the test app is last"),
        pytest.param(entry(1, VALID, crc=0), ("factory", "ota_0"), "factory", id="bad CRC"),
    ],
)
def test_order_of_the_candidates(
    make_flash: MakeFlash, first: bytes, apps: tuple[str, ...], runs: str
) -> None:
    flash = make_flash(with_otadata(factory_image(FACTORY, *apps), first, BLANK))
    assert boot(flash) == runs
    assert entries(flash) == (first, BLANK)


def test_without_otadata_the_factory_app_runs(make_flash: MakeFlash) -> None:
    parts = {name: fields for name, fields in FACTORY.items() if name != "otadata"}
    assert boot(make_flash(factory_image(parts, "factory", "ota_0"))) == "factory"


def test_three_slots_share_the_numbers(make_flash: MakeFlash) -> None:
    parts = {**FACTORY, "ota_2": (0, 0x12, 0x50000, 0x10000)}
    image = factory_image(parts, "ota_0", "ota_1", "ota_2")
    assert boot(make_flash(with_otadata(image, entry(6, VALID), BLANK))) == "ota_2"
