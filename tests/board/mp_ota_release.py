"""A release as values, its header's table as the shared vectors have it, code that goes away."""

import gc
import sys
from binascii import crc32, unhexlify
from struct import pack

import shared_vectors

from ota import header
from ota.release import Layer, Release
from store.modules import drop, keep, load

BLANK_WORDS = b"\xff" * 8


def _release(vector):
    layers = [
        Layer(
            each["name"],
            each["place"] == 0,
            each["address"],
            each["length"],
            unhexlify(each["sha256"]),
            b"",
        )
        for each in vector["layers"]
    ]
    return Release("1.0.0", vector["sequence"], layers, None)


def test_tables_are_those_of_the_shared_vectors():
    count = 0
    for vector in shared_vectors.of("header.json"):
        if not vector["ok"]:
            continue
        manifest = unhexlify(vector["manifest_hex"])
        table = header.pack(_release(vector), len(manifest), crc32(manifest))
        wanted = bytearray(unhexlify(vector["hex"][: 2 * len(table)]))
        wanted[24:32] = BLANK_WORDS  # programmed later
        assert table == wanted, vector["name"]
        count += 1
    assert count >= 9


def _layer(length, *stored):
    blocks = b"".join(pack("<HI", count, 0xFFFFFFF0 + index) for index, count in enumerate(stored))
    return Layer("app", False, 4096, length, bytes(32), blocks)


def test_blocks_say_where_they_lie_and_how_long_they_are():
    assert list(_layer(40960, 100, 16384, 50).blocks()) == [
        (0, 0, 100, 0xFFFFFFF0, 16384),
        (1, 100, 16384, 0xFFFFFFF1, 16384),
        (2, 16484, 50, 0xFFFFFFF2, 8192),
    ]
    assert list(_layer(16384, 16384).blocks()) == [(0, 0, 16384, 0xFFFFFFF0, 16384)]
    assert list(_layer(1024, 1024).blocks()) == [(0, 0, 1024, 0xFFFFFFF0, 1024)]


def test_stored_bytes_of_marked_blocks_are_counted():
    layer = _layer(40960, 100, 16384, 50)
    for marks, count in ((b"\1\1\1", 16534), (b"\1\0\1", 150), (b"\0\0\0", 0)):
        assert layer.stored(marks) == count


def _free():
    gc.collect()
    return gc.mem_free()


def _use(name):
    """Load a module, make something with it, and forget both."""
    made = load(name)
    return len(dir(made))


def test_dropped_code_gives_its_memory_back():
    __import__("asyncio.core")  # these stay
    load("ota.errors")
    load("ddi.messages")
    for names in (("manifest",), ("fetch", "transfer"), ("gate",)):
        before = _free()
        for name in names:
            assert _use("ota." + name)
        loaded = _free()
        drop("ota", *names)
        after = _free()
        taken, kept = before - loaded, before - after
        assert taken > 2000, (names, taken)
        # Names that were interned stay.
        assert kept < taken * 0.4, (names, taken, kept)
        assert not any("ota." + name in sys.modules for name in names)


def test_module_loaded_again_and_again_takes_no_more():
    _use("ota.manifest")
    drop("ota", "manifest")
    before = _free()
    for _ in range(10):
        _use("ota.manifest")
        drop("ota", "manifest")
    assert before - _free() < 500


def test_dropping_what_is_not_loaded_is_nothing():
    drop("ota", "manifest", "nothing")
    drop("nowhere", "nothing")
    keep("nowhere", "nothing")


def test_what_is_loaded_anew_is_new():
    first = load("ota.manifest").Manifest
    drop("ota", "manifest")
    assert load("ota.manifest").Manifest is not first


def test_all_but_the_named_modules_are_forgotten():
    for name in ("ddi.messages", "ddi.deployment", "ota.manifest"):
        load(name)
    keep("ddi", "messages", "errors")
    assert "ddi.messages" in sys.modules
    assert "ddi.deployment" not in sys.modules
    assert "ota.manifest" in sys.modules
