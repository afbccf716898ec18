"""The bench as tests see it: its page without a browser, and waiting for what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from playground.bench import Bench

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Shown:
    """The bench and its page. `http` is somebody without a browser."""

    bench: Bench
    url: str
    http: httpx.Client

    def do(self, **deed: Any) -> httpx.Response:
        return self.http.post("/do", json=deed)

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for something that nobody announces."""
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            last = "\n".join(self.bench.board.console.lines()[-25:])
            assert time.monotonic() < deadline, f"not {what}; the board's last words:\n{last}"
            time.sleep(0.05)

    def says(self, text: str) -> None:
        """Wait until the display shows this."""
        self.until(lambda: text in self.bench.view.look()["display"]["says"], f"shown: {text}")
