"""What is wired to the board, as its profile says: doors, keys, a buzzer, a display."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lockerctl.profile_uses import all_doors

from .chips.mcp23017 import Mcp23017
from .chips.oled import Oled
from .chips.sh1106 import Sh1106
from .chips.ssd1306 import Ssd1306
from .doors import Door, Wiring
from .errors import VirtualBoardError
from .i2c import Bus, Buses
from .keypads import Keypad
from .lines import ExpanderLine, Line, PinLine
from .pins import Pins

Profile = dict[str, Any]
_T = TypeVar("_T")
_DISPLAYS: dict[str, Callable[[int], Oled]] = {"ssd1306": Ssd1306, "sh1106": Sh1106}


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
    """Everything around the chip. Doors, keys and expanders are numbered from 1, as people do."""

    def __init__(self, profile: Profile, pins: Pins, buses: Buses) -> None:
        self.display: Oled | None = None
        self.buzzer: Line | None = None
        self._profile = profile
        self._pins = pins
        self._buses = buses
        self._keypad: Keypad | None = None
        try:
            self._expanders = [self._expander(entry) for entry in profile.get("expanders", [])]
            self._doors = [self._door(entry) for _, entry in all_doors({"doors": [], **profile})]
            self._keys = [Key(pins, key) for key in profile.get("keys", [])]
            if "keypad" in profile:
                self._keypad = Keypad(pins, profile["keypad"])
            if "buzzer" in profile:
                self.buzzer = PinLine(pins, profile["buzzer"]["pin"])
            if "display" in profile:
                self.display = self._display(profile["display"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            model = profile.get("model", "?")
            raise VirtualBoardError(f"profile {model}: {error!r}") from None

    @property
    def doors(self) -> list[Door]:
        return self._doors

    @property
    def expanders(self) -> list[Mcp23017]:
        return self._expanders

    @property
    def key_count(self) -> int:
        """How many single keys there are."""
        return len(self._keys)

    @property
    def has_keypad(self) -> bool:
        return self._keypad is not None

    @property
    def keypad(self) -> Keypad:
        if self._keypad is None:
            raise VirtualBoardError("this board has no keypad")
        return self._keypad

    @property
    def buzzes(self) -> bool:
        """Whether the buzzer sounds."""
        return self.buzzer is not None and self.buzzer.level() == self._profile["buzzer"]["on"]

    def door(self, number: int) -> Door:
        return _numbered(self._doors, number, "door")

    def key(self, number: int) -> Key:
        return _numbered(self._keys, number, "key")

    def expander(self, number: int) -> Mcp23017:
        return _numbered(self._expanders, number, "expander")

    def bus(self, number: int) -> Bus:
        """An I2C bus by its id in the profile."""
        for entry in self._profile.get("i2c", []):
            if entry["id"] == number:
                return self._buses.at(entry["scl"], entry["sda"])
        raise VirtualBoardError(f"there is no i2c {number}")

    def _expander(self, entry: Profile) -> Mcp23017:
        chip = Mcp23017(entry["address"])
        self.bus(entry["i2c"]).add(chip)
        if "reset" in entry:
            # A resistor on the board holds the chip in reset while nobody drives the line.
            self._pins.put(entry["reset"], 0)
            self._pins.watch(entry["reset"], chip.set_reset_line)
            chip.set_reset_line(self._pins.level(entry["reset"]))
        return chip

    def _door(self, entry: Profile) -> Door:
        relay, sensor = entry["relay"], entry.get("sensor")
        if sensor is None:
            return Door(Wiring(self._line(relay), relay["on"]))
        # A contact to ground that needs the expander's pull-up.
        floats = "expander" in sensor and sensor["closed"] == 0
        return Door(
            Wiring(self._line(relay), relay["on"], self._line(sensor), sensor["closed"], floats)
        )

    def _line(self, entry: Profile) -> Line:
        if "expander" in entry:
            return ExpanderLine(self._expanders[entry["expander"]], entry["bit"])
        return PinLine(self._pins, entry["pin"])

    def _display(self, entry: Profile) -> Oled:
        if entry["chip"] not in _DISPLAYS:
            raise ValueError(f"no model of the display chip {entry['chip']}")
        display = _DISPLAYS[entry["chip"]](entry["address"])
        self.bus(entry["i2c"]).add(display)
        return display


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


def _numbered(things: list[_T], number: int, kind: str) -> _T:
    if not 1 <= number <= len(things):
        raise VirtualBoardError(f"there is no {kind} {number}, the board has {len(things)}")
    return things[number - 1]
