"""Channels: boards that are behind are offered the newest release by themselves."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fleet_world import Board, World, wait_for
from rollout_world import Tour, publish, reports, site_of
from test_policies import _wait_verdict as wait_verdict
from test_policies import _why as why
from test_policies import call

_numbers = itertools.count(1)
_KNOWN = b"a core that all boards of these tests run"


def _channel(world: World, boards: list[Board], site: str, name: str) -> None:
    """A channel that these boards follow."""
    assert call(world, "PUT", f"/channels/{name}", json={}).status_code == 200
    answer = call(world, "PUT", f"/follows/site:{site}", json={"channel": name})
    assert answer.json()["boards"] == len(boards)


def _move(world: World, name: str, set_id: int, **more: object) -> dict[str, Any]:
    answer = call(world, "PUT", f"/channels/{name}", json={"set": set_id, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _world(world: World, count: int) -> tuple[str, str, list[Board]]:
    site, boards = site_of(world, count)
    name = f"channel-{next(_numbers)}"
    _channel(world, boards, site, name)
    return name, site, boards


def _core(world: World, set_id: int) -> str:
    modules = world.get(f"/distributionsets/{set_id}")["modules"]
    return next(str(each["version"]) for each in modules if each["name"] == "core")


@pytest.fixture
def old(world: World) -> tuple[int, str]:
    """A release whose core all boards have: its set and the core's version."""
    version = f"30.{next(_numbers)}.0"
    set_id = publish(world, version, core=_KNOWN + version.encode())
    return set_id, version


def test_a_board_that_is_behind_is_offered_the_channels_release(
    world: World, old: tuple[int, str]
) -> None:
    name, site, boards = _world(world, 1)
    moved = _move(world, name, old[0])
    assert (moved["release"], "rollout" in moved) == (f"locker:{old[1]}", False)
    (board,) = boards
    assert "what hardware" in wait_verdict(world, board, "not_reported")

    reports(board, "29.0.0")

    assert wait_verdict(world, board, "offered") == f"is offered {old[1]}"
    assert world.set_of(board, "assignedDS") == old[0]
    (action,) = world.get(f"/targets/{board.id}/actions")["content"]
    assert action["createdBy"] == f"the channel {name}"
    board.report(action["id"], "closed", "success")
    reports(board, old[1])
    wait_verdict(world, board, "current")

    newer, other, elsewhere = (world.board(group=site) for _ in range(3))
    reports(newer, "31.0.0")
    reports(other, "29.0.0", board="oled")
    reports(elsewhere, "29.0.0", revision="9")
    assert "newer" in wait_verdict(world, newer, "newer")
    assert "not for oled revision 1" in wait_verdict(world, other, "incompatible")
    assert "not for bench revision 9" in wait_verdict(world, elsewhere, "incompatible")
    for each in (newer, other, elsewhere):
        assert world.get(f"/targets/{each.id}/actions")["total"] == 0


def test_a_board_that_reverted_is_not_offered_it_again_until_an_operator_says_so(
    world: World, old: tuple[int, str]
) -> None:
    name, _, (board,) = _world(world, 1)
    _move(world, name, old[0])
    reports(board, "29.0.0")
    wait_verdict(world, board, "offered")
    wait_for(lambda: "deploymentBase" in board.links(), "nothing is offered")
    (action,) = world.get(f"/targets/{board.id}/actions")["content"]

    board.report(action["id"], "closed", "failure", details=["reverted: it hung"])
    reports(board, "29.0.0", last_outcome="failure reverted: it hung")

    assert f"failed there (action {action['id']})" in wait_verdict(world, board, "tried")
    call(world, "POST", "/checks", json={"scope": f"board:{board.id}"})
    assert "deploymentBase" not in board.links()
    call(world, "POST", "/retries", json={"scope": f"board:{board.id}"})
    wait_for(lambda: "deploymentBase" in board.links(), "it is not tried again")


def test_a_retry_does_not_forgive_what_fails_after_it(world: World, old: tuple[int, str]) -> None:
    name, _, (board,) = _world(world, 1)
    _move(world, name, old[0])
    reports(board, "29.0.0")
    wait_verdict(world, board, "offered")
    (first,) = world.get(f"/targets/{board.id}/actions")["content"]
    board.report(first["id"], "closed", "failure")
    wait_verdict(world, board, "tried")
    answer = world.call("POST", f"/targets/{board.id}/assignedDS", json={"id": old[0]})
    second = answer.json()["assignedActions"][0]["id"]

    answer = call(world, "POST", "/retries", json={"scope": f"board:{board.id}"})
    assert answer.json()["boards"] == 1
    wait_verdict(world, board, "offered")
    board.report(second, "closed", "failure")

    assert f"failed there (action {second})" in wait_verdict(world, board, "tried")
    assert world.get(f"/targets/{board.id}/actions")["total"] == 2


