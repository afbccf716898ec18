"""What can go wrong: for the people who use the virtual board, and inside the machine."""

from __future__ import annotations

from lockerctl.errors import UserError


class VirtualBoardError(UserError):
    """A user's mistake or a broken set-up: one line that says what, where and what to do."""


class PowerCutError(Exception):
    """The power went, in the middle of whatever the board was doing. Never reaches a user."""


class PanicError(Exception):
    """The chip aborted: text on the console, then a reset."""


class ResetRequest(Exception):  # noqa: N818 - not an error: what `machine.reset()` asks for
    """The board's program asked for a reset; `sleep_ms` is None, or how long to sleep first."""

    def __init__(self, sleep_ms: int | None = None) -> None:
        super().__init__("reset")
        self.sleep_ms = sleep_ms


class EspError(Exception):
    """Becomes `OSError(number)` or `OSError(number, name)` on the board."""

    def __init__(self, number: int, name: str = "") -> None:
        super().__init__(number, name)
        self.number = number
        self.name = name
