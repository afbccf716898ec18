"""What the server's part of trust is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_DAY_S = 24 * 3600


@dataclass(frozen=True)
class TrustSettings:
    """A repository's folder, and the folder with the snapshot and timestamp keys.

    A board that reaches no server finds its timestamp expired after `timestamp_s`, and nobody
    can make it believe old news for longer. Each board verifies every new file once, so the
    snapshot, which says nothing new, is signed anew more seldom. `look_s`: how often the folders
    are looked at for changes that somebody made there.
    """

    repository: Path
    online_keys: Path
    timestamp_s: float = 7 * _DAY_S
    timestamp_renew_s: float = _DAY_S
    snapshot_s: float = 30 * _DAY_S
    snapshot_renew_s: float = 7 * _DAY_S
    look_s: float = 2.0
