"""What a deployment changes on a bench board: rules without I/O.

The unit is a top-level package or module: MicroPython looks for submodules only in the one folder
where it found the package, so a package on `data` must be whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from lockerctl.errors import UserError

DEVELOPER_FOLDER = "dev"

# What the application writes on `data` needs room too.
_SPARE_BLOCKS = 4
_FOLDER_BLOCKS = 2
# MicroPython's littlefs keeps so short a file inside its folder.
_INLINE_BYTES = 128
# Pointers to other blocks at the start of a block, on average.
_POINTER_BYTES = 8

# Path inside `lib` (`ota/agent.mpy`) to SHA-256 in hex.
Hashes = Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """What is on the board: the developer's files, those of the app layer, and all of `data`.

    `data`: path on `data` (`dev/ota/agent.mpy`) to length in bytes. The room is reckoned from it,
    for `os.statvfs` counts the blocks of each folder twice.
    """

    developer: Hashes
    app: Hashes
    data: Mapping[str, int]
    block_size: int
    block_count: int


@dataclass(frozen=True)
class Plan:
    """Units to remove from `data`, and units to copy there whole (they are removed before)."""

    remove: tuple[str, ...]
    copy: tuple[str, ...]


def unit_of(path: str) -> str:
    """The package or module that a file belongs to."""
    return path.split("/", 1)[0]


def make_plan(files: Mapping[str, bytes], found: Found) -> Plan:
    """Which units to copy so that the board runs `files`. Raises UserError when they don't fit."""
    wanted = _by_unit({path: hashlib.sha256(data).hexdigest() for path, data in files.items()})
    developer, app = _by_unit(found.developer), _by_unit(found.app)
    # What the layer has already needs no copy, only nothing in front of it.
    needed = {unit for unit in wanted if wanted[unit] != app.get(unit)}
    remove = tuple(sorted(developer.keys() - needed))
    copy = tuple(sorted(unit for unit in needed if wanted[unit] != developer.get(unit)))
    _check_room(files, found, remove, copy)
    return Plan(remove, copy)


def _by_unit(hashes: Hashes) -> dict[str, dict[str, str]]:
    units: dict[str, dict[str, str]] = {}
    for path, digest in hashes.items():
        units.setdefault(unit_of(path), {})[path] = digest
    return units


def _check_room(
    files: Mapping[str, bytes], found: Found, remove: Iterable[str], copy: Iterable[str]
) -> None:
    gone = tuple(f"{DEVELOPER_FOLDER}/{unit}" for unit in (*remove, *copy))
    staying = {
        path: size
        for path, size in found.data.items()
        if not any(path == unit or path.startswith(f"{unit}/") for unit in gone)
    }
    new = {
        f"{DEVELOPER_FOLDER}/{path}": len(data)
        for path, data in files.items()
        if unit_of(path) in copy
    }
    used = _blocks(staying, found.block_size)
    missing = _blocks({**staying, **new}, found.block_size) + _SPARE_BLOCKS - found.block_count
    if new and missing > 0:
        raise UserError(
            f"{', '.join(copy)}: {sum(new.values())} bytes do not fit, "
            f"{missing * found.block_size} bytes are missing: data has {found.block_count} blocks "
            f"of {found.block_size}, {used} are in use, {_SPARE_BLOCKS} stay free"
        )


def _blocks(sizes: Mapping[str, int], block_size: int) -> int:
    """Blocks of a littlefs with these files."""
    folders = {folder for path in sizes for folder in PurePosixPath(path).parents}
    contents = (
        -(-size // (block_size - _POINTER_BYTES)) for size in sizes.values() if size > _INLINE_BYTES
    )
    return sum(contents) + _FOLDER_BLOCKS * max(1, len(folders))
