"""What the board printed, line by line, as its serial port shows it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import IO


class Console:
    """Lines of all boots since the virtual board was made. `on_line` is called with each."""

    def __init__(self, on_line: Callable[[str], None] | None = None) -> None:
        self.on_line = on_line
        self._lines: list[str] = []
        self._changed = threading.Condition()

    @property
    def text(self) -> str:
        """All of it."""
        with self._changed:
            return "\n".join(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def lines(self, since: int = 0) -> list[str]:
        """A copy of the lines from number `since` on (`len(console)` is the next one's)."""
        with self._changed:
            return self._lines[since:]

    def add(self, line: str) -> None:
        with self._changed:
            self._lines.append(line)
            self._changed.notify_all()
        if self.on_line is not None:
            self.on_line(line)

    def read_from(self, stream: IO[bytes]) -> None:
        """Take lines from `stream` until it ends."""
        for raw in stream:
            self.add(raw.decode("utf-8", "replace").rstrip("\r\n"))

    def wait_for(self, pattern: str, timeout: float = 10.0, since: int = 0) -> str:
        """The first line from number `since` on in which the pattern is found.

        TimeoutError, with the last lines, when there is none in `timeout` seconds.
        """
        expression = re.compile(pattern)
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for line in self._lines[since:]:
                    if expression.search(line):
                        return line
                since = max(since, len(self._lines))
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    last = "\n".join(self._lines[-20:])
                    raise TimeoutError(f"no line like {pattern!r} in {timeout} s; last:\n{last}")
