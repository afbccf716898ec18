"""Maintenance windows of an action, as a board is told of them."""

from __future__ import annotations

import time

import pytest
from fleet_world import World

from fleet.settings import parse_clock


def _window(from_s: float, until_s: float = 0) -> dict[str, str]:
    """A window that opens once, so many seconds from now, and closes so many after its opening."""
    opens = time.gmtime(time.time() + from_s)
    length = time.gmtime(until_s or 3600)
    return {
        "schedule": time.strftime("%S %M %H %d %m ? %Y", opens),
        "duration": time.strftime("%H:%M:%S", length),
        "timezone": "+00:00",
    }


def test_before_its_window_a_board_may_only_download(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set(), maintenanceWindow=_window(3000))
    told = board.follow(board.links()["deploymentBase"]).json()["deployment"]
    assert (told["download"], told["update"]) == ("forced", "skip")
    assert told["maintenanceWindow"] == "unavailable"
    kept = world.get(f"/targets/{board.id}/actions/{action}")["maintenanceWindow"]
    assert kept["timezone"] == "+00:00"
    assert 0 < kept["nextStartAt"] - time.time() * 1000 < 3_001_000


def test_in_its_window_a_board_may_do_all(world: World) -> None:
    board = world.board()
    world.assign(board, world.set(), maintenanceWindow=_window(-60))
    told = board.follow(board.links()["deploymentBase"]).json()["deployment"]
    assert (told["download"], told["update"]) == ("forced", "forced")
    assert told["maintenanceWindow"] == "available"


def test_without_a_window_none_is_told_of(world: World) -> None:
    board = world.board()
    world.assign(board, world.set())
    told = board.follow(board.links()["deploymentBase"]).json()["deployment"]
    assert "maintenanceWindow" not in told


def test_the_link_changes_when_the_window_opens(world: World) -> None:
    board = world.board()
    world.assign(board, world.set(), maintenanceWindow=_window(4))
    before = board.get()
    link = before.json()["_links"]["deploymentBase"]["href"]
    give_up = time.monotonic() + 20
    while board.links()["deploymentBase"] == link:
        assert time.monotonic() < give_up
        time.sleep(0.1)
    assert board.get(**{"if-none-match": before.headers["etag"]}).status_code == 200


def test_a_board_comes_more_often_before_its_window(world: World) -> None:
    board = world.board()
    world.assign(board, world.set(), maintenanceWindow=_window(600))
    sleep = board.get().json()["config"]["polling"]["sleep"]
    assert 150 < parse_clock(sleep) <= 200
    other = world.board()
    world.assign(other, world.set(), maintenanceWindow=_window(12))
    assert other.get().json()["config"]["polling"]["sleep"] == "00:00:30"
    late = world.board()
    world.assign(late, world.set(), maintenanceWindow=_window(7200))
    assert late.get().json()["config"]["polling"]["sleep"] == "00:05:00"


def test_an_action_whose_last_window_is_over_is_cancelled(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set(), maintenanceWindow=_window(-1, 3))
    time.sleep(0.1)
    give_up = time.monotonic() + 20
    while "cancelAction" not in board.links():
        assert time.monotonic() < give_up
        time.sleep(0.2)
    assert world.action(board, action) == ("canceling", True)
    assert "never open again" in world.history(board, action)[0]["messages"][0]
    assert board.get(f"/deploymentBase/{action}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"schedule": None},
        {"schedule": "0 0 2 * *"},
        {"duration": "24:00:00"},
        {"timezone": "Europe/Berlin"},
        {"timezone": None},
        {"schedule": "0 0 2 1 1 ? 2020"},
    ],
)
def test_a_window_that_cannot_be_is_refused(world: World, change: dict[str, object]) -> None:
    board = world.board()
    window = {"schedule": "0 0 2 * * ?", "duration": "01:00:00", "timezone": "+01:00", **change}
    answer = world.call(
        "POST",
        f"/targets/{board.id}/assignedDS",
        json={"id": world.set().id, "maintenanceWindow": window},
    )
    assert answer.status_code == 400
    assert answer.json()["errorCode"].endswith("maintenanceScheduleInvalid")
