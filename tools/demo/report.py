"""How the releases ended, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from lockerctl.tables import text_table

_HEAD = ("release", "outcome", "reason", "bytes downloaded", "seconds")


@dataclass(frozen=True)
class Row:
    """One release. `reason`: what the server was told last; bytes as counted at its socket."""

    release: str
    outcome: str
    reason: str
    bytes_downloaded: int
    seconds: float


def table(rows: Iterable[Row]) -> str:
    """The rows as text."""
    return text_table(
        _HEAD,
        [
            (row.release, row.outcome, row.reason, row.bytes_downloaded, f"{row.seconds:7.1f}")
            for row in rows
        ],
    )


def report(rows: Iterable[Row]) -> str:
    """The rows as a JSON list."""
    return json.dumps([asdict(row) for row in rows], indent=2) + "\n"
