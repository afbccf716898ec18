"""The same boards and the same lockerctl at an Eclipse hawkBit; trust comes from our server."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hawkbit_world import PATIENCE_S, Cabinet, World

from fleet.answers import FleetError
from fleet.rollout_client import Rollouts
from lockerctl.release_dir import Release

pytestmark = pytest.mark.timeout(1500)
NewCabinet = Callable[[], Cabinet]
_RELAY_ON = (
    "drivers/relay.py",
    "self._pin.init(Pin.OUT, value=not self._on)",
    "self._pin.init(Pin.OUT, value=self._on)",
)


def test_a_board_is_updated(world: World, new_cabinet: NewCabinet) -> None:
    release = world.build("1.1.0")
    assert "release 1.1.0 published" in world.publish(release)
    assert world.publish(release) == "release 1.1.0 is on the server already\n"
    cabinet = new_cabinet()
    assert "is assigned 1.1.0 (action" in world.lockerctl("release", "assign", cabinet.id, "1.1.0")
    cabinet.board.power_on()
    cabinet.ends(world.newest(cabinet), "finished")
    assert cabinet.board.running == "ota_1"
    cabinet.until(
        lambda: world.client.attributes(cabinet.id).get("release") == "1.1.0", "reported as new"
    )
    told = cabinet.told(world.newest(cabinet))
    assert any(line.startswith("plan app fetch") for line in told), told


def test_a_release_that_fails_is_reverted_and_told(world: World, new_cabinet: NewCabinet) -> None:
    release = world.build("1.2.0-relay", _RELAY_ON)
    world.publish(release)
    cabinet = new_cabinet()
    cabinet.board.power_on()
    action = world.assign(cabinet, release)
    cabinet.ends(action, "error")
    assert cabinet.board.running == "ota_0"
    assert "reverted: check relays: relay 1 reads on" in cabinet.told(action)
    again = world.assign(cabinet, release)
    assert again != action
    cabinet.ends(again, "error")


def test_a_cancel_during_the_download_is_answered(world: World, new_cabinet: NewCabinet) -> None:
    release = world.build("1.2.0-stopped", core="second")
    world.publish(release)
    cabinet = new_cabinet()
    action = world.assign(cabinet, release)
    cabinet.board.link.delay_s = 0.1
    cabinet.board.power_on()
    cabinet.says("fetched [23]0 %")
    world.client.cancel(cabinet.id, action)
    cabinet.ends(action, "canceled")
    assert cabinet.board.causes == [1]


def test_a_board_waits_for_its_maintenance_window(world: World, new_cabinet: NewCabinet) -> None:
    release = world.build("1.2.0-window")
    world.publish(release)
    cabinet = new_cabinet()
    cabinet.board.power_on()
    cabinet.until(lambda: bool(world.client.attributes(cabinet.id)), "known")
    opens = datetime.now(UTC) + timedelta(seconds=25)
    window = {
        "schedule": f"{opens:%-S %-M %-H %-d %-m} ? {opens.year}",
        "duration": "00:30:00",
        "timezone": "+00:00",
    }
    action = world.assign(cabinet, release, maintenanceWindow=window)
    cabinet.says("waiting: ")
    assert datetime.now(UTC) < opens, "too slow a machine to see it wait"
    assert cabinet.board.causes == [1]
    cabinet.ends(action, "finished")
    assert datetime.now(UTC) > opens
    assert cabinet.board.causes == [1, 2]


def test_a_rollout_shares_the_layers_that_did_not_change(
    world: World, new_cabinet: NewCabinet
) -> None:
    first, second = world.build("1.3.0"), world.build("1.4.0", sequence=3)
    world.publish(first)
    uploaded = int(world.publish(second).split()[-3])
    assert uploaded == len(second.data) + len(second.artifacts["app"])
    assert len(_modules(world, first) & _modules(world, second)) == 2
    cabinets = [new_cabinet() for _ in range(2)]
    names = ",".join(each.id for each in cabinets)
    world.lockerctl(
        *("fleet", "rollout", "create", "spring", "1.4.0"),
        *("--query", f"controllerid=in=({names})", "--groups", 2, "--success", 100, "--start"),
    )
    for cabinet in cabinets:
        cabinet.board.power_on()
    rollouts = Rollouts(world.client)
    deadline = time.monotonic() + 2 * PATIENCE_S
    while rollouts.find("spring").status != "finished":
        assert time.monotonic() < deadline, rollouts.groups(rollouts.find("spring"))
        time.sleep(0.5)
    for cabinet in cabinets:
        cabinet.ends(world.newest(cabinet), "finished")
        assert cabinet.board.running == "ota_1"
        told = cabinet.told(world.newest(cabinet))
        assert [line.split()[1:3] for line in told if line.startswith("plan ")] == [
            ["core", "copy"],
            ["app", "fetch"],
            ["assets", "copy"],
        ]
    assert "finished" in world.lockerctl("fleet", "rollout", "show", "spring")


def test_what_hawkbit_has_not_is_told(world: World) -> None:
    with pytest.raises(AssertionError, match="plain hawkBit"):
        world.lockerctl("fleet", "pause", "all")


def test_trust_is_not_hawkbits(world: World) -> None:
    with pytest.raises(FleetError):
        world.client.publish_trust({})


def _modules(world: World, release: Release) -> set[int]:
    version = release.manifest.version
    found = world.client.find_set("locker_release", "locker", version)
    assert found is not None
    return world.client.set_modules(found)
