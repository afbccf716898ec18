"""What a server is started with, and the limits it holds everybody to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fleet.trust.settings import TrustSettings

# hawkBit's own limits (facts: ddi.md 5 and 8, mgmt.md 1 to 5).
MAX_CONTROLLER_ID = 256
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE_TEXT = 128
MAX_DETAILS = 50
DETAIL_PIECE = 512
MAX_STATUS_ENTRIES = 1000
MAX_HISTORY = 100
MAX_ARTIFACTS = 50
MAX_METADATA = 100
MAX_MODULE_TYPES = 50
MAX_ASSIGNMENTS = 5000

# Ours: what a request body may weigh.
FEEDBACK_BYTES = 64 * 1024
JSON_BYTES = 1024 * 1024

_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)")


@dataclass(frozen=True)
class Tls:
    """PEM files: the server's certificate with those above it, and its private key."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Settings:
    """One server. `database_url` is SQLAlchemy's; without it, SQLite in the data directory.

    `token_key`: the file with the key of boards' tokens; without it, in the data directory.
    `look_s`: how often it looks for what rollouts, filters and channels have to do.

    Without `trust` it offers no TUF repository; another one may.
    """

    data: Path
    database_url: str | None = None
    tenant: str = "DEFAULT"
    poll_s: int = 300
    artifact_bytes: int = 1 << 30
    gateway_token: str | None = None
    look_s: float = 2.0
    token_key: Path | None = None
    tls: Tls | None = None
    trust: TrustSettings | None = None

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{(self.data / 'fleet.sqlite').absolute()}"


def parse_clock(text: str) -> int:
    """Seconds of an `HH:MM:SS` between one second and 23:59:59. Raises ValueError."""
    match = _CLOCK.fullmatch(text)
    hours, minutes, seconds = (int(part) for part in match.groups()) if match else (0, 0, 0)
    total = (hours * 60 + minutes) * 60 + seconds
    if not 0 < total < 24 * 3600:
        raise ValueError(f"{text!r} is not a time between 00:00:01 and 23:59:59")
    return total


def format_clock(seconds: int) -> str:
    """`HH:MM:SS` of less than a day."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
