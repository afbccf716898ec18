"""HTTP/1.1 (RFC 9112) over one kept connection, in bounded memory.

Not a general client: no redirects, no cookies, no proxies, one request at a time. What comes in is
not trusted: lines, header blocks and bodies are bounded, and every wait has an end.
"""

import asyncio
import time

from micropython import const

from net.errors import LinkError
from net.url import split

# What stays is loaded before what goes: asyncio would load them when they are first called for.
__import__("asyncio.funcs")
__import__("asyncio.stream")

_LINES = const(64)
_TIMEOUT_MS = const(20_000)  # for each wait
_EXCHANGE_MS = const(60_000)  # from request to the body's end: a server that drips is none
_STEP_MS = const(10)
_SLICE_MS = const(500)
_KEPT = ("content-length", "transfer-encoding", "connection", "content-range", "etag", "date")


async def _nothing():
    """For who has nothing else to do."""


class Connection:
    """One connection to one server at a time. `tls`: a net.tls.Pinned for https, or None.

    `buffer` is a bytearray: no line may be longer.

    `give_way()` is awaited before whatever takes long (a name to look up, a step of a handshake),
    and now and then while nothing comes; what it raises ends the exchange.
    """

    def __init__(self, buffer, tls=None, timeout_ms=_TIMEOUT_MS, give_way=_nothing):
        self._tls = tls
        self._give_way = give_way
        self._timeout_ms = timeout_ms
        self._stream = None
        self._peer = None
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._start = self._end = 0
        self._end_ms = self._limit_ms = 0
        self.date = None  # of the last answer, as it came
        self.left = 0  # body bytes to come; -1: until the end of the connection
        self._chunked = False
        self._close_after = True

    async def request(self, method, url, headers=(), body=None):
        """Send a request; give `(status, headers)`, and take `piece` by piece of the body.

        `headers`: pairs of str. The given headers have lower-case names, only those of use here.
        LinkError: no answer, or none that is HTTP.
        """
        if self.left or self._chunked or self._start < self._end or self._close_after:
            self.close()  # the last body was not read to its end, or was not all that came
        try:
            peer = split(url)
        except ValueError as error:
            raise LinkError(str(error)) from None
        await self._give_way()
        self._end_ms = time.ticks_add(time.ticks_ms(), _EXCHANGE_MS)
        message = self._message(method, peer, headers, body)
        if self._stream and self._peer == peer[:3]:
            try:
                return await self._exchange(method, message)
            except LinkError:
                answered = self._end
                self.close()
                if answered:
                    raise
        # No connection yet, or the server has closed the kept one meanwhile.
        self.close()
        while True:
            await self._open(peer)
            try:
                return await self._exchange(method, message)
            except LinkError:
                self.close()
                if not (peer[0] and self._tls.may_try_again()):
                    raise

    def close(self):
        """Drop the connection, if there is one."""
        if self._stream:
            try:
                self._stream.s.close()
            except OSError:
                pass  # it was gone already
        self._stream = self._peer = None
        self.left, self._start, self._end = 0, 0, 0
        self._chunked, self._close_after = False, True

    async def piece(self, most):
        """The next bytes of the body, `most` at most; empty: its end.

        They are a memoryview that holds until the next call. LinkError when the body breaks off.
        """
        if self._chunked and not self.left:
            await self._within(self._next_chunk())
        if not self.left:
            return self._view[:0]
        if self._start == self._end:
            self._start, self._end = 0, await self._within(self._receive(self._view))
            if not self._end and self.left > 0:
                self.close()
                raise LinkError("body cut short")
        count = min(most, self._end - self._start)
        if self.left > 0:
            count = min(count, self.left)
            self.left -= count
        elif not count:
            self.left = 0
        part = self._view[self._start : self._start + count]
        self._start += count
        return part

    def _message(self, method, peer, headers, body):
        lines = ["%s %s HTTP/1.1" % (method, peer[3]), "Host: %s:%d" % (peer[1], peer[2])]
        lines += ["%s: %s" % pair for pair in headers]
        if body is not None:
            lines.append("Content-Length: %d" % len(body))
        text = "\r\n".join(lines) + "\r\n\r\n"
        return text.encode() + (body or b"")

    async def _open(self, peer):
        secure, host, port, _ = peer
        if secure and not self._tls:
            raise LinkError("no TLS set up")
        context = self._tls.context if secure else None
        opening = asyncio.open_connection(host, port, ssl=context, server_hostname=host)
        await self._within(self._connect(opening))
        self._peer = peer[:3]

    async def _connect(self, opening):
        task = asyncio.create_task(self._take(opening))
        try:
            while not task.done():
                await self._go_on()
                await asyncio.sleep_ms(_STEP_MS)
        except BaseException:
            task.cancel()
            raise
        error = await task
        if error:
            raise error

    async def _take(self, opening):
        """What went wrong, if anything did: a task that raises says so on the console."""
        try:
            self._stream, _ = await opening
        except Exception as error:  # noqa: BLE001 - who waits for it raises it
            return error

    async def _within(self, wait):
        """Await with an end; what goes wrong below becomes a LinkError."""
        left_ms = time.ticks_diff(self._end_ms, time.ticks_ms())
        self._limit_ms = time.ticks_add(time.ticks_ms(), max(1, min(self._timeout_ms, left_ms)))
        try:
            return await wait
        except (OSError, ValueError) as error:  # ValueError: a certificate that is not good
            raise LinkError("link: %s" % " ".join(str(error).split())) from None

    async def _go_on(self):
        """Nothing has come yet: LinkError when that takes too long."""
        await self._give_way()
        if time.ticks_diff(self._limit_ms, time.ticks_ms()) <= 0:
            raise LinkError("no answer in time")

    async def _exchange(self, method, message):
        self._close_after = True  # unless its answer is read, for the next request's is another one
        await self._within(self._send(message))
        return await self._within(self._head(method))

    async def _send(self, message):
        """Not by the stream's own `write`: that would take each step of a handshake at once."""
        self._start = self._end = 0
        view = memoryview(message)
        while view:
            await self._go_on()
            sent = self._stream.s.write(view)
            if sent is None:  # it would have to wait
                await asyncio.sleep_ms(_STEP_MS)
            else:
                view = view[sent:]

    async def _head(self, method):
        words = (await self._line()).split(None, 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
            raise LinkError("not an HTTP answer")
        status, found = int(words[1]), {}
        for _ in range(_LINES):
            line = await self._line()
            if not line:
                break
            name, _, value = line.partition(":")
            if name.lower() in _KEPT:
                found[name.lower()] = value.strip()
        else:
            raise LinkError("too many headers")
        self.date = found.get("date")
        self._frame(method, status, words[0], found)
        return status, found

    def _frame(self, method, status, version, headers):
        """How long the body is (RFC 9112, 6.3)."""
        closing = headers.get("connection", "").lower() == "close"
        self._close_after = closing or version == "HTTP/1.0"
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        length = headers.get("content-length")
        if method == "HEAD" or status in (204, 304):
            self._chunked, self.left = False, 0
        elif self._chunked:
            self.left = 0
        elif length is None:
            self.left, self._close_after = -1, True
        elif not length.isdigit() or len(length) > 9:
            raise LinkError("bad Content-Length")
        else:
            self.left = int(length)

    async def _next_chunk(self):
        size = (await self._line()).partition(";")[0]
        if not size:  # the line end behind the chunk before
            size = (await self._line()).partition(";")[0]
        try:
            self.left = int(size, 16)
        except ValueError:
            self.left = -2
        if not 0 <= self.left < 1 << 29:
            raise LinkError("bad chunk")
        if not self.left:
            self._chunked = False
            while await self._line():
                pass

    async def _receive(self, target):
        while True:
            left_ms = time.ticks_diff(self._limit_ms, time.ticks_ms())
            reading = self._stream.readinto(target)
            try:
                count = await asyncio.wait_for_ms(reading, max(1, min(_SLICE_MS, left_ms)))
                if count is not None:  # None: a TLS record is not complete yet
                    return count
            except asyncio.TimeoutError:
                pass
            await self._go_on()

    async def _line(self):
        """One line without its end; LinkError when longer than the buffer or cut."""
        while True:
            at = self._buffer.find(b"\n", self._start, self._end)
            if at >= 0:
                line = bytes(self._view[self._start : at])
                self._start = at + 1
                try:
                    return line.decode().rstrip("\r")
                except UnicodeError:
                    raise LinkError("not an HTTP answer") from None
            if self._start:
                self._buffer[: self._end - self._start] = self._buffer[self._start : self._end]
                self._start, self._end = 0, self._end - self._start
            if self._end == len(self._buffer):
                raise LinkError("line too long")
            count = await self._receive(self._view[self._end :])
            if not count:
                raise LinkError("connection closed")
            self._end += count
