"""Plays with a running virtual board from another process: JSON lines over a unix socket.

A request is an object with `do` and its arguments, an answer has `ok`, and `error` when that is
false. `ask` is the client's side.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .board import VirtualBoard
from .errors import VirtualBoardError

Answer = dict[str, Any]
_TIMEOUT_S = 30.0


class ControlServer:
    """Serves one board at the socket `path`. A context manager."""

    def __init__(self, board: VirtualBoard, path: Path) -> None:
        self._board = board
        self._path = path
        self._socket = _listen(path)
        self._actions: dict[str, Callable[..., Answer | None]] = {
            "status": self._status,
            "power": self._power,
            "reset": board.reset,
            "press": self._press,
            "open": self._open,
            "close": lambda door: board.world.door(door).close(),
            "jam": self._jam,
            "wifi": lambda on: board.wifi.restore() if on else board.wifi.drop(),
            "cut_link": board.link.cut_after,
            "pins": self._pins,
            "stick": board.pins.stick,
            "screen": self._screen,
            "console": lambda since=0: {"lines": board.console.lines(since)},
        }
        threading.Thread(target=self._accept, name="control", daemon=True).start()

    def __enter__(self) -> ControlServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)  # or the thread would wait for ever
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("r") as lines, contextlib.suppress(OSError):
            for line in lines:
                connection.sendall(json.dumps(self._answer(line)).encode() + b"\n")

    def _answer(self, line: str) -> Answer:
        try:
            request = json.loads(line)
            action = self._actions[request.pop("do")]
            return {"ok": True, **(action(**request) or {})}
        except (VirtualBoardError, ValueError, TypeError, AttributeError) as error:
            return {"ok": False, "error": str(error)}
        except KeyError as error:
            return {"ok": False, "error": f"the virtual board can't do {error}"}

    def _status(self) -> Answer:
        board = self._board
        return {
            "state": board.state.value,
            "running": board.running,
            "boots": len(board.causes),
            "wifi": board.wifi.connected,
            "bytes_to_board": board.link.bytes_to_board,
            "doors": [
                {"open": door.is_open, "latched": door.is_latched} for door in board.world.doors
            ],
        }

    def _power(self, on: bool) -> None:
        if on:
            self._board.power_on()
        else:
            self._board.power_off()

    def _press(self, key: int, seconds: float = 0.2) -> None:
        self._board.world.key(key).press()
        time.sleep(seconds)
        self._board.world.key(key).release()

    def _open(self, door: int, force: bool = False) -> None:
        if not self._board.world.door(door).open(force=force):
            raise VirtualBoardError(f"door {door} is latched")

    def _jam(self, door: int, jammed: bool = True) -> None:
        self._board.world.door(door).is_jammed = jammed

    def _pins(self) -> Answer:
        world, level = self._board.world, self._board.pins.level
        return {
            "doors": [
                {"relay": level(door.relay_pin), "sensor": level(door.sensor_pin)}
                for door in world.doors
            ],
            "pins": {str(change.pin): level(change.pin) for change in self._board.pins.history},
        }

    def _screen(self, png: bool = False) -> Answer:
        display = self._board.world.display
        if display is None:
            raise VirtualBoardError("this board has no display")
        if not png:
            return {"text": display.text()}
        buffer = io.BytesIO()
        display.picture().save(buffer, "PNG")
        return {"png": base64.b64encode(buffer.getvalue()).decode()}


def ask(path: Path, request: dict[str, Any]) -> Answer:
    """Send one request to a running board; its answer. VirtualBoardError: it was refused."""
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(_TIMEOUT_S)
            sock.connect(str(path))
            sock.sendall(json.dumps(request).encode() + b"\n")
            with sock.makefile("r") as lines:
                line = lines.readline()
    except OSError as error:
        raise VirtualBoardError(
            f"{path}: no virtual board there ({error.strerror or error}); "
            "start one with `lockerctl board run`"
        ) from None
    if not line:
        raise VirtualBoardError(f"{path}: the virtual board has gone away")
    answer: Answer = json.loads(line)
    if not answer["ok"]:
        raise VirtualBoardError(answer["error"])
    return answer


def _listen(path: Path) -> socket.socket:
    """A socket at `path`. What a board that was killed has left there is replaced."""
    sock = socket.socket(socket.AF_UNIX)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except OSError:
        path.unlink(missing_ok=True)
    else:
        sock.close()
        raise VirtualBoardError(f"{path}: another virtual board is controlled there")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sock.bind(str(path))
    except OSError as error:
        sock.close()
        raise VirtualBoardError(f"{path}: {error.strerror or error}") from None
    sock.listen()
    return sock
