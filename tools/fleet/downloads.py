"""Sending an artifact, whole or in part, and counting what goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from fleet.errors import RefusedError
from fleet.ranges import UnsatisfiableError, if_range_holds, parse_range

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class File:
    """What is sent: bytes on disk, and what the headers say about them."""

    path: Path
    name: str
    size: int
    sha1: str
    created_ms: int

    @property
    def etag(self) -> str:
        return f'"{self.sha1}"'


class CountedResponse(StreamingResponse):
    """Tells how many bytes of its body each step handed to the connection."""

    def __init__(
        self,
        content: AsyncIterator[bytes],
        status: int,
        headers: dict[str, str],
        count: Callable[[int], None],
    ) -> None:
        super().__init__(content, status, headers)
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            await send(message)
            if body := message.get("body"):
                self._count(len(body))

        await super().__call__(scope, receive, counted)


def is_partial(request: Request) -> bool:
    """Whether only a part is asked for; a HEAD takes nothing at all."""
    return "range" in request.headers or request.method == "HEAD"


def file_response(
    request: Request, file: File, count: Callable[[int], None] = lambda _count: None
) -> Response:
    """200, 206 or 416, with hawkBit's headers. Raises RefusedError (412, 410)."""
    # hawkBit compares with the bare hash: the quotes that HTTP asks for never match.
    if request.headers.get("if-match", "*") not in ("*", file.sha1):
        raise RefusedError(412)
    if not file.path.exists():
        raise RefusedError(410)
    headers = _headers(file)
    try:
        part = _wanted(request, file)
    except UnsatisfiableError:
        return Response(status_code=416, headers={"content-range": f"bytes */{file.size}"})
    begin, end = part or (0, file.size - 1)
    headers["content-length"] = str(end - begin + 1)
    if part:
        headers["content-range"] = f"bytes {begin}-{end}/{file.size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return CountedResponse(_chunks(file.path, begin, end), status, headers, count)


def _wanted(request: Request, file: File) -> tuple[int, int] | None:
    if not if_range_holds(request.headers.get("if-range"), file.etag, file.created_ms // 1000):
        return None
    return parse_range(request.headers.get("range"), file.size)


def _headers(file: File) -> dict[str, str]:
    return {
        "content-type": "application/octet-stream",
        "content-disposition": f"attachment;filename={file.name}",
        "etag": file.etag,
        "accept-ranges": "bytes",
        "last-modified": formatdate(file.created_ms // 1000, usegmt=True),
        "x-content-type-options": "nosniff",
    }


async def _chunks(path: Path, begin: int, end: int) -> AsyncIterator[bytes]:
    # Closed without awaiting: a client that goes away cancels us.
    with path.open("rb") as file:
        file.seek(begin)
        left = end - begin + 1
        while left and (chunk := await asyncio.to_thread(file.read, min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
