"""Somebody's fingers on the keypad: one key after the other, each until the board has felt it."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

from virtualboard.board import State, VirtualBoard
from virtualboard.errors import VirtualBoardError

_HOLD_S = 0.1
_GAP_S = 0.08
_MOST_S = 2.0
_MOST_KEYS = 40
# What a driver that debounces needs; each scan takes the first row up and down twice.
_SCANS = 5
_FALLS = 2


class Fingers:
    """Presses keys in a thread of its own, in the order they were asked for.

    A host that is busy runs the board slowly: a key is held until the board has scanned it.
    """

    def __init__(self, board: VirtualBoard, profile: dict[str, Any]) -> None:
        self._board = board
        self._keys: queue.Queue[str | int] = queue.Queue(_MOST_KEYS)
        self._falls = 0
        if "keypad" in profile:
            board.pins.watch(profile["keypad"]["rows"][0], self._row_changed)
        threading.Thread(target=self._run, name="fingers", daemon=True).start()

    def press(self, key: str | int) -> None:
        """Press a key of the keypad, or a single key by its number.

        VirtualBoardError: there is none like that. Too many at a time are forgotten.
        """
        if isinstance(key, int):
            self._board.world.key(key)
        elif len(key) != 1 or key not in "".join(self._board.world.keypad.rows):
            raise VirtualBoardError(f"there is no key {key!r}")
        try:
            self._keys.put_nowait(key)
        except queue.Full:
            return

    def _run(self) -> None:
        while True:
            key = self._keys.get()
            if isinstance(key, int):
                self._push(key)
            else:
                self._type(key)

    def _type(self, key: str) -> None:
        start = time.monotonic()
        wanted = self._falls + _SCANS * _FALLS
        with self._board.world.keypad.held(key):
            time.sleep(_HOLD_S)
            while self._falls < wanted and time.monotonic() < start + _MOST_S:
                if self._board.state is State.OFF:
                    break
                time.sleep(_GAP_S / 4)
        # Letting go is not seen here; it takes as long.
        time.sleep(max(_GAP_S, time.monotonic() - start - _HOLD_S))

    def _push(self, number: int) -> None:
        key = self._board.world.key(number)
        key.press()
        time.sleep(_HOLD_S)
        key.release()
        time.sleep(_GAP_S)

    def _row_changed(self, level: int) -> None:
        self._falls += not level
