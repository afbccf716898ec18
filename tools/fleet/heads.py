"""uvicorn's HTTP/1.1, in which nobody can make the server hold a head without an end.

httptools hands a header over when it is complete, however long that is, and strangers send them.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Of request line and headers, and of what else comes between two parts of a body.
HEAD_BYTES = 64 * 1024
_CLOSE_S = 1.0
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\n"
    b"connection: close\r\n"
    b"\r\n"
)


class BoundedHttp(HttpToolsProtocol):
    """A connection is closed when HEAD_BYTES have come of which nothing is of use yet.

    It is noticed after what was read at once: a head may be longer by that.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._useless_bytes = 0
        self._refused = False

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._useless_bytes += len(data)
        super().data_received(data)
        if self._useless_bytes > HEAD_BYTES:
            self._refuse()

    def on_headers_complete(self) -> None:
        self._useless_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._useless_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._useless_bytes = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        self._refused = True
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_TOO_LARGE)
        self.transport.close()
        # Over TLS that waits for the other side, which may go on sending.
        self.loop.call_later(_CLOSE_S, self.transport.abort)
