"""What people read while it goes on."""

from __future__ import annotations

import sys
import threading
import time

# What the board prints about its own course; the rest is for `--verbose`.
_OF_INTEREST = ("agent: ", "boot: ", "screen: ")


class Teller:
    """Prints plain lines, also from several threads. Seconds count from its making."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose
        # Commands are run with their output captured; what is told must not end up there.
        self._out = sys.stdout
        self._lock = threading.Lock()
        self._start = time.monotonic()

    def chapter(self, release: str, title: str) -> None:
        self._print(f"\n{release}: {title}")

    def command(self, line: str) -> None:
        self._print(f"  $ {line}")

    def output(self, text: str) -> None:
        """What a command printed."""
        if self.verbose:
            for line in text.splitlines():
                self._print(f"    {line}")

    def event(self, text: str) -> None:
        """Something that was done to the board, or seen from outside."""
        self._at("  ***", text)

    def board(self, line: str) -> None:
        """A line of the board's console."""
        if self.verbose or line.startswith(_OF_INTEREST):
            self._at("board", line)

    def plain(self, text: str) -> None:
        self._print(text)

    def _at(self, who: str, text: str) -> None:
        self._print(f"  {time.monotonic() - self._start:6.1f} s  {who}  {text}")

    def _print(self, text: str) -> None:
        with self._lock:
            print(text, file=self._out, flush=True)
