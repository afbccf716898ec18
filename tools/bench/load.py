"""Boards that poll as fast as they are answered: a process of its own, kept apart from the server.

`python -m bench.load PORT BOARDS CONNECTIONS SECONDS`; 0 seconds: until each board has polled
once. Prints a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Load:
    """What was measured. Times in ms; `failed`: answers other than 200."""

    polls: int
    failed: int
    seconds: float
    median_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.polls / self.seconds


def board_name(number: int) -> str:
    return f"bench-{number:06}"


def board_token(number: int) -> str:
    return f"{number:032x}"


class _Boards(asyncio.Protocol):
    """One connection: polls as one board after another, until there are no more `numbers`."""

    def __init__(self, host: str, numbers: Iterator[int], taken_s: list[float]) -> None:
        self._host, self._numbers, self._taken_s = host, numbers, taken_s
        self._buffer = b""
        self._sent_s = 0.0
        self.failed = 0
        self.lost = False
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._poll()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(_END)
        if not found or len(body) < _length(head):
            return
        self._taken_s.append(time.perf_counter() - self._sent_s)
        self.failed += not head.startswith(b"HTTP/1.1 200")
        self._buffer = b""
        self._poll()

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost = True
        self._end()

    def stop(self) -> None:
        self._transport.close()

    def _end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _poll(self) -> None:
        number = next(self._numbers, None)
        if number is None:
            self._end()
            return
        request = (
            f"GET /DEFAULT/controller/v1/{board_name(number)} HTTP/1.1\r\n"
            f"Host: {self._host}\r\nAccept: application/json\r\n"
            f"Authorization: TargetToken {board_token(number)}\r\n\r\n"
        )
        self._sent_s = time.perf_counter()
        self._transport.write(request.encode())


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            return int(line[len(_LENGTH) :])
    return 0


def _by_chance(count: int) -> Iterator[int]:
    while True:
        yield random.randrange(count)  # noqa: S311 - which board it is, is no secret


async def poll(port: int, boards: int, connections: int, seconds: float | None) -> Load:
    """Poll for that long as boards chosen by chance, or once as each; `connections` at a time."""
    numbers = _by_chance(boards) if seconds else iter(range(boards))
    loop = asyncio.get_running_loop()
    taken_s: list[float] = []
    began_s = time.perf_counter()
    lines = [
        (
            await loop.create_connection(
                lambda: _Boards(f"127.0.0.1:{port}", numbers, taken_s), "127.0.0.1", port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.wait([each.done for each in lines], timeout=seconds)
    took_s = time.perf_counter() - began_s
    polls = sorted(taken_s)
    if not polls or any(each.lost for each in lines):
        raise SystemExit(f"port {port}: the server closes connections, or does not answer")
    for each in lines:
        each.stop()
    failed = sum(each.failed for each in lines)
    return Load(len(polls), failed, took_s, _at(polls, 0.5), _at(polls, 0.99))


def _at(ordered_s: list[float], share: float) -> float:
    return round(ordered_s[int(share * (len(ordered_s) - 1))] * 1000, 2)


def main(arguments: list[str]) -> None:
    port, boards, connections = (int(each) for each in arguments[:3])
    load = asyncio.run(poll(port, boards, connections, float(arguments[3]) or None))
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main(sys.argv[1:])
