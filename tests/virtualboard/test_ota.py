"""`esp_ota_*` as MicroPython offers them: one test a row (facts/esp32-ota.md 3, 4 and 5)."""

from collections.abc import Callable

import pytest
from ota_entries import ABORTED, BLANK, NEW, PENDING, UNDEFINED, VALID, entry
from test_bootloader import FACTORY, boot, corrupt, entries, factory_image, with_otadata

from virtualboard import ota
from virtualboard.errors import EspError, PowerCutError
from virtualboard.flash import Flash
from virtualboard.partition_table import Partition, PartitionTable, read_table

MakeFlash = Callable[..., Flash]


def named(flash: Flash, label: str) -> tuple[PartitionTable, Partition]:
    table = read_table(flash)
    part = table.find(label)
    assert part is not None
    return table, part


def set_boot(flash: Flash, label: str) -> None:
    ota.set_boot(flash, *named(flash, label))


def mark_valid(flash: Flash) -> None:
    ota.mark_app_valid(flash, read_table(flash))


@pytest.mark.parametrize(
    ("before", "target", "after"),
    [
        pytest.param(
            (entry(1, VALID), BLANK), "ota_1", (entry(1, VALID), entry(2, NEW)), id="first update"
        ),
        pytest.param(
            (entry(1, VALID), entry(2, ABORTED)),
            "ota_1",
            (entry(1, VALID), entry(2, NEW)),
            id="again after an abort: same sector, same number",
        ),
        pytest.param(
            (entry(3, VALID), entry(4, VALID)),
            "ota_0",
            (entry(5, NEW), entry(4, VALID)),
            id="back to slot 0",
        ),
        pytest.param(
            (entry(1, VALID), entry(2, PENDING)),
            "ota_0",
            (entry(3, NEW), entry(2, PENDING)),
            id="from a pending image, allowed",
        ),
        pytest.param(
            (BLANK, BLANK), "ota_1", (entry(2, NEW), BLANK), id="no active entry: sector 0"
        ),
        pytest.param(
            (entry(1, UNDEFINED, crc=1), entry(2, UNDEFINED, crc=2)),
            "ota_0",
            (entry(1, NEW), entry(2, UNDEFINED, crc=2)),
            id="both CRC bad",
        ),
        pytest.param(
            (entry(1, VALID), entry(2, VALID)),
            "ota_1",
            (entry(2, NEW), entry(2, VALID)),
            id="trap: the slot that is active already",
        ),
    ],
)
def test_set_boot(
    make_flash: MakeFlash,
    blank_image: bytes,
    before: tuple[bytes, bytes],
    target: str,
    after: tuple[bytes, bytes],
) -> None:
    flash = make_flash(with_otadata(blank_image, *before))
    set_boot(flash, target)
    assert entries(flash) == after
    assert boot(flash) == target


def test_set_boot_of_a_corrupt_or_empty_slot_writes_nothing(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    for offset in (0, 40):
        image = with_otadata(blank_image, entry(1, VALID), BLANK)
        flash = make_flash(corrupt(image, "ota_1", offset))
        with pytest.raises(EspError) as caught:
            set_boot(flash, "ota_1")
        assert caught.value.args == (-5379, "ESP_ERR_OTA_VALIDATE_FAILED")
        assert flash.operations == 0


def test_set_boot_of_a_data_partition_is_refused(make_flash: MakeFlash, blank_image: bytes) -> None:
    flash = make_flash(blank_image)
    with pytest.raises(EspError) as caught:
        set_boot(flash, "store_0")
    assert caught.value.number == -5379
    assert flash.operations == 0


def test_set_boot_of_the_factory_app_erases_the_record(make_flash: MakeFlash) -> None:
    image = with_otadata(factory_image(FACTORY, "factory", "ota_0"), entry(1, VALID), entry(2, NEW))
    flash = make_flash(image)
    set_boot(flash, "factory")
    assert entries(flash) == (BLANK, BLANK)
    assert boot(flash) == "factory"


@pytest.mark.parametrize(
    ("cut", "record", "runs"),
    [(1, entry(2, ABORTED), "ota_0"), (2, BLANK, "ota_0"), (3, entry(2, PENDING), "ota_1")],
    ids=["before the erase", "between erase and program", "after"],
)
def test_power_cut_during_set_boot(
    make_flash: MakeFlash, blank_image: bytes, cut: int, record: bytes, runs: str
) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), entry(2, ABORTED)))
    flash.cut_power_at(cut)
    if cut < 3:
        with pytest.raises(PowerCutError):
            set_boot(flash, "ota_1")
    else:
        set_boot(flash, "ota_1")
        flash.keep_power()
    assert boot(flash) == runs
    assert entries(flash)[1] == record


