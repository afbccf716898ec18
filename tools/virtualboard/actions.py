"""What can be asked of a running board, and done to it: names, arguments and answers in JSON."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from typing import Any

from .board import VirtualBoard
from .errors import VirtualBoardError

Answer = dict[str, Any]
Action = Callable[..., Answer | None]

_PRESS_S = 0.2


def actions(board: VirtualBoard) -> dict[str, Action]:
    """Every action by its name. VirtualBoardError: it can't be done."""
    people, look, faults = _People(board), _Look(board), _Faults(board)
    return {
        "press": people.press,
        "type": people.type,
        "open": people.open,
        "close": lambda door: board.world.door(door).close(),
        "power": lambda on: board.power_on() if on else board.power_off(),
        "reset": board.reset,
        "status": look.status,
        "show": look.show,
        "screen": look.screen,
        "pins": look.pins,
        "console": lambda since=0: {"lines": board.console.lines(since)},
        "wifi": lambda on: board.wifi.restore() if on else board.wifi.drop(),
        "cut_link": board.link.cut_after,
        "jam": faults.jam,
        "stick": board.pins.stick,
        "stick_bit": lambda expander, bit, level: board.world.expander(expander).stick(bit, level),
        "chip": faults.chip,
        "bus": faults.bus,
    }


class _People:
    """Those who stand in front of the cabinet."""

    def __init__(self, board: VirtualBoard) -> None:
        self._world = board.world

    def press(self, key: int | str | list[str], seconds: float = _PRESS_S) -> None:
        """A key of the keypad, or several at once; by its number one of the single keys."""
        if isinstance(key, int):
            button = self._world.key(key)
            button.press()
            time.sleep(seconds)
            button.release()
            return
        with self._world.keypad.held(*([key] if isinstance(key, str) else key)):
            time.sleep(seconds)

    def type(self, keys: str) -> None:
        self._world.keypad.type(keys)

    def open(self, door: int, force: bool = False) -> None:
        if not self._world.door(door).open(force=force):
            raise VirtualBoardError(f"door {door} is latched")


class _Look:
    """What can be seen, and measured."""

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board

    def status(self) -> Answer:
        board = self._board
        return {
            "state": board.state.value,
            "running": board.running,
            "boots": len(board.causes),
            "wifi": board.wifi.connected,
            "bytes_to_board": board.link.bytes_to_board,
            "doors": [
                {"open": door.is_open, "latched": door.is_latched} for door in board.world.doors
            ],
        }

    def show(self) -> Answer:
        """All of the cabinet, the display's picture excepted."""
        world = self._board.world
        return {
            **self.status(),
            "doors": [
                {
                    "open": door.is_open,
                    "latched": door.is_latched,
                    "coil": door.coil_is_on,
                    "jammed": door.is_jammed,
                }
                for door in world.doors
            ],
            "keypad": {"rows": world.keypad.rows, "down": sorted(world.keypad.down)}
            if world.has_keypad
            else None,
            "keys": world.key_count,
            "buzzer": world.buzzes,
            "screen": world.display.text() if world.display else None,
        }

    def screen(self, png: bool = False) -> Answer:
        display = self._board.world.display
        if display is None:
            raise VirtualBoardError("this board has no display")
        if not png:
            return {"text": display.text()}
        buffer = io.BytesIO()
        display.picture().save(buffer, "PNG")
        return {"png": base64.b64encode(buffer.getvalue()).decode()}

    def pins(self) -> Answer:
        world, level = self._board.world, self._board.pins.level
        return {
            "doors": [
                {
                    "relay": door.relay.level(),
                    "sensor": None if door.sensor is None else door.sensor.level(),
                }
                for door in world.doors
            ],
            "pins": {str(change.pin): level(change.pin) for change in self._board.pins.history},
        }


class _Faults:
    """What breaks."""

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board

    def jam(self, door: int, jammed: bool = True) -> None:
        self._board.world.door(door).is_jammed = jammed

    def chip(self, address: int, fault: str) -> None:
        """An I2C chip is `dead` (no acknowledge), `foreign` (another chip is there), or `sound`."""
        if fault not in ("dead", "foreign", "sound"):
            raise VirtualBoardError(f"a chip is dead, foreign or sound, not {fault!r}")
        chips = self._board.buses.chips(address)
        if not chips:
            raise VirtualBoardError(f"there is no chip at address {address:#04x}")
        for chip in chips:
            chip.is_dead, chip.is_foreign = fault == "dead", fault == "foreign"

    def bus(self, bus: int, held: bool = True) -> None:
        """Hold an I2C bus down, or let it go."""
        self._board.world.bus(bus).held = held
