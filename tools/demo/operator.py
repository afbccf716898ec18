"""The operator: works with `lockerctl`, and sees boards as the server does."""

from __future__ import annotations

from dataclasses import dataclass

from demo.observed import Plan, Runs, parse_plan
from demo.terminal import Terminal
from fleet.answers import ActionInfo
from fleet.client import FleetClient
from fleet.history import SERVER_MESSAGE
from fleet.server import FleetServer

_HISTORY = 500


@dataclass(frozen=True)
class Told:
    """What the server knows of an action. `last`: the board's last words."""

    status: str
    last: str
    plans: tuple[Plan, ...]


class Operator:
    """Steers the board `board` through `server`. Raises DemoError, FleetError."""

    def __init__(
        self, server: FleetServer, client: FleetClient, terminal: Terminal, board: str
    ) -> None:
        self._server = server
        self._client = client
        self._board = board
        self.run = terminal.run

    def newest(self) -> ActionInfo | None:
        """The board's newest action."""
        return next(iter(self._client.actions(self._board, limit=1)), None)

    def told(self, action: ActionInfo) -> Told:
        """What the board has reported on an action."""
        lines = self._client.history(self._board, action.id, _HISTORY)
        words = [line.messages for line in reversed(lines)]
        own = [each for each in words if each and not each[0].startswith(SERVER_MESSAGE)]
        plans = tuple(plan for plan in map(parse_plan, own) if plan)
        return Told(action.status, own[-1][-1] if own else "", plans)

    def runs(self) -> Runs | None:
        """What the board says that it runs, once it has."""
        found = self._client.attributes(self._board)
        if "release" not in found:
            return None
        return Runs(found["release"], found.get("slot", "?"))

    def last_outcome(self) -> str:
        """The outcome among the board's attributes: it comes after the action was closed."""
        return self._client.attributes(self._board).get("last_outcome", "")

    def last_contact_ms(self) -> int | None:
        target = next(self._client.targets(f'controllerid=="{self._board}"'), None)
        return target.last_contact_ms if target else None

    def sent_bytes(self, release: str) -> int:
        """Bytes of a release's artifacts that have left the server for the board."""
        return self._server.downloaded_bytes(release, self._board)
