"""Writes a flash image to a board with esptool: what differs, and nothing else."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from esptool.cmds import (  # type: ignore[import-untyped]
    attach_flash,
    detect_chip,
    detect_flash_size,
    erase_region,
    reset_chip,
    run_stub,
    write_flash,
)
from esptool.util import FatalError  # type: ignore[import-untyped]
from serial import SerialException  # type: ignore[import-untyped]

from lockerctl.errors import UserError

# The stub erases blocks of this size at once.
_CHUNK = 64 * 1024
_MIB = 1024 * 1024
_CHIP = "ESP32"


@dataclass(frozen=True)
class Port:
    """A serial port, or a URL that pyserial knows; how to reset the chip before and after."""

    name: str
    baud: int
    before: str
    after: str


def flash_board(port: Port, image: bytes, tell: Callable[[str], None]) -> int:
    """Make the board's flash equal to the image; what is equal already is left alone.

    Returns how many bytes were written or erased. Raises UserError.
    """
    try:
        with _connected(port) as chip:
            _check_size(chip, image)
            changed = 0
            for start, end in _differing(chip, image):
                tell(f"writing {start:#08x} to {end:#08x}")
                _write(chip, start, image[start:end])
                changed += end - start
            tell("verifying")
            if chip.flash_md5sum(0, len(image)) != _md5(image):
                raise UserError(f"{port.name}: the flash is not what was written: try again")
            return changed
    except (FatalError, SerialException, OSError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{port.name}: cannot flash the board: {reason}") from error


@contextmanager
def _connected(port: Port) -> Iterator[Any]:
    """The chip at the port with esptool's stub running; reset when done."""
    chip = detect_chip(port.name, connect_mode=port.before)
    try:
        if chip.CHIP_NAME != _CHIP:
            raise UserError(f"{port.name}: the chip is an {chip.CHIP_NAME}, not an {_CHIP}")
        chip = run_stub(chip)
        if port.baud > chip.ESP_ROM_BAUD:
            chip.change_baud(port.baud)
        attach_flash(chip)
        yield chip
        reset_chip(chip, port.after)
    finally:
        chip._port.close()


def _check_size(chip: Any, image: bytes) -> None:
    found = detect_flash_size(chip)
    if found != f"{len(image) // _MIB}MB":
        raise UserError(
            f"the board has {found or 'an unknown size'} of flash, the image {len(image)} bytes"
        )


def _differing(chip: Any, image: bytes) -> Iterator[tuple[int, int]]:
    """Where chunks of the flash differ from the image; neighbours of a kind are joined."""
    run: tuple[int, int] | None = None
    for start in range(0, len(image), _CHUNK):
        chunk = image[start : start + _CHUNK]
        if chip.flash_md5sum(start, len(chunk)) == _md5(chunk):
            continue
        if run and run[1] == start and _is_blank(chunk) == _is_blank(image[run[0] : run[1]]):
            run = run[0], start + len(chunk)
            continue
        if run:
            yield run
        run = start, start + len(chunk)
    if run:
        yield run


def _write(chip: Any, start: int, data: bytes) -> None:
    if _is_blank(data):
        erase_region(chip, start, len(data))
    else:
        write_flash(chip, [(start, data)], no_progress=not sys.stdout.isatty())


def _is_blank(data: bytes) -> bool:
    return data.count(b"\xff") == len(data)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