def test_a_channel_moves_its_boards_by_stages(world: World) -> None:
    name, site, boards = _world(world, 4)
    for each in boards:
        reports(each, "1.0.0")
    version = f"32.{next(_numbers)}.0"
    moved = _move(world, name, publish(world, version, core=version.encode()))
    tour = Tour(world, moved["rollout"], boards)
    assert moved["rolloutName"] == f"{name} {version}"
    assert [each["totalTargets"] for each in tour.groups()] == [1, 3]
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered it")
    late = world.board(group=site)
    reports(late, "1.0.0")
    assert "has gone through" in wait_verdict(world, late, "in_rollout")
    waiting = next(each for each in boards if each not in tour.busy())
    assert "waits for its group" in wait_verdict(world, waiting, "in_rollout")

    tour.end(tour.busy())
    wait_for(lambda: len(tour.busy()) == 3, "the others are not offered it")
    tour.end(tour.busy())

    tour.wait_status("finished")
    wait_verdict(world, late, "offered")
    wait_for(lambda: "deploymentBase" in late.links(), "who came later is not offered it")


def test_a_channel_stops_when_its_first_board_fails(world: World) -> None:
    name, site, boards = _world(world, 3)
    for each in boards:
        reports(each, "1.0.0")
    version = f"33.{next(_numbers)}.0"
    tour = Tour(world, _move(world, name, publish(world, version))["rollout"], boards)
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered it")
    tour.end(tour.busy(), "failure")
    tour.wait_status("paused")
    late = world.board(group=site)
    reports(late, "1.0.0")
    wait_verdict(world, late, "in_rollout")

    better = f"33.{next(_numbers)}.1"
    _move(world, name, publish(world, better))

    tour.wait_status("stopped")
    assert call(world, "GET", f"/channels/{name}").json()["rolloutName"] == f"{name} {better}"


def test_all_at_once_is_refused_for_a_new_core(world: World) -> None:
    name, _, boards = _world(world, 2)
    version = f"34.{next(_numbers)}.0"
    set_id = publish(world, version, core=version.encode())
    for each in boards:
        reports(each, "1.0.0")
    answer = call(world, "PUT", f"/channels/{name}", json={"set": set_id, "atOnce": True})
    assert (answer.status_code, "new core" in answer.json()["message"]) == (400, True)
    for each in boards:
        reports(each, "1.0.0", **{"layer.core": _core(world, set_id)})
    moved = _move(world, name, set_id, atOnce=True)
    assert "rollout" not in moved
    for each in boards:
        wait_verdict(world, each, "offered")


def test_a_board_follows_the_narrowest_that_was_said(world: World, old: tuple[int, str]) -> None:
    name, _, (board, other) = _world(world, 2)
    second = f"{name}-beta"
    call(world, "PUT", f"/channels/{second}", json={"set": old[0]})
    call(world, "PUT", f"/follows/board:{board.id}", json={"channel": second})
    found = [call(world, "GET", f"/boards/{each.id}").json()["channel"] for each in (board, other)]
    assert found == [second, name]
    query = f"channel=={second}"
    assert [each["controllerId"] for each in world.get("/targets", q=query)["content"]] == [
        board.id
    ]
    assert "names no release" in wait_verdict(world, other, "empty_channel")
    assert call(world, "DELETE", f"/channels/{second}").status_code == 409
    assert call(world, "DELETE", f"/follows/board:{board.id}").status_code == 200
    assert call(world, "DELETE", f"/channels/{second}").status_code == 204
    assert call(world, "GET", f"/boards/{board.id}").json()["channel"] == name


def test_a_board_that_comes_to_a_site_is_offered_what_its_channel_names(
    world: World, old: tuple[int, str]
) -> None:
    name, site, _ = _world(world, 1)
    _move(world, name, old[0])
    newcomer = world.board()
    reports(newcomer, "29.0.0")
    wait_verdict(world, newcomer, "no_channel")
    world.call("PUT", f"/targets/{newcomer.id}", json={"group": site})
    wait_verdict(world, newcomer, "offered")
    assert world.set_of(newcomer, "assignedDS") == old[0]


def test_a_held_board_is_offered_nothing(world: World, old: tuple[int, str]) -> None:
    name, _, (board,) = _world(world, 1)
    call(world, "PUT", f"/holds/board:{board.id}")
    _move(world, name, old[0])
    reports(board, "29.0.0")
    assert wait_verdict(world, board, "held") == "is held at what it runs"
    call(world, "DELETE", f"/holds/board:{board.id}")
    wait_verdict(world, board, "offered")


def test_a_set_that_is_no_release_moves_no_channel(world: World) -> None:
    answer = call(world, "PUT", "/channels/odd", json={"set": world.set().id})
    assert (answer.status_code, "no manifest" in answer.json()["message"]) == (400, True)
    assert call(world, "GET", "/channels/odd").status_code == 404


def test_without_a_channel_nothing_is_offered(world: World) -> None:
    board = world.board()
    reports(board, "1.0.0")
    assert wait_verdict(world, board, "no_channel") == "follows no channel"
    assert why(world, board)[0] == "no_channel"
