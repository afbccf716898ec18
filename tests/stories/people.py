"""People in front of a cabinet of sixteen doors: they have its keypad, its doors and its screen."""

from __future__ import annotations

import re
from typing import Any

from cabinet import PATIENCE_S, Cabinet, MakeCabinet

from lockerctl.codes import staff_codes
from screens.reading import Reader

MODEL = "cabinet16"
SERVICE = "900900"
COURIER = "555555"
# What a story would otherwise wait for.
SWIFT = {"code_digits": 2, "patience_s": 4, "close_s": 20, "open_s": 1, "show_s": 1}
_PATIENT = 10
_AGAIN_S = 3.0


def for_people(**settings: Any) -> dict[str, Any]:
    """The options of production for a cabinet with a keypad and codes of staff."""
    codes = staff_codes(SERVICE, COURIER, bytes(range(16)))
    return {"model": MODEL, "codes": codes, "settings": {**SWIFT, **settings}}


def cabinet_for_people(
    make_cabinet: MakeCabinet, files: dict[str, bytes] | None = None, **settings: Any
) -> Cabinet:
    """A cabinet of sixteen doors that spring open, with codes of staff. Switched off."""
    cabinet = make_cabinet(files=files or {}, **for_people(**settings))
    for door in cabinet.board.world.doors:
        door.opens_itself = True
    return cabinet


class Person:
    """Somebody who comes now, presses keys, and reads each screen once."""

    def __init__(self, cabinet: Cabinet) -> None:
        self.cabinet = cabinet
        self._seen = len(cabinet.board.console)

    def types(self, keys: str) -> None:
        """Press one key after the other, each for as long as the board needs to notice."""
        keypad = self.cabinet.board.world.keypad
        assert keypad is not None
        keypad.type(keys)

    def sees(self, *texts: str, timeout: float = PATIENCE_S) -> str:
        """Wait for a screen with one of these texts, behind those seen before: which it has."""
        expression = re.compile("^screen: .*(" + "|".join(map(re.escape, texts)) + ")")
        console = self.cabinet.board.console
        console.wait_for(expression.pattern, timeout, self._seen)
        for line in console.lines(self._seen):
            self._seen += 1
            found = expression.search(line)
            if found:
                return found[1]
        raise AssertionError("it was there a moment ago")

    def begins(self, key: str, text: str) -> None:
        """Press a key, again if need be, until there is a screen with this text."""
        for _ in range(_PATIENT):
            self.types(key)
            try:
                self.sees(text, timeout=_AGAIN_S)
            except TimeoutError:
                continue  # it is just starting
            return
        raise TimeoutError(f"no {text!r} for {key!r}")

    def has_seen(self, text: str) -> bool:
        """Whether a screen since the last one that was waited for had this text."""
        return any(
            line.startswith("screen: ") and text in line
            for line in self.cabinet.board.console.lines(self._seen)
        )

    def reads(self) -> str:
        """What the display itself says."""
        display = self.cabinet.board.world.display
        assert display is not None
        return Reader().text(display)

    def opens(self, number: int) -> None:
        """Wait until a door is open."""
        door = self.cabinet.board.world.door(number)
        self.cabinet.until(lambda: door.is_open, f"open: door {number}")

    def shuts(self, number: int) -> None:
        """Push a door shut."""
        self.cabinet.board.world.door(number).close()

    def is_ready(self) -> None:
        """Wait for the screen of a cabinet that serves."""
        self.sees("Ready")

    def stores(
        self, number: int, code: str = "47", size: str = "1", opens: int | None = None
    ) -> None:
        """Store something behind the door that should open for this size.

        `opens`: the number of that door in the world, if it has another name there.
        """
        if size:
            self.begins("A", "Choose a size")
            self.types(size)
            self.sees(f"Open door {number}")
        else:
            self.begins("A", f"Open door {number}")
        self.opens(opens or number)
        self.sees("Choose a code")
        self.types(f"{code}#")
        self.sees("once more")
        self.types(f"{code}#")
        self.sees(f"Door {number} is open")
        self.shuts(opens or number)
        self.sees(f"Stored: door {number}")
        self.is_ready()

    def asks_for(self, number: int, code: str = "47") -> None:
        """Type door and code."""
        self.begins("B", "Door number")
        self.types(f"{number}#")
        self.sees("Your code")
        self.types(f"{code}#")

    def fetches(self, number: int, code: str = "47") -> None:
        """Fetch what was stored, and shut the door."""
        self.asks_for(number, code)
        self.takes_out(number)

    def takes_out(self, number: int) -> None:
        """Take out what is behind a door that is going to open."""
        self.sees(f"Open door {number}")
        self.opens(number)
        self.sees(f"Door {number} is open")
        self.shuts(number)
        self.sees("Thank you")
        self.is_ready()
