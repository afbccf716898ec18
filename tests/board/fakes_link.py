"""Servers that say what a test wrote down, in place of `asyncio.open_connection`."""

import asyncio

from net.http import Connection

URL = "http://server:8080/file"

# As a part of an answer: the server says nothing more, and keeps the connection.
SILENCE = "silence"


class Pinned:
    """As net.tls.Pinned. `clocks`: what a clock that is set after a failure may be good for."""

    context = object()

    def __init__(self, clocks=0):
        self.clocks = clocks

    def may_try_again(self):
        self.clocks -= 1
        return self.clocks >= 0


def connection(**options):
    """A Connection as a board's."""
    return Connection(bytearray(1536), **options)


class Line:
    """One connection: each of `answers` can be read once another request has come, then the end.

    `steps`: what each write takes, in bytes, before one takes all; None: nothing yet.

    An answer is bytes, or a list of what one read gives each: bytes, None (a TLS record is not
    complete yet), an int (so many ms pass before the next), an OSError (the read fails), SILENCE.
    """

    def __init__(self, *answers):
        self._answers = list(answers)
        self._parts = []
        self._request = b""
        self.requests = []
        self.steps = []
        self.closed = False
        self.s = self

    def close(self):
        self.closed = True

    def write(self, data):
        count = self.steps.pop(0) if self.steps else len(data)
        if count is not None:
            self._request += bytes(data[:count])
        if count == len(data):
            self._take_request()
        return count

    def _take_request(self):
        self.requests.append(self._request)
        self._request = b""
        if self._answers:
            answer = self._answers.pop(0)
            self._parts += [answer] if isinstance(answer, bytes) else answer

    async def readinto(self, target):
        assert not self.closed, "read after close"
        if not self._parts:
            if self._answers:
                await _for_ever()
            return 0
        while isinstance(self._parts[0], int):
            await asyncio.sleep_ms(self._parts.pop(0))
        part = self._parts[0]
        if part is SILENCE:
            await _for_ever()
        if isinstance(part, (OSError, ValueError)):
            raise part
        count = 0 if part is None else min(len(target), len(part))
        if count:
            target[:count] = part[:count]
        if part is None or count == len(part):
            self._parts.pop(0)
        else:
            self._parts[0] = part[count:]
        return None if part is None else count


class Net:
    """All connections that will be opened, in order: Lines, or errors for those that fail.

    `opened`: (host, port, has TLS) of each so far.
    """

    def __init__(self, *lines):
        self._lines = list(lines)
        self.opened = []
        asyncio.open_connection = self._open

    async def _open(self, host, port, ssl=None, server_hostname=None):
        assert self._lines, "one connection more than expected"
        assert not ssl or server_hostname == host
        self.opened.append((host, port, bool(ssl)))
        line = self._lines.pop(0)
        if isinstance(line, Exception):
            raise line
        return line, line


class Body:
    """The body of an answer, for a Spool. `parts`: any iterable, asked for one after the other."""

    def __init__(self, parts):
        self._parts, self._part = iter(parts), b""

    async def piece(self, most):
        if not self._part:
            self._part = memoryview(next(self._parts, b""))
        part, self._part = self._part[:most], self._part[most:]
        return part

    def close(self):
        self._parts, self._part = iter(()), b""


def answer(status=200, body=b"", *headers):
    """An HTTP answer with its length. `headers`: whole lines."""
    lines = [f"HTTP/1.1 {status} Text"]
    lines += headers
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def body_of(http):
    """The rest of a body, in one piece."""
    body = b""
    while True:
        part = await http.piece(1536)
        if not part:
            return body
        body += bytes(part)


async def get(http, url=URL):
    """`(status, headers, body)`."""
    status, headers = await http.request("GET", url)
    return status, headers, await body_of(http)


async def error_of(kind, wait):
    """The error, which must be of this kind, that ends an await."""
    try:
        await wait
    except kind as error:
        return error
    raise AssertionError("no error")


async def _for_ever():
    while True:
        await asyncio.sleep_ms(1000)
