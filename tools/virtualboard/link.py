"""The way from the board to the world. All its traffic passes here: counted, and hurt on demand."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from .errors import EspError
from .rpc import Answer, Handler, Op
from .wifi import Wifi

# The emulator's address of the host: a board image made for it works here unchanged.
EMULATOR_HOST = "192.168.4.2"
_CHUNK = 4096
_TIME_TO_READ_S = 0.05
_LOOPBACK = "127.0.0.1"
_EAI_FAIL = -202
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_T = TypeVar("_T")


class Link:
    """Forwards the board's connections. `hosts` gives names and addresses another meaning: an
    address, or address and port, as "127.0.0.1:8080".

    `bytes_to_board` and `bytes_from_board` count payload, `connections` those ever made.
    `delay_s` holds each piece of data to the board back; `tamper` may change it.
    """

    def __init__(self, wifi: Wifi) -> None:
        self.hosts = {EMULATOR_HOST: _LOOPBACK}
        self.bytes_to_board = 0
        self.bytes_from_board = 0
        self.connections = 0
        self.delay_s = 0.0
        self.tamper: Callable[[bytes], bytes] = lambda data: data
        self._wifi = wifi
        wifi.on_lost = self.drop
        self._ports: dict[tuple[str, int], int] = {}
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut_after: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()

    def handlers(self) -> dict[Op, Handler]:
        return {Op.LOOK_UP: self._look_up}

    def drop(self) -> None:
        """All connections die now; new ones may be made."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._abort_all)

    def cut_after(self, payload_bytes: int) -> None:
        """All connections die when the board has got that much more payload, once."""
        self._call(self._set_cut(payload_bytes))

    def stall(self) -> None:
        """Connections stay, but nothing moves any more."""
        self._call(self._set_flow(False))

    def resume(self) -> None:
        """What was held back moves on."""
        self._call(self._set_flow(True))

    def close(self) -> None:
        """End all connections and the thread behind them."""
        if self._loop is None or self._thread is None:
            return
        self._call(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = None

    def _look_up(self, port: int, _b: int, _c: int, _d: int, name: bytes) -> Answer:
        """The loopback port behind which `name` and `port` are to be found."""
        if not self._wifi.connected:
            raise EspError(_EAI_FAIL)
        host, _, other_port = self.hosts.get(name.decode(), name.decode()).partition(":")
        port = int(other_port or port)
        try:
            socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
        except OSError:
            raise EspError(_EAI_FAIL) from None
        return self._call(self._listen(host, port))

    def _call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Have it done by the link's own thread."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # What follows runs in that thread.

    async def _set_cut(self, count: int) -> None:
        self._cut_after = count

    async def _set_flow(self, flowing: bool) -> None:
        if flowing:
            self._flowing.set()
        else:
            self._flowing.clear()

    async def _listen(self, host: str, port: int) -> int:
        key = (host, port)
        if key not in self._ports:

            def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.create_task(self._forward(reader, writer, host, port))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

            server = await asyncio.start_server(forward, _LOOPBACK, 0)
            self._servers.append(server)
            self._ports[key] = server.sockets[0].getsockname()[1]
        return self._ports[key]

    async def _forward(
        self, reader: asyncio.StreamReader, board: asyncio.StreamWriter, host: str, port: int
    ) -> None:
        if not self._wifi.connected:  # found before the network was lost
            self._abort(board)
            return
        self.connections += 1
        self._writers.add(board)
        try:
            answers, server = await asyncio.open_connection(host, port)
        except OSError:
            self._abort(board)
            return
        self._writers.add(server)
        await asyncio.gather(self._to_server(reader, server, board), self._to_board(answers, board))
        for writer in (board, server):
            self._writers.discard(writer)
            writer.close()

    async def _to_server(
        self,
        reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        board: asyncio.StreamWriter,
    ) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._flowing.wait()
                self.bytes_from_board += len(data)
                server.write(data)
                await server.drain()
            server.write_eof()
        except OSError:
            self._abort(board)

    async def _to_board(self, answers: asyncio.StreamReader, board: asyncio.StreamWriter) -> None:
        try:
            while data := await answers.read(_CHUNK):
                await self._flowing.wait()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self._deliver(self.tamper(data), board)
            await self._flowing.wait()
            board.write_eof()
        except OSError:
            self._abort(board)

    async def _deliver(self, data: bytes, board: asyncio.StreamWriter) -> None:
        cut = self._cut_after is not None and len(data) >= self._cut_after
        if cut:
            data = data[: self._cut_after]
            self._cut_after = None
        elif self._cut_after is not None:
            self._cut_after -= len(data)
        self.bytes_to_board += len(data)
        board.write(data)
        await board.drain()
        if cut:
            # A reset discards what the board has received and not read yet.
            await asyncio.sleep(_TIME_TO_READ_S)
            self._abort_all()

    def _abort_all(self) -> None:
        for writer in list(self._writers):
            self._abort(writer)

    def _abort(self, writer: asyncio.StreamWriter) -> None:
        """Close with a reset, as a peer that has lost its address does."""
        self._writers.discard(writer)
        sock = writer.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        writer.transport.abort()

    async def _shut_down(self) -> None:
        self._flowing.set()
        for server in self._servers:
            server.close()
        self._abort_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
