"""A server between the board and the real one, that spoils chosen answers."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Spoil = Callable[[bytes], Iterable[bytes]]
_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive")


class Rogue:
    """A context manager. `port`: where it listens. `served`: how many answers it has spoilt."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.served = 0
        self._rule: tuple[re.Pattern[str], Spoil] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="rogue", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spoil(self, request: str, how: Spoil) -> None:
        """From now on, spoil the answers to requests such as `GET /DEFAULT/…` with this in them.

        `how` gets the honest answer and gives what is sent instead, piece by piece; then the
        connection is closed.
        """
        self.served = 0
        self._rule = (re.compile(request), how)

    def be_sane(self) -> None:
        """Spoil nothing any more."""
        self._rule = None

    def spoiler_of(self, request: str) -> Spoil | None:
        """How this request's answer is to be spoilt."""
        if self._rule is None or not self._rule[0].search(request):
            return None
        return self._rule[1]


def _handler(rogue: Rogue) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # the board has hung up
                super().handle()

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = self._ask(body)
            spoil = rogue.spoiler_of(f"{self.command} {self.path}")
            if spoil is None:
                self.wfile.write(answer)
                return
            self.close_connection = True
            try:
                for piece in spoil(answer):
                    self.wfile.write(piece)
                    self.wfile.flush()
            except OSError:
                pass  # the board has had enough
            rogue.served += 1

        do_GET = do_PUT = do_POST = handle_any  # noqa: N815 - http.server's names

        def _ask(self, body: bytes) -> bytes:
            """The real server's answer, as bytes of HTTP."""
            upstream = http.client.HTTPConnection("127.0.0.1", rogue.upstream_port, timeout=20)
            upstream.request(self.command, self.path, body or None, dict(self.headers.items()))
            found = upstream.getresponse()
            data = found.read()
            upstream.close()
            return respond(
                f"{found.status} {found.reason}",
                data,
                *(f"{n}: {v}" for n, v in found.getheaders() if n.lower() not in _HOP),
            )

        def log_message(self, *_args: object) -> None:
            """The board's console is enough to read."""

    return Handler


def respond(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An answer in HTTP."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
