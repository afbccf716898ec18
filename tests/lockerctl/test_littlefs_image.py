"""littlefs images: the same bytes each time, and MicroPython mounts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from layer_reader import crcs, listed, some_files
from littlefs import LittleFSError

from lockerctl.littlefs_image import (
    LAYER_BLOCK,
    PARTITION_BLOCK,
    DamagedError,
    NoRoomError,
    build_image,
    build_smallest,
    read_image,
)


@pytest.mark.parametrize(
    "files",
    [
        {"/one": b"1"},
        {"/empty": b""},
        {"/a/b/c/d.txt": b"deep"},
        some_files(40, 5000),
        some_files(3, 60000),
        {f"/{size}": bytes(size) for size in (127, 128, 129, 1023, 1024, 1025, 2048)},
        {f"/{'n' * 90}{number}": bytes(100) for number in range(9)},
        {f"/{'n' * 90}{number}": bytes(60) for number in range(20)},
    ],
    ids=["one", "empty", "deep", "forty", "long", "edges", "small", "names"],
)
def test_layer_mounts_under_micropython_with_all_its_files(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    image = build_smallest(files)
    assert len(image) % LAYER_BLOCK == 0
    assert listed(tmp_path, image, LAYER_BLOCK) == crcs(files)
    assert read_image(image, LAYER_BLOCK) == files


def test_partition_mounts_under_micropython_with_all_its_files(tmp_path: Path) -> None:
    files = {"/boot.py": b"# boot\n" * 1000, "/board.json": b"{}"}
    image = build_image(files, PARTITION_BLOCK, 16)
    assert len(image) == 65536
    assert listed(tmp_path, image, PARTITION_BLOCK) == crcs(files)


def test_order_of_the_files_makes_no_difference() -> None:
    files = some_files(20, 3000)
    backwards = dict(reversed(files.items()))
    assert build_smallest(files) == build_smallest(backwards)


def test_layer_is_as_small_as_it_can_be() -> None:
    files = some_files(20, 3000)
    image = build_smallest(files)
    with pytest.raises(NoRoomError):
        build_image(files, LAYER_BLOCK, len(image) // LAYER_BLOCK - 1)


def test_files_that_do_not_fit_are_refused() -> None:
    with pytest.raises(NoRoomError, match="4 blocks of 4096 bytes are too few"):
        build_image({"/big": bytes(20000)}, PARTITION_BLOCK, 4)


def test_name_that_littlefs_does_not_take_is_no_lack_of_room() -> None:
    with pytest.raises(LittleFSError, match="NAMETOOLONG"):
        build_smallest({f"/{'n' * 256}": b""})


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"\xff" * 4096,
        bytes(4096),
        build_smallest({"/a": b"1"}) + bytes(1024),
        build_smallest({"/a": bytes(3000)})[:-1024],
        build_smallest({"/a": b"1"})[:-1],
    ],
    ids=["empty", "blank", "zeros", "longer", "shorter", "odd"],
)
def test_bytes_that_a_board_would_not_mount_are_refused(image: bytes) -> None:
    with pytest.raises(DamagedError):
        read_image(image, LAYER_BLOCK)
