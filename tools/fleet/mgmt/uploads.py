"""multipart/form-data with one file in it, streamed to where it will stay."""

from __future__ import annotations

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from fleet.errors import CONSTRAINT, NOT_READABLE, TOO_LARGE, RefusedError
from fleet.store.content import Incoming

_FIELD_BYTES = 1024
_OVERHEAD_BYTES = 64 * 1024


class Upload:
    """Takes a multipart body piece by piece: the part `file` into a file, the rest into `fields`.

    `filename` is the one the client gave the part, None before it came.
    """

    def __init__(self, boundary: bytes, incoming: Incoming, limit_bytes: int) -> None:
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self._incoming = incoming
        self._limit_bytes = limit_bytes
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._part = ""
        self._value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_header_name,
                "on_header_value": self._add_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_content,
                "on_part_data": self._add_content,
                "on_part_end": self._end,
            },
        )

    def feed(self, data: bytes) -> None:
        """The next bytes of the body. Raises RefusedError (400, 429)."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise RefusedError(NOT_READABLE, "The body is not multipart/form-data.") from None

    def finish(self) -> None:
        """The body has ended. Raises RefusedError (400)."""
        try:
            self._parser.finalize()
        except FormParserError:
            raise RefusedError(NOT_READABLE, "The body ended early.") from None
        if self.filename is None:
            raise RefusedError(CONSTRAINT, "The part named file is missing.")

    def _begin(self) -> None:
        self._disposition = b""
        self._value = bytearray()

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def _begin_content(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._part = options.get(b"name", b"").decode(errors="replace")
        if self._part == "file":
            if self.filename is not None:
                raise RefusedError(CONSTRAINT, "There is more than one part named file.")
            self.filename = options.get(b"filename", b"").decode(errors="replace")

    def _add_content(self, data: bytes, start: int, end: int) -> None:
        if self._part == "file":
            if self._incoming.size + end - start > self._limit_bytes:
                raise RefusedError(TOO_LARGE, f"A file has at most {self._limit_bytes} bytes.")
            self._incoming.write(data[start:end])
            return
        if len(self._value) + end - start > _FIELD_BYTES:
            raise RefusedError(CONSTRAINT, f"Field {self._part} is too long.")
        self._value += data[start:end]

    def _end(self) -> None:
        if self._part != "file":
            self.fields[self._part] = self._value.decode(errors="replace")


async def receive(request: Request, incoming: Incoming, limit_bytes: int) -> Upload:
    """Read the body of a request. Raises RefusedError (400, 415, 429)."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise RefusedError(415)
    if int(request.headers.get("content-length", "0")) > limit_bytes + _OVERHEAD_BYTES:
        raise RefusedError(TOO_LARGE, f"A file has at most {limit_bytes} bytes.")
    upload = Upload(options[b"boundary"], incoming, limit_bytes)
    try:
        async for chunk in request.stream():
            upload.feed(chunk)
    except ClientDisconnect:
        raise RefusedError(NOT_READABLE, "The body ended early.") from None
    upload.finish()
    return upload
