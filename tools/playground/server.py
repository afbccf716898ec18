"""Serves the page: in the main thread for people, in one of its own for tests."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

import uvicorn

from lockerctl.errors import UserError
from playground.bench import Bench
from playground.page import Page

_SHUTDOWN_S = 2
_STOP_S = 10.0


class PageServer:
    """One page at `url`; `port` 0 takes a free one. Raises UserError: the port is taken."""

    def __init__(self, bench: Bench, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        address = f"[{host}]" if ":" in host else host
        self.url = f"http://{address}:{self._socket.getsockname()[1]}"
        page = Page(bench, lambda: self._uvicorn.should_exit)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                page.app(),
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=_SHUTDOWN_S,
            )
        )
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; in the main thread."""
        self._uvicorn.run(sockets=[self._socket])

    def __enter__(self) -> PageServer:
        self._thread = threading.Thread(target=self.run, name="page", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._uvicorn.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_S)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=_family(host))
    except OSError as error:
        raise UserError(
            f"cannot serve the page at {host}:{port}: {error.strerror or error}; "
            "choose another: --port"
        ) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
