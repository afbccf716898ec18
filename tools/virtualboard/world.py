"""What is wired to the board, as its profile says: doors, keys, a display."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .chips.ssd1306 import Ssd1306
from .errors import VirtualBoardError
from .i2c import Buses
from .pins import Pins

Profile = dict[str, Any]
_T = TypeVar("_T")


class Door:
    """A door with a latch that the relay releases and that closing locks again.

    The latch stays released until the door has been opened and closed. `is_jammed`: the latch
    does not move. `opens_itself`: a spring pushes the door open when the latch is released.
    """

    def __init__(self, pins: Pins, profile: Profile) -> None:
        relay, sensor = profile["relay"], profile["sensor"]
        self.relay_pin: int = relay["pin"]
        self.sensor_pin: int = sensor["pin"]
        self.is_jammed = False
        self.opens_itself = False
        self.is_open = False
        self.is_latched = True
        self._on: int = relay["on"]
        self._closed: int = sensor["closed"]
        self._pins = pins
        self._lock = threading.RLock()
        pins.watch(self.relay_pin, self._relay_changed)
        self._show()

    def open(self, *, force: bool = False) -> bool:
        """Pull the door open. False: it is latched (`force` breaks it open)."""
        with self._lock:
            if self.is_latched and not force:
                return False
            self.is_open = True
            self.is_latched = False
            self._show()
        return True

    def close(self) -> None:
        """Push the door shut; it latches."""
        with self._lock:
            self.is_open = False
            self.is_latched = True
            self._show()

    def _relay_changed(self, level: int) -> None:
        if level != self._on or self.is_jammed:
            return
        with self._lock:
            self.is_latched = False
        if self.opens_itself:
            self.open()

    def _show(self) -> None:
        self._pins.put(self.sensor_pin, 1 - self._closed if self.is_open else self._closed)


class Key:
    """A push button."""

    def __init__(self, pins: Pins, profile: Profile) -> None:
        self.pin: int = profile["pin"]
        self._pressed: int = profile["pressed"]
        self._pins = pins

    def press(self) -> None:
        self._pins.put(self.pin, self._pressed)

    def release(self) -> None:
        self._pins.put(self.pin, None)


class World:
    """Everything around the chip. Doors and keys are numbered from 1, as people do."""

    def __init__(self, profile: Profile, pins: Pins, buses: Buses) -> None:
        self.display: Ssd1306 | None = None
        try:
            self._doors = [Door(pins, door) for door in profile.get("doors", [])]
            self._keys = [Key(pins, key) for key in profile.get("keys", [])]
            if "display" in profile:
                self.display = _display(profile, buses)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            model = profile.get("model", "?")
            raise VirtualBoardError(f"profile {model}: {error!r}") from None

    @property
    def doors(self) -> list[Door]:
        return self._doors

    def door(self, number: int) -> Door:
        return _numbered(self._doors, number, "door")

    def key(self, number: int) -> Key:
        return _numbered(self._keys, number, "key")


def read_profile(source: Path | Profile | None) -> Profile:
    """A board profile from a file, or as it is; None: a bare chip."""
    if source is None:
        return {}
    if isinstance(source, dict):
        return source
    try:
        profile = json.loads(source.read_text())
    except OSError as error:
        raise VirtualBoardError(f"{source}: {error.strerror}") from None
    except ValueError as error:
        raise VirtualBoardError(f"{source}: {error}") from None
    if not isinstance(profile, dict):
        raise VirtualBoardError(f"{source}: a board profile is a JSON object")
    return profile


_CHIPS: dict[str, Callable[[int], Ssd1306]] = {"ssd1306": Ssd1306}


def _display(profile: Profile, buses: Buses) -> Ssd1306:
    entry = profile["display"]
    if entry["chip"] not in _CHIPS:
        raise ValueError(f"no model of the display chip {entry['chip']}")
    bus = next(bus for bus in profile["i2c"] if bus["id"] == entry["i2c"])
    display = _CHIPS[entry["chip"]](entry["address"])
    buses.at(bus["scl"], bus["sda"]).add(display)
    return display


def _numbered(things: list[_T], number: int, kind: str) -> _T:
    if not 1 <= number <= len(things):
        raise VirtualBoardError(f"there is no {kind} {number}, the board has {len(things)}")
    return things[number - 1]
