"""Virtual devices that speak DDI and nothing else, over connections that are cut at random."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import Any

from bench.load import board_name, board_token

Json = dict[str, Any]
_END = b"\r\n\r\n"
_PIECE = 4096
_PATIENCE_S = 60.0


class CutError(Exception):
    """The connection broke off: nobody knows what the server has heard."""


class OddError(Exception):
    """The server answered what it must not."""


@dataclass
class Wire:
    """How connections behave. `share` of all requests are cut; `cuts`, `requests`: done so far."""

    port: int
    share: float
    dice: random.Random
    cuts: int = 0
    requests: int = 0

    def next_cut(self) -> float | None:
        """Where in the exchange to cut: below 1 in the request, from 1 to 2 in the answer."""
        self.requests += 1
        return self.dice.uniform(0, 2) if self.dice.random() < self.share else None


@dataclass
class Device:
    """One board. `fails`: its update will not work, and it says so. `outcome`: what it came to."""

    number: int
    fails: bool
    outcome: str | None = None
    told: bool = False
    action: str | None = None
    content: bytearray = field(default_factory=bytearray)

    async def visit(self, wire: Wire) -> None:
        """Poll once, and do what there is to do. Raises CutError, OddError."""
        if self.outcome is not None and not self.told:
            await self._deliver(wire)
        links = (await self._json(wire, "GET", self._root())).get("_links", {})
        if "configData" in links:
            data = {"model": "bench", "number": str(self.number)}
            await self._json(wire, "PUT", self._root("/configData"), {"data": data})
        if "deploymentBase" in links:
            await self._update(wire, _path(links["deploymentBase"]["href"]))

    async def _update(self, wire: Wire, path: str) -> None:
        body = await self._json(wire, "GET", path)
        if self.action is not None and body["id"] != self.action:
            raise OddError(f"{self._name()}: action {body['id']} after {self.action}")
        self.action = body["id"]
        if self.outcome is None:
            await self._tell(wire, "proceeding", "none")
            await self._fetch(wire, body["deployment"]["chunks"][0]["artifacts"][0])
            # From here on it runs the new software, whatever the server hears.
            self.outcome = "failure" if self.fails else "success"
        await self._deliver(wire)

    async def _deliver(self, wire: Wire) -> None:
        assert self.outcome is not None
        await self._tell(wire, "closed", self.outcome)
        self.told = True

    async def _fetch(self, wire: Wire, artifact: Json) -> None:
        link = artifact["_links"].get("download") or artifact["_links"]["download-http"]
        size = artifact["size"]
        while len(self.content) < size:
            first = len(self.content)
            last = min(first + _PIECE, size) - 1
            status, part = await self._ask(
                wire, "GET", _path(link["href"]), wanted=f"bytes={first}-{last}"
            )
            if status != 206 or len(part) != last + 1 - first:
                raise OddError(f"{self._name()}: artifact: status {status}, {len(part)} bytes")
            self.content += part
        if hashlib.sha256(self.content).hexdigest() != artifact["hashes"]["sha256"]:
            raise OddError(f"{self._name()}: other bytes than were published")

    async def _tell(self, wire: Wire, execution: str, finished: str) -> None:
        status = {"execution": execution, "result": {"finished": finished}, "details": []}
        path = self._root(f"/deploymentBase/{self.action}/feedback")
        code, _ = await self._ask(wire, "POST", path, {"id": self.action, "status": status})
        # 410: it had heard of the end before the connection was cut.
        if code != 200 and (code, execution) != (410, "closed"):
            raise OddError(f"{self._name()}: {execution}: status {code}")

    async def _json(self, wire: Wire, method: str, path: str, body: Json | None = None) -> Any:
        status, content = await self._ask(wire, method, path, body)
        if status != 200:
            raise OddError(f"{self._name()}: {method} {path}: status {status}")
        return json.loads(content) if content else {}

    async def _ask(
        self,
        wire: Wire,
        method: str,
        path: str,
        body: Json | None = None,
        wanted: str | None = None,
    ) -> tuple[int, bytes]:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{wire.port}",
            f"Authorization: TargetToken {board_token(self.number)}",
            "Accept: application/json",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            "Connection: close",
            *([f"Range: {wanted}"] if wanted else []),
        ]
        request = "\r\n".join(lines).encode() + _END + content
        async with asyncio.timeout(_PATIENCE_S):
            return await _exchange(wire, request)

    def _name(self) -> str:
        return board_name(self.number)

    def _root(self, path: str = "") -> str:
        return f"/DEFAULT/controller/v1/{self._name()}{path}"


async def _exchange(wire: Wire, request: bytes) -> tuple[int, bytes]:
    cut = wire.next_cut()
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    try:
        sent = request if cut is None or cut >= 1 else request[: int(cut * len(request))]
        writer.write(sent)
        await writer.drain()
        if cut is not None:
            if cut >= 1:
                await reader.read(int((cut - 1) * 500))
            wire.cuts += 1
            raise CutError
        return _parsed(await reader.read(-1))
    finally:
        # Without a word, as a link that drops: the server gets a reset.
        writer.transport.abort()


def _parsed(answer: bytes) -> tuple[int, bytes]:
    head, found, body = answer.partition(_END)
    if not found:
        raise CutError
    return int(head.split(b" ", 2)[1]), body


def _path(href: str) -> str:
    return "/" + href.split("/", 3)[3]
