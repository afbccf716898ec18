"""Somebody's fingers on the keypad: one key after the other, each until the board has felt it."""

from __future__ import annotations

import queue
import threading
import time

from virtualboard.board import State, VirtualBoard
from virtualboard.errors import VirtualBoardError

_HOLD_S = 0.1
_GAP_S = 0.08
_MOST_KEYS = 40


class Fingers:
    """Presses keys in a thread of its own, in the order they were asked for."""

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board
        self._keys: queue.Queue[str | int] = queue.Queue(_MOST_KEYS)
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
            elif self._board.state is not State.OFF:
                self._board.world.keypad.type(key)

    def _push(self, number: int) -> None:
        key = self._board.world.key(number)
        key.press()
        time.sleep(_HOLD_S)
        key.release()
        time.sleep(_GAP_S)
