"""A running server: for `fleet serve`, and in a thread for tests and demonstrations."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import uvicorn

from fleet.app import build_app, build_fleet
from fleet.heads import BoundedHttp
from fleet.settings import Settings, Tls
from fleet.traffic import Download
from lockerctl.files import locked

# A board writes flash between two requests, and a new connection costs it more than it costs us.
_KEEP_ALIVE_S = 30
_SHUTDOWN_S = 5
_STOP_S = 10.0
_BACKLOG = 2048


class StartError(Exception):
    """The server cannot start, or go on; the text says why, for the person who started it."""


class FleetServer:
    """One server on one data directory, between `start` and `stop` or inside a `with`.

    `port` 0 takes a free one. `admin` lets a person "admin" in who is not in the database, by
    that password. Raises StartError, DatabaseError, and UserError if the keys or the files of
    `settings.trust` are not as they must be.
    """

    def __init__(
        self,
        data: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        admin: str | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = replace(settings or Settings(data), data=data)
        with ExitStack() as opened:
            # The tokens of all boards are in there.
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            _claim(data, opened)
            self._socket = opened.enter_context(_listen(host, port))
            self.fleet = build_fleet(self.settings, admin, self._end)
            self.uvicorn = uvicorn.Server(
                uvicorn.Config(
                    build_app(self.fleet),
                    http=BoundedHttp,
                    log_level="warning",
                    access_log=False,
                    server_header=False,
                    timeout_keep_alive=_KEEP_ALIVE_S,
                    timeout_graceful_shutdown=_SHUTDOWN_S,
                )
            )
            if self.settings.tls:
                _load_tls(self.uvicorn.config, self.settings.tls)
            self._opened = opened.pop_all()
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._thread: threading.Thread | None = None
        self._ended_by = ""

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.settings.tls else ''}://{host}:{self.port}"

    @property
    def known_to_nobody(self) -> bool:
        """Whether there is no person yet who could sign in."""
        return self.fleet.accounts.nobody()

    def downloads(self) -> list[Download]:
        """Bytes of artifacts handed to boards' connections since the start."""
        return self.fleet.traffic.downloads()

    def downloaded_bytes(self, release: str, controller_id: str | None = None) -> int:
        """The same for one release version, for one board or all."""
        return sum(
            each.sent_bytes
            for each in self.downloads()
            if each.release == release and controller_id in (None, each.controller_id)
        )

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; in the main thread.

        Raises StartError if another server has taken the database.
        """
        self.uvicorn.run(sockets=[self._socket])
        self._opened.close()
        if self._ended_by:
            raise StartError(self._ended_by)

    def finish(self, *_signal: object) -> None:
        """Let `run` come to its end. A handler of signals, until uvicorn has its own."""
        self.uvicorn.should_exit = True

    def _end(self, why: str) -> None:
        self._ended_by = why
        self.finish()

    def start(self) -> FleetServer:
        """Serve in a thread of its own; whoever connects from now on is served."""
        self._thread = threading.Thread(
            target=self.uvicorn.run, kwargs={"sockets": [self._socket]}, name="fleet", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Finish the requests under way, write everything, and end."""
        self.finish()
        if self._thread is not None:
            self._thread.join(_STOP_S)
        self._opened.close()

    def __enter__(self) -> FleetServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _load_tls(config: uvicorn.Config, tls: Tls) -> None:
    """Read the certificate and its key now: a mistake is told here, not by every board."""
    config.ssl_certfile, config.ssl_keyfile = str(tls.certificate), str(tls.key)
    try:
        config.load()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        text = f"TLS with {tls.certificate} and {tls.key}: {reason}"
        raise StartError(text) from error


def _claim(data: Path, opened: ExitStack) -> None:
    """Two servers on one directory would not see each other's writes in memory."""
    try:
        opened.enter_context(locked(data))
    except BlockingIOError:
        raise StartError(f"{data}: another server is running on this directory") from None


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as opened:
            listener = opened.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
            opened.pop_all()
    except OSError as error:
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return listener
