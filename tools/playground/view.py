"""What can be seen of the cabinet at a moment, as the page gets it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from typing import Any

from screens.drawn import HEIGHT, WIDTH
from screens.reading import Reader
from virtualboard.board import VirtualBoard
from virtualboard.chips.oled import Oled
from virtualboard.life import State

Snapshot = dict[str, Any]


class View:
    """Looks at a board, from any thread. `sizes`: of its doors."""

    def __init__(self, board: VirtualBoard, sizes: Sequence[str]) -> None:
        self._board = board
        self._sizes = tuple(sizes)
        self._reader = Reader()
        self._lock = threading.Lock()
        self._seen: object = None
        self._display: Snapshot = {"dots": "", "says": ""}

    def look(self) -> Snapshot:
        """Everything but the console."""
        board, world = self._board, self._board.world
        return {
            "power": board.state is not State.OFF,
            "state": board.state.value,
            "slot": board.running.removeprefix("ota_"),
            "starts": len(board.causes),
            "online": board.wifi.connected,
            "buzzer": world.buzzes,
            "doors": [
                {
                    "size": size,
                    "open": door.is_open,
                    "latched": door.is_latched,
                    "coil": door.coil_is_on,
                    "jammed": door.is_jammed,
                }
                for door, size in zip(world.doors, self._sizes, strict=True)
            ],
            "keypad": world.keypad.rows if world.has_keypad else [],
            "down": sorted(world.keypad.down) if world.has_keypad else [],
            "keys": world.key_count,
            "display": self._look_at(world.display) if world.display else None,
        }

    def _look_at(self, display: Oled) -> Snapshot:
        """The display's dots row by row, and what can be read of them; anew when it has changed."""
        now = bytes(display.ram), display.is_on
        with self._lock:
            if now != self._seen:
                rows = (
                    sum(display.dot(x, y) << (WIDTH - 1 - x) for x in range(WIDTH))
                    for y in range(HEIGHT)
                )
                dots = b"".join(row.to_bytes(WIDTH // 8, "big") for row in rows)
                says = self._reader.text(display)
                self._display = {"dots": base64.b64encode(dots).decode(), "says": says}
                self._seen = now
            return self._display
