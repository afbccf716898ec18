"""The core of a release: MicroPython's app image, from what people have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lockerctl.appimage import AppImage, ImageError, parse_image
from lockerctl.errors import UserError
from lockerctl.partition_table import (
    APP,
    BOOTLOADER_OFFSET,
    TABLE_OFFSET,
    TABLE_SIZE,
    Partition,
    TableError,
    parse_table,
)
from lockerctl.stand_in import stand_in

_STAND_IN = "stand-in"


@dataclass(frozen=True)
class Core:
    """A checked app image (exactly its bytes) and what it says of itself."""

    data: bytes
    image: AppImage


def load_core(argument: str) -> Core:
    """The core that `--core` names: `stand-in`, `stand-in:NAME` or a file.

    A file is an app image, or an official MicroPython `.bin` with bootloader, table and app.
    Raises UserError.
    """
    kind, _, name = argument.partition(":")
    if kind == _STAND_IN:
        data = stand_in(name)
    else:
        data = read_file(Path(argument))
        app = _app_of_combined(data)
        if app is not None:
            data = data[app.offset - BOOTLOADER_OFFSET : app.end - BOOTLOADER_OFFSET]
    image = _check(data, argument, "core")
    if not image.is_app:
        raise UserError(f"{argument}: cannot take this core: a bootloader alone is none")
    return Core(data[: image.length], image)


def load_bootloader(path: Path) -> bytes:
    """The bootloader image in an official MicroPython `.bin`, or in a file of its own.

    Raises UserError.
    """
    data = read_file(path)
    image = _check(data, str(path), "bootloader")
    if image.is_app or image.length > TABLE_OFFSET - BOOTLOADER_OFFSET:
        raise UserError(f"{path}: holds no bootloader: take an official .bin as downloaded")
    return data[: image.length]


def read_file(path: Path) -> bytes:
    """The bytes of a file that a user named. Raises UserError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot read it: {error.strerror}") from error


def _app_of_combined(data: bytes) -> Partition | None:
    """The app partition by the table in the file, which starts where the bootloader does."""
    start = TABLE_OFFSET - BOOTLOADER_OFFSET
    try:
        partitions = parse_table(data[start : start + TABLE_SIZE])
    except TableError:
        return None
    apps = [partition for partition in partitions if partition.type == APP]
    return min(apps, key=lambda app: app.offset, default=None)


def _check(data: bytes, source: str, what: str) -> AppImage:
    try:
        return parse_image(data)
    except ImageError as error:
        raise UserError(f"{source}: cannot take this {what}: {error}") from error
