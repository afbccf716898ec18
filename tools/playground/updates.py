"""Updates: what the server knows of the board's, and a new release for it."""

from __future__ import annotations

import contextlib
import shutil
import threading
from pathlib import Path
from typing import Any

from demo.terminal import Terminal
from fleet.answers import FleetError
from fleet.client import FleetClient
from lockerctl.paths import ASSETS
from playground.greeting import greet

_ROUND_S = 1.0
_LINES = 8


class Updates:
    """For the board `board`, which has the release `first`; new ones are made in `out`."""

    def __init__(
        self, client: FleetClient, terminal: Terminal, out: Path, board: str, first: str
    ) -> None:
        self._client = client
        self._terminal = terminal
        self._out = out
        self._board = board
        self._latest = first
        self._busy = threading.Lock()
        self._making = ""
        self._stopped = threading.Event()
        self._seen: dict[str, Any] = {"release": first, "status": "", "lines": []}
        self._watcher = threading.Thread(target=self._watch, name="updates", daemon=True)

    def __enter__(self) -> Updates:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._watcher.join()

    def look(self) -> dict[str, Any]:
        """What the board runs, and how its newest update goes."""
        return {**self._seen, "making": self._making}

    def release(self, greeting: str) -> None:
        """Make a release of the code as it is now, with this greeting, and give it to the board.

        Raises UserError, DemoError. Does nothing while one is being made.
        """
        if not self._busy.acquire(blocking=False):
            return
        try:
            version = _next(self._latest)
            self._making = f"building {version}"
            self._build(version, greeting)
            self._latest = version
            self._making = f"publishing {version}"
            folder = self._folder(version)
            self._terminal.run(
                "release", "sign", folder, "--passphrase-file", self._out / "passphrase"
            )
            self._terminal.run("release", "publish", folder)
            self._terminal.run("release", "assign", self._board, version)
        finally:
            self._making = ""
            self._busy.release()

    def _build(self, version: str, greeting: str) -> None:
        target = self._out / "assets" / version
        shutil.rmtree(target, ignore_errors=True)
        assets = greet(ASSETS, greeting, target)
        self._terminal.run(
            *("release", "build", "--version", version, "--core", "stand-in"),
            *("--assets", assets, "--out", self._folder(version)),
            *("--previous", self._folder(self._latest)),
        )

    def _folder(self, version: str) -> Path:
        return self._out / "releases" / version

    def _watch(self) -> None:
        while not self._stopped.wait(_ROUND_S):
            with contextlib.suppress(FleetError):  # it is going down
                self._seen = {**self._seen, **self._ask()}

    def _ask(self) -> dict[str, Any]:
        release = self._client.attributes(self._board).get("release", self._seen["release"])
        newest = next(iter(self._client.actions(self._board, limit=1)), None)
        if newest is None:
            return {"release": release}
        history = self._client.history(self._board, newest.id, _LINES)
        lines = [line for each in reversed(history) for line in each.messages]
        version = newest.release.rpartition(":")[2]
        return {
            "release": release,
            "wanted": version,
            "status": newest.status,
            "active": newest.active,
            "lines": lines[-_LINES:],
        }


def _next(version: str) -> str:
    major, minor, _ = version.split(".")
    return f"{major}.{int(minor) + 1}.0"
