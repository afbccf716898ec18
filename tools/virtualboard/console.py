"""What the board printed, line by line, as its serial port shows it."""

from __future__ import annotations

import os
import re
import select
import threading
import time
from collections.abc import Callable

# A busy host needs many times what an idle one does.
PATIENCE_S = 30.0


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

    def wait_for(self, pattern: str, timeout: float = PATIENCE_S, since: int = 0) -> str:
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


class ConsoleReader:
    """Takes the output of one run of the program from a pipe, in a thread of its own."""

    def __init__(self, console: Console, fd: int) -> None:
        self._console = console
        self._fd = fd
        self._rest = b""
        self._lock = threading.Lock()
        os.set_blocking(fd, False)
        self._thread = threading.Thread(target=self._run, name="console", daemon=True)
        self._thread.start()

    def drain(self) -> None:
        """Take what has been printed up to now."""
        with self._lock:
            self._take()

    def join(self) -> None:
        """Wait for the end of the output."""
        self._thread.join()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        more = True
        while more:
            poll.poll()
            with self._lock:
                more = self._take()
        if self._rest:
            self._console.add(self._rest.decode("utf-8", "replace"))

    def _take(self) -> bool:
        """Read what is there; False at the end of the output."""
        try:
            while data := os.read(self._fd, 65536):
                *lines, self._rest = (self._rest + data).split(b"\n")
                for line in lines:
                    self._console.add(line.decode("utf-8", "replace").rstrip("\r"))
        except BlockingIOError:
            return True
        return False
