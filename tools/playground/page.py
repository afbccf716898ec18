"""The page: what the cabinet looks like, as server-sent events, and what is done to it, as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from demo.errors import DemoError
from lockerctl.errors import UserError
from playground.bench import CODES, Bench
from virtualboard.errors import VirtualBoardError

_STATIC = Path(__file__).parent / "static"
_ROUND_S = 0.08
_SILENCE_S = 15.0
_OLD_LINES = 300
_MOST_BYTES = 4096
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Page:
    """The page of one bench. `is_closing`: whether whoever still watches should be sent away."""

    def __init__(self, bench: Bench, is_closing: Callable[[], bool]) -> None:
        self._bench = bench
        self._is_closing = is_closing
        self._has_wifi = True
        board, world = bench.board, bench.board.world
        self._deeds: dict[str, Callable[..., object]] = {
            "press": bench.fingers.press,
            "open": self._open,
            "close": lambda door: world.door(door).close(),
            "jam": self._jam,
            "power": lambda on: board.power_on() if on else board.power_off(),
            "reset": board.reset,
            "wifi": self._switch_wifi,
            "release": lambda greeting: bench.updates.release(greeting.strip()),
        }

    def app(self) -> Starlette:
        """To be served."""
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/live", self._live),
                Route("/do", self._do, methods=["POST"]),
                Mount("/static", StaticFiles(directory=_STATIC)),
            ]
        )

    async def _index(self, _request: Request) -> Response:
        return FileResponse(_STATIC / "index.html", headers=_HEADERS)

    async def _live(self, _request: Request) -> Response:
        return StreamingResponse(self._events(), media_type="text/event-stream", headers=_HEADERS)

    async def _do(self, request: Request) -> Response:
        """Do what is asked. 409: it can't be done, and why."""
        if not _is_from_here(request):
            return JSONResponse({"error": "this page does not ask for that"}, 403)
        body = await request.body()
        try:
            wanted = json.loads(body[:_MOST_BYTES])
            deed = self._deeds[wanted.pop("do")]
            await run_in_threadpool(deed, **wanted)
        except (VirtualBoardError, UserError, DemoError, click.ClickException) as error:
            return JSONResponse({"error": str(error)}, 409)
        except (AttributeError, KeyError, TypeError, ValueError):
            return JSONResponse({"error": "this page asks for nothing like that"}, 400)
        return JSONResponse({})

    async def _events(self) -> AsyncIterator[str]:
        """At first everything, then whatever has changed."""
        console = self._bench.board.console
        seen: dict[str, Any] = {}
        at = max(0, len(console) - _OLD_LINES)
        silent_s = 0.0
        while not self._is_closing():
            now = self._look()
            changed = {name: value for name, value in now.items() if seen.get(name, ...) != value}
            lines = console.lines(at)
            if lines:
                at += len(lines)
                changed["lines"] = lines
            if changed:
                changed["fresh"] = not seen
                yield f"data: {json.dumps(changed)}\n\n"
            elif silent_s > _SILENCE_S:
                yield ": nothing new\n\n"
            silent_s = 0.0 if changed or silent_s > _SILENCE_S else silent_s + _ROUND_S
            seen = now
            await asyncio.sleep(_ROUND_S)

    def _look(self) -> dict[str, Any]:
        bench = self._bench
        return {
            **bench.view.look(),
            "about": {"mode": bench.mode, **CODES},
            "wifi": self._has_wifi,
            "update": bench.updates.look(),
        }

    def _switch_wifi(self, on: bool) -> None:
        self._has_wifi = on
        if on:
            self._bench.board.wifi.restore()
        else:
            self._bench.board.wifi.drop()

    def _open(self, door: int, force: bool = False) -> None:
        if not self._bench.board.world.door(door).open(force=force):
            raise VirtualBoardError(f"door {door} is latched")

    def _jam(self, door: int, jammed: bool) -> None:
        self._bench.board.world.door(door).is_jammed = jammed


def _is_from_here(request: Request) -> bool:
    """Other sites in the same browser must not press keys."""
    origin = request.headers.get("origin")
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return is_json and (origin is None or urlsplit(origin).netloc == request.headers.get("host"))
