"""Pictures of the board's display, one whenever it has changed."""

from __future__ import annotations

import re
import threading
from pathlib import Path

from virtualboard.chips.oled import Oled

_ROUND_S = 0.03
# What the board does from such a line of its console on.
_PHASES = (
    (re.compile(r"boot: slot \d on trial"), "trial"),
    (re.compile(r"boot: slot \d,"), "running"),
    (re.compile(r"agent: activating"), "activating"),
    (re.compile(r"\[power off\]"), "off"),
)


class Camera:
    """Saves `NN-<chapter>-<phase>.png` and `.txt` in `folder`, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.chapter = ""
        self.taken = 0
        self._folder = folder
        self._phase = "off"
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def point_at(self, display: Oled) -> None:
        """Start taking pictures."""
        self._thread = threading.Thread(
            target=self._run, args=(display,), name="camera", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Take no more."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def hear(self, line: str) -> None:
        """A line of the board's console."""
        self._phase = phase_of(line) or self._phase

    def _run(self, display: Oled) -> None:
        """A picture counts when it has stayed for a round: drawing takes its time."""
        shown = before = _dots(display)
        while not self._closed.wait(_ROUND_S):
            now = _dots(display)
            if now == before and now != shown:
                shown = now
                self._save(display)
            before = now

    def _save(self, display: Oled) -> None:
        self.taken += 1
        path = self._folder / f"{self.taken:02}-{self.chapter}-{self._phase}"
        display.picture().save(f"{path}.png")
        Path(f"{path}.txt").write_text(display.text() + "\n")


def phase_of(line: str) -> str | None:
    """What the board does from this line on, if the line tells it."""
    return next((word for pattern, word in _PHASES if pattern.match(line)), None)


def _dots(display: Oled) -> bytes:
    return bytes(display.ram) if display.is_on else b""
