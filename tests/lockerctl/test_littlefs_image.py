"""littlefs images: the same bytes each time, and MicroPython mounts them."""

from __future__ import annotations

import binascii
import random
from pathlib import Path

import pytest

from lockerctl.littlefs_image import (
    LAYER_BLOCK,
    PARTITION_BLOCK,
    DamagedError,
    NoRoomError,
    build_image,
    build_smallest,
    read_image,
)
from unixport import run_micropython

# Mounts argv[1] as boot.py mounts a layer, or as the port mounts a partition, and prints each file
# with its CRC-32.
_LIST = """
import binascii, os, sys, vfs
with open(sys.argv[1], "rb") as file:
    image = file.read()
block = int(sys.argv[2])
class Device:
    def readblocks(self, n, buf, off=0):
        at = n * block + off
        buf[:] = image[at : at + len(buf)]
    def writeblocks(self, n, buf, off=0):
        raise OSError(30)
    def ioctl(self, op, arg):
        return {4: len(image) // block, 5: block}.get(op, 0)
options = {"readsize": 256} if block == 1024 else {}
vfs.mount(vfs.VfsLfs2(Device(), **options), "/layer", readonly=True)
def walk(path):
    for name, kind, _, _ in os.ilistdir(path):
        if kind == 0x4000:
            walk(path + "/" + name)
        else:
            with open(path + "/" + name, "rb") as file:
                print(path + "/" + name, binascii.crc32(file.read()))
walk("/layer")
"""


def some_files(count: int, longest: int) -> dict[str, bytes]:
    chance = random.Random(count)
    return {
        f"/p{n % 5}/module{n}.mpy": chance.randbytes(chance.randrange(longest))
        for n in range(count)
    }


@pytest.mark.parametrize(
    "files",
    [
        {"/one": b"1"},
        {"/empty": b""},
        {"/a/b/c/d.txt": b"deep"},
        some_files(40, 5000),
        some_files(3, 60000),
        {f"/{size}": bytes(size) for size in (127, 128, 129, 1023, 1024, 1025, 2048)},
    ],
    ids=["one", "empty", "deep", "forty", "long", "edges"],
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


def crcs(files: dict[str, bytes]) -> dict[str, int]:
    return {path: binascii.crc32(data) for path, data in files.items()}


def listed(work: Path, image: bytes, block: int) -> dict[str, int]:
    """Path to CRC-32, as MicroPython sees the image."""
    (work / "image").write_bytes(image)
    (work / "list.py").write_text(_LIST)
    argv: list[str | Path] = [work / "list.py", work / "image", str(block)]
    result = run_micropython(argv, path=[], heap="1M")
    assert result.returncode == 0, result.stdout
    rows = (line.rsplit(" ", 1) for line in result.stdout.splitlines())
    return {path.removeprefix("/layer"): int(crc) for path, crc in rows}


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
