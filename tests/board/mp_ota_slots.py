"""The slots in flash, and an app image known by its hash."""

import os
import struct

import fakes_flash as flash
from fakes_agent import Cache

from ota import image
from ota.errors import FlashError
from ota.slots import Slots

SECTOR = flash.SECTOR


def _slots(running=0, chosen=None):
    flash.Chip.running = running
    flash.Chip.chosen = running if chosen is None else chosen
    return Slots(running, Cache())


def _refused(function, *args):
    try:
        function(*args)
    except FlashError:
        return
    raise AssertionError("not refused")


def test_each_partition_is_read_where_asked():
    slots = _slots()
    for number, label in enumerate(("ota_0", "ota_1", "store_0", "store_1")):
        flash.put(label, 5000, bytes([number] * 100))
    assert bytes(slots.read(0, True, 5010, 50)) == bytes([0] * 50)
    assert bytes(slots.read(1, True, 5010, 50)) == bytes([1] * 50)
    assert bytes(slots.read(0, False, 5010, 50)) == bytes([2] * 50)
    assert bytes(slots.read(1, False, 5099, 2)) == b"\x03\xff"


def test_sizes_are_those_of_the_smaller_partition():
    slots = _slots()
    flash.SIZES["store_1"] = 8 * SECTOR
    assert slots.sizes() == (32 * SECTOR, 8 * SECTOR)


def test_only_the_other_slot_is_written():
    for running in (0, 1):
        slots = _slots(running)
        for core in (True, False):
            flash.Chip.changes.clear()
            slots.write(core, 2 * SECTOR, b"x" * SECTOR, False)
            label = f"{'ota' if core else 'store'}_{1 - running}"
            assert flash.Chip.changes == [
                ("erase", label, 2),
                ("write", label, 2 * SECTOR, SECTOR),
            ]
            assert flash.get(label, 2 * SECTOR, SECTOR) == b"x" * SECTOR


def test_blank_sector_is_not_erased_again():
    slots = _slots()
    slots.write(True, SECTOR, b"x" * SECTOR, True)
    assert flash.Chip.changes == [("write", "ota_1", SECTOR, SECTOR)]


def test_flash_that_refuses_is_a_flash_error():
    slots = _slots()
    flash.Chip.broken = True
    _refused(slots.write, True, 0, b"x" * SECTOR, False)
    _refused(slots.write, True, 0, b"x" * SECTOR, True)
    flash.Chip.broken = False
    _refused(slots.write, False, 16 * SECTOR, b"x" * SECTOR, False)


def test_header_is_emptied_first_and_its_table_written_last():
    slots = _slots()
    flash.put("store_1", 0, b"old" * 1000)
    slots.begin(b"manifest")
    assert flash.get("store_1", 0, SECTOR) == b"\xff" * 512 + b"manifest" + b"\xff" * 3576
    slots.finish(b"table")
    assert flash.get("store_1", 0, 512) == b"table" + b"\xff" * 507
    assert flash.get("store_1", 512, 8) == b"manifest"


def test_table_that_does_not_read_back_is_a_flash_error():
    slots = _slots()
    slots.begin(b"manifest")
    flash.put("store_1", 3, b"\x00")
    _refused(slots.finish, b"table")


def test_words_are_programmed_in_the_running_slot_without_an_erase():
    for mark, at in (("mark_committed", 24), ("mark_failed", 28)):
        slots = _slots(1)
        flash.Chip.changes.clear()
        getattr(slots, mark)()
        assert flash.Chip.changes == [("write", "store_1", at, 4)]
        assert flash.get("store_1", at, 4) == bytes(4)


def test_other_slot_is_chosen_when_the_slots_are_settled():
    for running in (0, 1):
        slots = _slots(running)
        assert slots.settled()
        slots.choose_other()
        assert flash.Chip.chosen == 1 - running


def test_nothing_is_chosen_or_confirmed_while_another_slot_is_awaited():
    slots = _slots(0, chosen=1)
    assert not slots.settled()
    _refused(slots.choose_other)
    _refused(slots.confirm)
    assert flash.Chip.chosen == 1
    assert flash.Chip.marked_valid == 0


def test_running_slot_is_chosen_only_when_the_other_one_was():
    for running in (0, 1):
        slots = _slots(running, chosen=1 - running)
        slots.choose_running()
        assert flash.Chip.chosen == running
        _refused(slots.choose_running)


def test_core_that_the_bootloader_refuses_is_a_flash_error():
    flash.Chip.bootable = False
    _refused(_slots().choose_other)
    _refused(_slots(0, chosen=1).choose_running)
    assert flash.Chip.chosen == 1


def test_running_slot_is_confirmed():
    _slots().confirm()
    assert flash.Chip.marked_valid == 1


def _image(*segments, magic=0xE9, appended=1, count=None):
    """An app image (ESP-IDF's format), with 32 known bytes in place of its hash."""
    count = len(segments) if count is None else count
    data = struct.pack("<BB21sB", magic, count, bytes(21), appended)
    for length in segments:
        data += struct.pack("<II", 0x3F400020, length) + b"s" * length
    data += bytes(15 - len(data) % 16) + b"c"
    return data + bytes(range(32))


def test_image_is_known_by_the_hash_at_its_end():
    slots = _slots()
    for segments in ((16,), (4, 8, 12, 100), (4000, 60, 5000), (4,) * 16, (28,), (20,)):
        data = _image(*segments)
        flash.put("ota_0", 0, data + b"\xff" * 64)
        assert image.digest(slots, 0) == bytes(range(32)), segments


def test_hash_or_segment_head_across_two_sectors_is_read_whole():
    slots = _slots()
    for length in range(4004, 4104, 4):
        flash.put("ota_0", 0, _image(length, 20))
        assert image.digest(slots, 0) == bytes(range(32)), length


def test_image_of_the_other_slot_is_its_own():
    slots = _slots()
    flash.put("ota_0", 0, _image(16))
    flash.put("ota_1", 0, _image(32)[:-32] + b"o" * 32)
    assert image.digest(slots, 1) == b"o" * 32


def test_what_is_no_image_is_refused():
    slots = _slots()
    for data in (
        b"\xff" * 64,
        bytes(64),
        _image(16, magic=0xE8),
        _image(16, appended=0),
        _image(*(4,) * 17),
        # It would end behind the partition, and somewhere in other bytes.
        _image(16)[:28] + b"\xff\xff\xff\x7f",
        _image(16)[:28] + b"\xff\xff\xff\xff",
        _image(16)[:28] + struct.pack("<I", 32 * SECTOR - 32),
        _image(16, count=16),
    ):
        flash.put("ota_0", 0, b"\xff" * (33 * 8))
        flash.put("ota_0", 0, data)
        _refused(image.digest, slots, 0)


def test_garbage_is_never_more_than_refused():
    slots, refused = _slots(), 0
    for _ in range(100):
        flash.put("ota_0", 0, b"\xe9\x02" + bytes(21) + b"\x01" + os.urandom(100))
        try:
            image.digest(slots, 0)
        except FlashError:
            refused += 1
    assert refused > 50
