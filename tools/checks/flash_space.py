"""What the flash has room for: a slot's header, core and layers, and the files of `vfs`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.budget import Budget
from lockerctl.blocks import BLOCK_SIZE, Block
from lockerctl.core import read_file
from lockerctl.identity import Identity
from lockerctl.layers import BYTECODE
from lockerctl.littlefs_image import PARTITION_BLOCK, NoRoomError, build_image, build_smallest
from lockerctl.manifest import MAX_SIZE, Layer, Manifest, dump_manifest
from lockerctl.manifest_rules import MAX_SEQUENCE, OTA, STORE
from lockerctl.partition_table import SECTOR
from lockerctl.partitions import PartitionMap, load_map
from lockerctl.profiles import Profile, load_profile

# The app image of the official ESP32_GENERIC v1.26.1 (ESP32_GENERIC-20250911-v1.26.1.bin).
_OFFICIAL_CORE = 1_672_976
_VERSION = "100.100.100-rc.100"
_MOST_BLOCKS = 1024


def flash_budgets(root: Path, stored: Mapping[str, Mapping[str, bytes]]) -> Iterator[Budget]:
    """Every budget of the flash. `stored`: each layer of the store with its files.

    Raises UserError.
    """
    maps = [load_map(str(path)) for path in sorted((root / "firmware/partitions").glob("*.csv"))]
    profiles = [
        load_profile(str(path)) for path in sorted((root / "firmware/boards").glob("*.json"))
    ]
    smallest = min(maps, key=lambda each: each.flash_size)
    yield from _slot_budgets(smallest, stored)
    yield _vfs_budget(root, smallest, profiles)
    yield _manifest_budget(maps, profiles, stored)


def _slot_budgets(
    smallest: PartitionMap, stored: Mapping[str, Mapping[str, bytes]]
) -> Iterator[Budget]:
    where = "the 4 MiB map"
    yield Budget("core (official v1.26.1)", _OFFICIAL_CORE, smallest["ota_0"].size, where)
    lengths = {name: len(build_smallest(files)) for name, files in stored.items()}
    left = smallest["store_0"].size - SECTOR
    for name, length in lengths.items():
        others = sum(_sectors(lengths[other]) for other in lengths if other != name)
        yield Budget(f"layer {name}", length, left - others, where)


def _vfs_budget(root: Path, smallest: PartitionMap, profiles: list[Profile]) -> Budget:
    files = {
        "/boot.py": read_file(root / "boot.py"),
        "/main.py": read_file(root / "main.py"),
        "/profile.json": max((profile.data for profile in profiles), key=len),
        "/board.json": _longest_identity().dump(),
    }
    for count in range(2, _MOST_BLOCKS):
        try:
            used = len(build_image(files, PARTITION_BLOCK, count))
            break
        except NoRoomError:
            pass
    return Budget("vfs, all files", used, smallest["vfs"].size, "the 4 MiB map")


def _longest_identity() -> Identity:
    return Identity(
        id="i" * 64,
        model="m" * 32,
        revision=65535,
        token="t" * 128,
        server="https://" + "s" * 253 + ":65535",
        tenant="t" * 64,
        wifi=[{"ssid": "n" * 32, "key": "k" * 64}] * 4,
        developer=True,
        tuf="https://" + "t" * 253 + ":65535/tuf",
    )


def _manifest_budget(
    maps: list[PartitionMap], profiles: list[Profile], stored: Mapping[str, object]
) -> Budget:
    """The manifest of the largest core and the fullest store that any map has room for."""
    core = max(each["ota_0"].size for each in maps)
    store = max(each["store_0"].size for each in maps) - SECTOR
    layers = [_largest_layer("core", OTA, core)]
    for number, name in enumerate(stored):
        # All but the last are a block each; the table's length depends on the sum alone.
        rest = store - number * BLOCK_SIZE if number == len(stored) - 1 else BLOCK_SIZE
        layers.append(_largest_layer(name, STORE, rest))
    boards = {profile.model: profile.revisions for profile in profiles}
    manifest = Manifest(boards, _VERSION, MAX_SEQUENCE, BYTECODE, tuple(layers))
    return Budget(
        "manifest of the largest map", len(dump_manifest(manifest)), MAX_SIZE, "docs/formats.md"
    )


def _largest_layer(name: str, partition: str, length: int) -> Layer:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Layer(
        name=name,
        version=f"{_VERSION}+{digest[:8]}",
        partition=partition,
        address=SECTOR * 100,
        capacity=length,
        length=length,
        sha256=digest,
        blocks=(Block(BLOCK_SIZE, 0),) * -(-length // BLOCK_SIZE),
        image_sha256=digest if partition == OTA else None,
    )


def _sectors(length: int) -> int:
    return -(-length // SECTOR) * SECTOR
