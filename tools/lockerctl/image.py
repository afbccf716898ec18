"""Builds the image of a board's whole flash, the same bytes for the same inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lockerctl.appimage import ImageError, parse_image, set_flash_size
from lockerctl.errors import UserError
from lockerctl.header import PROGRAMMED, Header, header_of, pack_header
from lockerctl.identity import Identity
from lockerctl.littlefs_image import PARTITION_BLOCK, NoRoomError, build_image
from lockerctl.manifest import Layer
from lockerctl.manifest_rules import OTA
from lockerctl.partition_table import (
    BOOTLOADER_OFFSET,
    TABLE_OFFSET,
    TABLE_SIZE,
    Partition,
    TableError,
    pack_table,
    parse_table,
)
from lockerctl.partitions import PartitionMap
from lockerctl.release_dir import Release

# Stands where the bootloader belongs in an image that only the virtual board can run.
NO_BOOTLOADER = b"no bootloader: this image runs on the virtual board only\n"


# On `data`: nothing is kept here yet (docs/locker.md). Without it and a ledger, something was lost.
NEW_FILE = "/new"


@dataclass(frozen=True)
class Board:
    """What production writes on one board. `files`: path on `vfs` to content."""

    release: Release
    identity: Identity
    files: Mapping[str, bytes]
    partitions: PartitionMap
    bootloader: bytes | None


def build_flash(board: Board) -> bytes:
    """The flash of a new board: its release, committed, in slot 0. Raises UserError."""
    _check_board(board)
    flash = bytearray(b"\xff" * board.partitions.flash_size)
    bootloader = NO_BOOTLOADER
    if board.bootloader is not None:
        bootloader = set_flash_size(board.bootloader, board.partitions.flash_size)
    _put(flash, BOOTLOADER_OFFSET, bootloader)
    _put(flash, TABLE_OFFSET, pack_table(board.partitions))
    _put_slot(flash, board)
    _put(flash, board.partitions["vfs"].offset, _vfs(board))
    data = board.partitions["data"]
    blocks = data.size // PARTITION_BLOCK
    _put(flash, data.offset, build_image({NEW_FILE: b""}, PARTITION_BLOCK, blocks))
    return bytes(flash)


def _put(flash: bytearray, offset: int, data: bytes) -> None:
    flash[offset : offset + len(data)] = data


def _put_slot(flash: bytearray, board: Board) -> None:
    release = board.release
    for layer in release.manifest.layers:
        partition = _home(board.partitions, layer)
        _put(flash, partition.offset + layer.address, release.plain(layer.name))
    header = header_of(release.manifest, release.data)
    committed = Header(header.sequence, header.entries, header.manifest, committed=PROGRAMMED)
    _put(flash, board.partitions["store_0"].offset, pack_header(committed))


def _home(partitions: PartitionMap, layer: Layer) -> Partition:
    return partitions["ota_0" if layer.partition == OTA else "store_0"]


def _vfs(board: Board) -> bytes:
    size = board.partitions["vfs"].size
    files = {**board.files, "/board.json": board.identity.dump()}
    try:
        return build_image(files, PARTITION_BLOCK, size // PARTITION_BLOCK)
    except NoRoomError as error:
        sizes = ", ".join(f"{path} {len(data)}" for path, data in sorted(files.items()))
        raise UserError(f"vfs holds {size} bytes, these files do not fit: {sizes}") from error


def _check_board(board: Board) -> None:
    manifest, identity = board.release.manifest, board.identity
    if identity.revision not in manifest.boards.get(identity.model, ()):
        raise UserError(
            f"release {manifest.version} is not for {identity.model} revision {identity.revision}"
        )
    for layer in manifest.layers:
        missing = layer.address + layer.length - _home(board.partitions, layer).size
        if missing > 0:
            raise UserError(
                f"layer {layer.name} does not fit this flash: {missing} bytes are missing"
            )


def check_flashable(flash: bytes, source: str) -> None:
    """Refuse what no real board could start. Raises UserError."""
    try:
        partitions = parse_table(flash[TABLE_OFFSET : TABLE_OFFSET + TABLE_SIZE])
        parse_image(flash[BOOTLOADER_OFFSET:TABLE_OFFSET])
        cores = [parse_image(flash[p.offset : p.end]) for p in partitions if p.name == "ota_0"]
    except TableError as error:
        raise UserError(f"{source}: no flash image, for at 0x8000 {error}") from error
    except ImageError as error:
        raise UserError(f"{source}: no real board could start it: {error}") from error
    if any(core.is_stand_in for core in cores):
        raise UserError(f"{source}: its core is a stand-in: only the virtual board can run it")
