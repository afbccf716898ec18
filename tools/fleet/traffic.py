"""How many bytes of artifacts went out, counted where they are handed to the connection."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Download:
    """Bytes that one board took for one action."""

    controller_id: str
    action_id: int
    release: str
    sent_bytes: int


# Boards and actions that are kept count of; those that began first are forgotten.
_KEPT = 10_000


class Traffic:
    """Counts since the server was started, of the newest downloads; read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[tuple[str, int, str], int] = {}

    def sent(self, controller_id: str, action_id: int, release: str, count: int) -> None:
        key = (controller_id, action_id, release)
        with self._lock:
            if key not in self._sent and len(self._sent) >= _KEPT:
                del self._sent[next(iter(self._sent))]
            self._sent[key] = self._sent.get(key, 0) + count

    def downloads(self) -> list[Download]:
        """One entry for each board and action."""
        with self._lock:
            return [Download(*key, count) for key, count in self._sent.items()]
