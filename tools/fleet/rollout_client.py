"""An operator's side of rollouts: our server's or a hawkBit's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.answers import Answer, FleetError, Json
from fleet.client import FleetClient

_MAKING_S = 60.0
_LOOK_S = 0.3
_NONE_YET = ("scheduled", "running", "finished", "error", "cancelled", "notstarted")


@dataclass(frozen=True)
class GroupInfo:
    """A group of a rollout; `counts`: how many boards stand how."""

    name: str
    status: str
    total: int
    counts: dict[str, int]


@dataclass(frozen=True)
class RolloutInfo:
    """A rollout as the server tells it; `why` it does not go on is known to our server alone."""

    id: int
    name: str
    status: str
    total: int
    why: str | None


class Rollouts:
    """The rollouts of the server that a client talks to. Every method raises FleetError."""

    def __init__(self, client: FleetClient) -> None:
        self._client = client

    def all(self) -> Iterator[RolloutInfo]:
        return (_info(each) for each in self._client.every("rollouts", representation="full"))

    def find(self, name: str) -> RolloutInfo:
        query = f'name=="{name}"'
        found = list(self._client.every("rollouts", query, representation="full"))
        if not found:
            raise FleetError(f"{self._client.url}: there is no rollout {name}")
        return _info(found[0])

    def groups(self, rollout: RolloutInfo) -> list[GroupInfo]:
        path = f"rollouts/{rollout.id}/deploygroups"
        return [_group(each) for each in self._client.every(path, representation="full")]

    def create(self, body: Json) -> RolloutInfo:
        return _info(self._client.call("POST", "rollouts", json=body))

    def settled(self, rollout: RolloutInfo) -> RolloutInfo:
        """Wait until its groups are made: hawkBit does that later, and starts nothing before."""
        deadline = time.monotonic() + _MAKING_S
        while rollout.status == "creating" and time.monotonic() < deadline:
            time.sleep(_LOOK_S)
            rollout = _info(self._client.call("GET", f"rollouts/{rollout.id}"))
        return rollout

    def tell(self, rollout: RolloutInfo, command: str, remark: str | None = None) -> None:
        """start, pause, resume, stop, triggerNextGroup, approve, deny."""
        params = {"remark": remark} if remark else {}
        self._client.call("POST", f"rollouts/{rollout.id}/{command}", params=params)


def _info(each: Answer) -> RolloutInfo:
    return RolloutInfo(
        each.number("id"),
        each.text("name"),
        each.text("status"),
        each.number("totalTargets"),
        each.optional_text("statusReason"),
    )


def _group(each: Answer) -> GroupInfo:
    counted = each.part("totalTargetsPerStatus")
    counts = {name: counted.optional_number(name) or 0 for name in _NONE_YET}
    return GroupInfo(each.text("name"), each.text("status"), each.number("totalTargets"), counts)
