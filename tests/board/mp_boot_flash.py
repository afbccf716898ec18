"""What boot.py reads in the flash: slot headers, layers, otadata, all through one sector of RAM."""

import os
from binascii import hexlify, unhexlify

import fakes_slot
import shared_vectors
from fakes_chip import boot, flash, machine
from fakes_slot import ABORTED, BLANK, INVALID, NEW, PENDING, UNDEFINED, VALID, ota_entry


def _start():
    found = boot.Boot()
    found.wdt = machine.WDT(timeout=1)
    return boot.Start(found)


def test_headers_are_read_as_the_shared_vectors_say():
    start, good, bad = _start(), 0, 0
    for vector in shared_vectors.of("header.json"):
        data = unhexlify(vector["hex"])
        flash.put("store_1", 0, b"\xff" * flash.SECTOR)
        flash.put("store_1", 0, data)
        header = start._header(1)
        assert header.good == vector["ok"], vector["name"]
        if not vector["ok"]:
            bad += 1
            assert (header.committed, header.failed, header.sequence) == (False, False, 0)
            assert not header.layers
            continue
        good += 1
        for field in ("sequence", "committed", "failed"):
            assert getattr(header, field) == vector[field], (vector["name"], field)
        names = "name", "place", "address", "length", "sha256"
        wanted = [tuple(layer[name] for name in names) for layer in vector["layers"]]
        found = [layer[:4] + (hexlify(layer[4]).decode(),) for layer in header.layers]  # noqa: RUF005
        assert found == wanted, vector["name"]
    assert good >= 9
    assert bad >= 15


def test_header_with_any_bit_of_its_table_flipped_is_none():
    start = _start()
    layers = [("core", 0, 0, 5, bytes(32)), ("app", 1, 4096, 1024, b"\x5a" * 32)]
    whole = fakes_slot.header(layers, b"{}", sequence=7)
    for at in range(len(whole)):
        words = 24 <= at < 32  # committed and failed are outside the CRC
        counts = (at < 32 + 120 and not words) or at >= 512
        flash.put("store_0", 0, whole)
        flash.put("store_0", at, bytes([whole[at] ^ (1 << at % 8)]))
        assert start._header(0).good != counts, at


def test_trial_is_a_pending_entry_that_is_the_newer_valid_one():
    start = _start()
    none = b"\xff" * 32
    for first, second, pending in (
        (none, none, False),
        (ota_entry(1, VALID), none, False),
        (ota_entry(1, PENDING), none, True),
        (ota_entry(1, VALID), ota_entry(2, PENDING), True),
        (ota_entry(3, PENDING), ota_entry(2, VALID), True),
        (ota_entry(1, PENDING), ota_entry(2, VALID), False),
        (ota_entry(1, VALID), ota_entry(2, NEW), False),
        (ota_entry(1, VALID), ota_entry(2, UNDEFINED), False),
        (ota_entry(1, VALID), ota_entry(2, 7), False),
        # not usable, so the older one counts
        (ota_entry(1, PENDING), ota_entry(2, ABORTED), True),
        (ota_entry(1, PENDING), ota_entry(2, INVALID), True),
        (ota_entry(1, PENDING), ota_entry(2, VALID, crc=0), True),
        (ota_entry(1, VALID), ota_entry(2, PENDING, crc=0), False),
        (ota_entry(BLANK, PENDING), ota_entry(1, VALID), False),
        # the CRC as zlib has it is none
        (ota_entry(1, VALID), ota_entry(2, PENDING, crc=0x3C99C72A), False),
        # equal: the first one counts
        (ota_entry(2, PENDING), ota_entry(2, VALID), True),
        (ota_entry(2, VALID), ota_entry(2, PENDING), False),
        (ota_entry(0xFFFFFFFD, VALID), ota_entry(0xFFFFFFFE, PENDING), True),
    ):
        fakes_slot.put_otadata(first, second)
        assert start._pending() == pending, (first, second)


def test_entry_as_the_device_writes_it_is_understood():
    start = _start()
    seen = unhexlify("02000000" + "ff" * 20 + "010000007437f655")
    fakes_slot.put_otadata(ota_entry(1, VALID), seen)
    assert start._pending()


def _damaged_at(start, header, label, at):
    """What is said when a bit is flipped there; it is put right again."""
    old = flash.get(label, at, 1)
    flash.put(label, at, bytes([old[0] ^ 4]))
    said = start._damage(0, header)
    flash.put(label, at, old)
    return said


def test_damaged_layer_is_named():
    start = _start()
    contents = (("app", 4096, b"app!" * 2304), ("assets", 16384, bytes(1024)))
    fakes_slot.install(0, contents)
    header = start._header(0)
    assert start._damage(0, header) is None
    for at, said in (
        (4096, "layer app is damaged"),
        (4096 + 5000, "layer app is damaged"),
        (4096 + 9215, "layer app is damaged"),
        (16384, "layer assets is damaged"),
        (16384 + 1023, "layer assets is damaged"),
        # behind a layer, in its last sector
        (4096 + 9216, None),
        (16384 + 1024, None),
    ):
        assert _damaged_at(start, header, "store_0", at) == said, at
    # The core is the bootloader's to check.
    assert _damaged_at(start, header, "ota_0", 100) is None


def test_watchdog_is_fed_sector_by_sector_while_layers_are_checked():
    start = _start()
    fakes_slot.install(0, (("app", 4096, bytes(9 * 4096)),))
    header = start._header(0)
    before = start._boot.wdt.fed
    start._damage(0, header)
    assert start._boot.wdt.fed - before == 9


def test_cache_gives_bytes_from_any_offset():
    data = os.urandom(12288)
    flash.put("store_0", 0, data)
    store, cache = flash.Partition("store_0"), boot.Cache()
    for at, count in ((0, 4096), (1, 100), (4090, 12), (0, 12288), (4095, 4098), (5000, 0)):
        target = bytearray(count)
        cache.copy(store, at, memoryview(target))
        assert target == data[at : at + count], (at, count)


def test_cache_does_not_mistake_one_store_or_sector_for_another():
    flash.put("store_0", 0, b"a" * 4096 + b"b" * 4096)
    flash.put("store_1", 0, b"c" * 8192)
    first, second = flash.Partition("store_0"), flash.Partition("store_1")
    cache, target = boot.Cache(), bytearray(1)
    for store, at, byte in (
        (first, 0, b"a"),
        (second, 0, b"c"),
        (first, 4096, b"b"),
        (first, 1, b"a"),
    ):
        cache.copy(store, at, memoryview(target))
        assert target == byte


def test_borrowed_cache_is_read_anew():
    flash.put("store_0", 0, b"a" * 4096)
    store, cache, target = flash.Partition("store_0"), boot.Cache(), bytearray(4)
    cache.copy(store, 0, memoryview(target))
    memory = cache.borrow()
    assert len(memory) == 4096
    memory[:4] = b"zzzz"
    cache.copy(store, 0, memoryview(target))
    assert target == b"aaaa"
