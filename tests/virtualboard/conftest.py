"""Boards with a program of a few lines each."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from handmade import flash_image

from virtualboard.board import State, VirtualBoard
from virtualboard.flash import Flash

MakeBoard = Callable[..., VirtualBoard]


@pytest.fixture
def make_board(tmp_path: Path) -> Iterator[MakeBoard]:
    """`make_board(main, boot=…, files=…, image=…, **options)`: a board, switched off."""
    boards: list[VirtualBoard] = []

    def make(
        main: str = "",
        *,
        boot: str = "",
        files: dict[str, str | bytes] | None = None,
        image: bytes | bytearray | None = None,
        **options: Any,
    ) -> VirtualBoard:
        path = tmp_path / f"flash{len(boards)}.bin"
        if image is None:
            image = flash_image({"boot.py": boot, "main.py": main, **(files or {})})
        path.write_bytes(image)
        board = VirtualBoard(path, **options)
        boards.append(board)
        return board

    yield make
    for board in boards:
        board.close()


@pytest.fixture
def run(make_board: MakeBoard) -> Callable[..., list[str]]:
    """Run a program to its end; what it printed."""

    def run(main: str, **options: Any) -> list[str]:
        board = make_board(main, **options)
        board.power_on()
        board.wait_for_state(State.REPL)
        board.power_off()
        return [line for line in board.console.lines() if not line.startswith(("[boot", "[power"))]

    return run


@pytest.fixture
def make_flash(tmp_path: Path) -> Iterator[Callable[..., Flash]]:
    """`make_flash(image)`: a chip with these bytes."""
    chips: list[Flash] = []

    def make(image: bytes | bytearray) -> Flash:
        path = tmp_path / f"chip{len(chips)}.bin"
        path.write_bytes(image)
        chips.append(Flash(path))
        return chips[-1]

    yield make
    for chip in chips:
        chip.close()


@pytest.fixture(scope="session")
def blank_image() -> bytes:
    """An image whose slots hold sound apps and whose otadata was never written."""
    return _blank_image()


@functools.cache
def _blank_image() -> bytes:
    return bytes(flash_image({}))
