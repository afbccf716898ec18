"""Plays with a running virtual board from another process: JSON lines over a unix socket.

A request is an object with `do` and its arguments, an answer has `ok`, and `error` when that is
false. `ask` is the client's side.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from pathlib import Path
from typing import Any

from .actions import Answer, actions
from .board import VirtualBoard
from .errors import VirtualBoardError

_TIMEOUT_S = 30.0


class ControlServer:
    """Serves one board at the socket `path`. A context manager."""

    def __init__(self, board: VirtualBoard, path: Path) -> None:
        self._path = path
        self._socket = _listen(path)
        self._actions = actions(board)
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
