"""Rollouts and releases of ours, in short: what their tests share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fleet_releases import release
from fleet_world import PASSWORD, Board, World, wait_for

from fleet.client import FleetClient
from fleet.publish import Progress, publish_release

_numbers = itertools.count(1)


@dataclass
class Tour:
    """A rollout, and the boards that it is for."""

    world: World
    id: int
    boards: list[Board]

    def tell(self, command: str, **params: str) -> int:
        path = f"/rollouts/{self.id}/{command}"
        return self.world.call("POST", path, params=params).status_code

    def body(self) -> dict[str, Any]:
        return dict(self.world.get(f"/rollouts/{self.id}"))

    @property
    def status(self) -> str:
        return str(self.body()["status"])

    def groups(self) -> list[dict[str, Any]]:
        path = f"/rollouts/{self.id}/deploygroups"
        return list(self.world.get(path, representation="full")["content"])

    def states(self) -> list[str]:
        return [each["status"] for each in self.groups()]

    def counts(self) -> dict[str, int]:
        """Only what is not 0."""
        return {name: n for name, n in self.body()["totalTargetsPerStatus"].items() if n}

    def wait(self, *states: str) -> None:
        """For the groups' states."""
        wait_for(lambda: self.states() == list(states), f"{self.states()} is not {states}")

    def wait_status(self, status: str) -> None:
        wait_for(lambda: self.status == status, f"{self.body()} is not {status}")

    def busy(self) -> list[Board]:
        """The boards that have something to do."""
        return [each for each in self.boards if "deploymentBase" in each.links()]

    def end(self, boards: list[Board], result: str = "success") -> None:
        """These report how their deployment ended."""
        for each in boards:
            action = int(each.links()["deploymentBase"].partition("?")[0].rpartition("/")[2])
            assert each.report(action, "closed", result) == 200


def site_of(world: World, count: int) -> tuple[str, list[Board]]:
    """A site of its own, with so many boards that have reported all they had to."""
    site = f"site-{next(_numbers)}"
    return site, [world.board(group=site) for _ in range(count)]


def roll(world: World, count: int, **more: object) -> Tour:
    """A rollout of a new set to so many boards, not started."""
    site, boards = site_of(world, count)
    body = {
        "name": f"rollout-{site}",
        "distributionSetId": world.set().id,
        "targetFilterQuery": f"group=={site}",
        **more,
    }
    answer = world.call("POST", "/rollouts", json=body)
    assert answer.status_code == 201, answer.text
    return Tour(world, int(answer.json()["id"]), boards)


def publish(world: World, version: str, core: bytes = b"core", brought: str = "") -> int:
    """A release of ours for model bench, revision 1: the id of its set."""
    sequence = next(_numbers)
    made = release(version, sequence, core, version.encode(), brought)
    with FleetClient(world.server.url, "admin", PASSWORD) as client:
        return publish_release(client, made, Progress()).set_id


def reports(board: Board, running: str, /, **attributes: str) -> None:
    """What a board says of itself."""
    data = {"board": "bench", "revision": "1", "release": running, "sequence": "0", **attributes}
    assert board.send("/configData", {"mode": "replace", "data": data}, "PUT").status_code == 200


@contextmanager
def unlocked(world: World) -> Iterator[None]:
    """Sets may be changed even when boards were given them."""
    key = "/system/configs/implicit.lock.enabled"
    world.call("PUT", key, json={"value": False})
    try:
        yield
    finally:
        world.call("DELETE", key)


def make_incomplete(world: World, set_id: int) -> None:
    """Add a layer to a published release, of which the file is missing."""
    module = world.module("layer")
    answer = world.call("POST", f"/distributionsets/{set_id}/assignedSM", json=[{"id": module}])
    assert answer.status_code == 204, answer.text
    assert not world.get(f"/distributionsets/{set_id}")["complete"]
