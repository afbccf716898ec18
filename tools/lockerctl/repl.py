"""A board's REPL at a serial port, through mpremote or ampy."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any

from ampy.pyboard import Pyboard, PyboardError  # type: ignore[import-untyped]
from mpremote.transport import TransportError  # type: ignore[import-untyped]
from mpremote.transport_serial import SerialTransport  # type: ignore[import-untyped]
from serial import SerialException  # type: ignore[import-untyped]

from lockerctl.errors import UserError

TOOLS = ("mpremote", "ampy")
# Raw REPLs without flow control lose what does not fit their buffer.
_CHUNK = 256
_SILENCE_S = 2
_START_S = 4
_TRIES = 3


class Repl:
    """A board that waits for code. All methods raise what the tool raises."""

    def __init__(self, tool: Any) -> None:
        self._tool = tool

    def run(self, code: str) -> str:
        """Run code and return what it prints."""
        output: bytes = self._tool.exec(code)
        return output.decode()

    def put(self, path: str, data: bytes) -> None:
        """Write a file into a folder that is there."""
        self.run(f"f=open({path!r},'wb')")
        for start in range(0, len(data), _CHUNK):
            self.run(f"f.write({data[start : start + _CHUNK]!r})")
        self.run("f.close()")

    def reset(self) -> None:
        """Reset the chip, which ends the talk."""
        self._tool.exec_raw_no_follow("import machine\nmachine.reset()")


@contextmanager
def open_repl(port: str, tool: str) -> Iterator[Repl]:
    """Interrupt the board's program and talk to its REPL. Raises UserError.

    mpremote leaves what the program had in RAM; ampy soft-resets the board first.
    """
    opened = None
    try:
        opened = _OPENERS[tool](port)
        yield Repl(opened)
    except (TransportError, PyboardError, SerialException, OSError) as error:
        raise UserError(f"{port}: {_reason(error)}") from error
    finally:
        if opened is not None:
            opened.close()


def _open_mpremote(port: str) -> Any:
    transport = SerialTransport(port, timeout=_SILENCE_S)
    _enter(lambda: transport.enter_raw_repl(soft_reset=False, timeout_overall=_START_S))
    return transport


def _open_ampy(port: str) -> Any:
    board = Pyboard(port)
    board.serial.timeout = _SILENCE_S
    _enter(board.enter_raw_repl)
    return board


def _enter(enter_raw_repl: Callable[[], None]) -> None:
    """Try more than once: a board that has just been reset does not listen yet."""
    for _ in range(_TRIES - 1):
        # Both tools print what they got when they give up.
        with suppress(TransportError, PyboardError), redirect_stdout(io.StringIO()):
            return enter_raw_repl()
    with redirect_stdout(io.StringIO()):
        return enter_raw_repl()


_OPENERS: dict[str, Callable[[str], Any]] = {"mpremote": _open_mpremote, "ampy": _open_ampy}


def _reason(error: Exception) -> str:
    """The last line of a board's traceback, or the tool's own words."""
    texts = [
        part.decode(errors="replace") if isinstance(part, bytes) else str(part)
        for part in error.args
    ]
    lines = " ".join(texts).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
