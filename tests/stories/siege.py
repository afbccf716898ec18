"""A cabinet whose server is hostile: what it refuses, and that it goes on as it was."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

from cabinet import Cabinet
from thief import Thief

from fleet.publish import Progress, publish_release
from lockerctl.littlefs_image import PARTITION_BLOCK, read_image
from lockerctl.release_dir import Release

# What the server gets of all that the board finds wrong.
_ERROR = "Error: "


class Siege:
    """The thief offers the board one of its `lures` after the other: signed releases."""

    def __init__(self, cabinet: Cabinet, thief: Thief, *lures: Release) -> None:
        self.cabinet = cabinet
        self.thief = thief
        self.lures = itertools.cycle(lures)
        self._seen = self._inactive()
        cabinet.online(thief.port)
        cabinet.board.power_on()

    def _inactive(self) -> tuple[bytes, bytes]:
        return self.cabinet.partition("ota_1"), self.cabinet.partition("store_1")

    def offer(self) -> int:
        """Let the board be offered the next release: the new action."""
        return self.cabinet.assign(next(self.lures))

    def refusal(self, offer: Callable[[], int] | None = None) -> str:
        """The one line with which the board refuses what it is offered."""
        since = len(self.cabinet.board.console.lines())
        action = (offer or self.offer)()
        self.cabinet.says("agent: failure: ", since)
        report = self.cabinet.ends(action, "error")
        (line,) = (each for each in report.lines if _ERROR in each)
        self.check_unharmed()
        return line

    def offer_unsigned(self, release: Release) -> int:
        """The same as `offer`, of a release that nobody has signed."""
        fleet = self.cabinet.fleet
        set_id = publish_release(fleet.client, release, Progress()).set_id
        action = fleet.client.assign(self.cabinet.id, set_id)
        assert action is not None
        return action

    def warning(self, action: int, polls: int = 3) -> str:
        """The one line with which an action stays open for so many polls that were spoilt."""
        cabinet, seen = self.cabinet, self.thief.served
        cabinet.until(lambda: self.thief.served >= seen + polls, f"{polls} more answers")
        report = cabinet.report(action)
        assert report.active, report
        (line,) = (each for each in report.lines if _ERROR in each)
        self.check_unharmed()
        return line

    def check_unharmed(self) -> None:
        """The same slot runs, and the other one is as it was."""
        assert set(self.cabinet.board.causes) == {1}  # power on, and no reset
        assert self.cabinet.board.running == "ota_0"
        assert self._inactive() == self._seen

    def trusted(self) -> dict[str, bytes]:
        """The metadata on the board, by file name."""
        files = read_image(self.cabinet.partition("data"), PARTITION_BLOCK)
        folder = "/trust/"
        return {
            path.removeprefix(folder): data
            for path, data in files.items()
            if path.startswith(folder) and path.endswith(".json")
        }

    def version(self, role: str) -> int:
        """The version of a role that the board trusts."""
        version = json.loads(self.trusted()[f"{role}.json"])["signed"]["version"]
        assert isinstance(version, int)
        return version

    def survive(self, action: int | None = None) -> None:
        """An honest release is installed after all: of this action, or the next one."""
        self.thief.behave()
        self.cabinet.ends(self.offer() if action is None else action, "finished")
        assert self.cabinet.board.running == "ota_1"
        assert self.cabinet.committed(1)