def test_a_torn_program_of_the_record_boots_the_old_slot(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), BLANK))
    flash.cut_power_at(2, torn=True)
    with pytest.raises(PowerCutError):
        set_boot(flash, "ota_1")
    assert entries(flash)[1] != BLANK
    assert boot(flash) == "ota_0"


def test_mark_valid_confirms_the_pending_slot(make_flash: MakeFlash, blank_image: bytes) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), entry(2, PENDING)))
    mark_valid(flash)
    assert entries(flash) == (entry(1, VALID), entry(2, VALID))
    assert flash.operations == 2


def test_mark_valid_of_a_valid_slot_writes_nothing(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), entry(2, VALID)))
    mark_valid(flash)
    assert flash.operations == 0


def test_mark_valid_without_an_active_entry_fails(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, ABORTED), entry(2, ABORTED)))
    with pytest.raises(EspError) as caught:
        mark_valid(flash)
    assert caught.value.args == (1, "ESP_FAIL")


def test_trap_mark_valid_by_the_old_image_confirms_a_corrupt_slot(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    image = with_otadata(blank_image, entry(1, VALID), entry(2, NEW))
    flash = make_flash(corrupt(image, "ota_1"))
    assert boot(flash) == "ota_0"
    mark_valid(flash)
    assert entries(flash) == (entry(1, VALID), entry(2, VALID))
    assert boot(flash) == "ota_0"
    assert entries(flash) == (entry(1, VALID), entry(2, VALID))


def test_trap_mark_valid_before_the_reset_takes_the_rollback_away(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), BLANK))
    set_boot(flash, "ota_1")
    mark_valid(flash)
    assert boot(flash) == boot(flash) == "ota_1"
    assert entries(flash) == (entry(1, VALID), entry(2, VALID))


def test_trap_power_cut_during_mark_valid_boots_the_old_slot(
    make_flash: MakeFlash, blank_image: bytes
) -> None:
    flash = make_flash(with_otadata(blank_image, entry(1, VALID), entry(2, PENDING)))
    flash.cut_power_at(2)
    with pytest.raises(PowerCutError):
        mark_valid(flash)
    assert entries(flash) == (entry(1, VALID), BLANK)
    assert boot(flash) == "ota_0"


@pytest.mark.parametrize(
    ("first", "second", "label"),
    [
        (entry(1, VALID), entry(2, PENDING), "ota_1"),
        (entry(3, VALID), entry(2, VALID), "ota_0"),
        (BLANK, BLANK, "ota_0"),
        (entry(1, ABORTED), entry(2, ABORTED), "ota_0"),
    ],
)
def test_boot_partition_is_what_the_active_entry_names(
    make_flash: MakeFlash, blank_image: bytes, first: bytes, second: bytes, label: str
) -> None:
    flash = make_flash(with_otadata(blank_image, first, second))
    part = ota.boot_partition(flash, read_table(flash))
    assert part is not None and part.label == label


@pytest.mark.parametrize(
    ("start", "following"), [("ota_0", "ota_1"), ("ota_1", "ota_0"), ("store_0", "ota_0")]
)
def test_next_update_goes_round(
    make_flash: MakeFlash, blank_image: bytes, start: str, following: str
) -> None:
    table, part = named(make_flash(blank_image), start)
    found = ota.next_update(table, part)
    assert found is not None and found.label == following
