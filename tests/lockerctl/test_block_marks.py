"""Marks in layers: blocks that differ have different CRC-32s, and readers see no mark."""

from __future__ import annotations

import binascii
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from layer_reader import crcs, listed, some_files

from lockerctl.block_marks import MARK_SIZE, mark_blocks, unread_places
from lockerctl.blocks import BLOCK_SIZE
from lockerctl.littlefs_image import LAYER_BLOCK, build_image, build_smallest, read_image

_CHANGES = 48
_ROOM = 320
# Around the end of a file's first, second and fifth littlefs block: each starts with pointers.
_EDGES = [*range(1008, 1029), *range(2036, 2049), *range(5090, 5104)]


def with_crc(data: bytes) -> bytes:
    """Content that ends with its own CRC-32, as chunks of a PNG do."""
    return data + binascii.crc32(data).to_bytes(4, "little")


def first_files() -> dict[str, bytes]:
    files = some_files(14, 3000)
    return files | {"/version.txt": b"1.0.0", "/a/lamp": b"off", "/logo.png": with_crc(bytes(3000))}


def changed(files: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """The files with one small change."""
    path = chance.choice(sorted(files))
    old = files[path]
    spot, byte = chance.randrange(len(old) + 1), chance.randbytes(1)
    renamed = {path[:-1] + chance.choice("xyz"): old}
    changes = (
        files | {"/version.txt": b"1.%d.%d" % (chance.randrange(10), chance.randrange(10))},
        files | {"/a/lamp": chance.randbytes(3)},
        files | {"/logo.png": with_crc(chance.randbytes(3000))},
        files | {path: old[:spot] + byte + old[spot + 1 :]},
        files | {path: old + byte},
        files | {"/more": chance.randbytes(chance.randrange(600))},
        {other: data for other, data in files.items() if other != path} | renamed,
    )
    return chance.choice(changes)


def blocks_of(images: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    for image in images:
        for start in range(0, len(image), BLOCK_SIZE):
            yield start, image[start : start + BLOCK_SIZE]


def mistaken(images: Iterable[bytes]) -> int:
    """How many blocks have another's place, length and CRC-32, but not its bytes."""
    blocks = set(blocks_of(images))
    seen = {(start, len(block), binascii.crc32(block)) for start, block in blocks}
    return len(blocks) - len(seen)


def test_no_two_releases_have_different_blocks_with_equal_crcs() -> None:
    chance = random.Random(4)
    variants = [first_files(), *(changed(first_files(), chance) for _ in range(_CHANGES))]
    images = [build_image(files, LAYER_BLOCK, _ROOM) for files in variants]
    assert mistaken(images) > 10
    assert mistaken(map(mark_blocks, images)) == 0
    assert len(set(map(mark_blocks, images))) == len(set(images))


def test_places_are_blank_and_behind_all_content() -> None:
    """Both blocks of the root, and the file's."""
    image = build_smallest({"/file": bytes(300)})
    places = unread_places(image)
    assert [place % LAYER_BLOCK for place in places] == [LAYER_BLOCK - MARK_SIZE] * 3
    assert all(image[place : place + MARK_SIZE] == b"\xff" * MARK_SIZE for place in places)


def test_each_block_with_a_place_is_marked_once() -> None:
    image = build_smallest(some_files(30, 3000))
    marked, places = mark_blocks(image), unread_places(image)
    differ = [at for at, (old, new) in enumerate(zip(image, marked, strict=True)) if old != new]
    first = {place // BLOCK_SIZE: place for place in reversed(places)}
    assert len(first) > 2
    assert {at // BLOCK_SIZE for at in differ} == set(first)
    assert all(0 <= at - first[at // BLOCK_SIZE] < MARK_SIZE for at in differ)


def test_block_without_a_place_stays_as_it_is() -> None:
    """A long file fills whole blocks."""
    image = build_smallest({"/long": random.Random(1).randbytes(100_000)})
    marked, places = mark_blocks(image), unread_places(image)
    bare = set(range(0, len(image), BLOCK_SIZE)) - {p - p % BLOCK_SIZE for p in places}
    assert bare
    assert all(marked[at : at + BLOCK_SIZE] == image[at : at + BLOCK_SIZE] for at in bare)


@pytest.mark.parametrize("filling", [b"\x00", b"\x5a", b"\xff"])
@pytest.mark.parametrize(
    "files",
    [
        some_files(40, 5000),
        {f"/{size}": b"\x33" * size for size in _EDGES},
        {f"/{size}": b"\xff" * size for size in _EDGES},
        {f"/{'n' * 90}{number}": b"i" * 100 for number in range(20)},
        {"/empty": b""},
    ],
    ids=["forty", "edges", "blank", "crowded", "empty"],
)
def test_whatever_is_in_the_places_is_not_read(
    tmp_path: Path, files: dict[str, bytes], filling: bytes
) -> None:
    image = bytearray(build_image(files, LAYER_BLOCK, _ROOM))
    places = unread_places(bytes(image))
    assert places
    for place in places:
        image[place : place + MARK_SIZE] = filling * MARK_SIZE
    assert read_image(bytes(image), LAYER_BLOCK) == dict(sorted(files.items()))
    assert listed(tmp_path, bytes(image), LAYER_BLOCK) == crcs(files)


def test_all_marked_files_are_read_by_micropython(tmp_path: Path) -> None:
    files = first_files()
    image = mark_blocks(build_smallest(files))
    assert read_image(image, LAYER_BLOCK) == dict(sorted(files.items()))
    assert listed(tmp_path, image, LAYER_BLOCK) == crcs(files)
