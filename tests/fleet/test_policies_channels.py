"""Channels: boards that are behind are offered the newest release by themselves."""

from __future__ import annotations

import itertools
import time
from functools import partial
from typing import Any

import pytest
from fleet_world import Board, World, wait_for
from rollout_world import Tour, make_incomplete, publish, reports, site_of, unlocked
from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session
from test_policies import _wait_verdict as wait_verdict
from test_policies import _why as why
from test_policies import call

from fleet.judging import judge_boards
from fleet.store.boards import Target

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


def _moved(world: World, count: int, series: int) -> tuple[str, str, Tour]:
    """A channel, the site of boards that follow it, and the rollout of a new release to them."""
    name, site, boards = _world(world, count)
    for each in boards:
        reports(each, "1.0.0")
    moved = _move(world, name, publish(world, f"{series}.{next(_numbers)}.0"))
    return name, site, Tour(world, moved["rollout"], boards)


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
    name, site, tour = _moved(world, 3, 33)
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
    tour = Tour(world, _move(world, name, set_id, atOnce=True)["rollout"], boards)
    assert [each["totalTargets"] for each in tour.groups()] == [2]
    for each in boards:
        wait_verdict(world, each, "offered")
    assert tour.busy() == boards


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


def test_a_release_that_became_incomplete_is_offered_to_nobody(world: World) -> None:
    name, _, (board,) = _world(world, 1)
    with unlocked(world):
        version = f"35.{next(_numbers)}.0"
        set_id = publish(world, version, core=version.encode())
        _move(world, name, set_id)
        make_incomplete(world, set_id)
        reports(board, "29.0.0")
        wait_for(lambda: "is incomplete" in (why(world, board)[1] or ""), "not judged anew")
        assert why(world, board)[0] == "empty_channel"
    assert not world.server.fleet.scheduler.failing


def test_a_board_that_cannot_be_judged_is_told_and_stops_no_other(
    world: World, old: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, boards = _world(world, 2)
    _move(world, name, old[0])
    scheduler, broken = world.server.fleet.scheduler, boards[0].id

    def judge(session: Any, found: Any, *rest: Any) -> Any:
        if any(each.controller_id == broken for each in found):
            raise ValueError(broken)
        return judge_boards(session, found, *rest)

    with monkeypatch.context() as patch:
        patch.setattr("fleet.channels.judge_boards", judge)
        for each in boards:
            reports(each, "29.0.0")
        wait_verdict(world, boards[1], "offered")
        told = f"the channel of {broken}: ValueError, see the server's log"
        wait_for(lambda: told in scheduler.failing, f"{scheduler.failing}")
    wait_for(lambda: why(world, boards[0])[0] in ("in_rollout", "offered"), "not judged anew")
    wait_for(lambda: not scheduler.failing, f"{scheduler.failing}")


def test_without_a_channel_nothing_is_offered(world: World) -> None:
    board = world.board()
    reports(board, "1.0.0")
    assert wait_verdict(world, board, "no_channel") == "follows no channel"
    assert why(world, board)[0] == "no_channel"


def _named(world: World, series: int) -> tuple[str, str, int]:
    """A channel that names a release with a new core, and that nobody follows yet."""
    name, version = f"channel-{next(_numbers)}", f"{series}.{next(_numbers)}.0"
    set_id = publish(world, version, core=version.encode())
    assert "rollout" not in _move(world, name, set_id)
    return name, version, set_id


def _behind(world: World, count: int) -> tuple[str, list[Board]]:
    site, boards = site_of(world, count)
    for each in boards:
        reports(each, "1.0.0")
    _wait_judged(world, boards)
    return site, boards


def _follow(world: World, site: str, name: str) -> None:
    answer = call(world, "PUT", f"/follows/site:{site}", json={"channel": name})
    assert answer.status_code == 200, answer.text


def _rollout(world: World, name: str, boards: list[Board]) -> Tour:
    """The channel's, as soon as it has one."""

    def channel() -> dict[str, Any]:
        return dict(call(world, "GET", f"/channels/{name}").json())

    wait_for(lambda: "rollout" in channel(), f"channel {name} has no rollout")
    return Tour(world, channel()["rollout"], boards)


def _settled(world: World, boards: list[Board]) -> None:
    """The server has found out what it makes of all of them."""
    for each in boards:
        call(world, "POST", "/checks", json={"scope": f"board:{each.id}"})
        world.get(f"/targets/{each.id}")
    _wait_judged(world, boards)


def _wait_judged(world: World, boards: list[Board]) -> None:
    """Until none of them waits for it any more."""
    waiting = select(Target.id).where(
        Target.due, Target.controller_id.in_(each.id for each in boards)
    )

    def judged() -> bool:
        return not world.server.fleet.database.write_now(
            lambda session: session.scalars(waiting).all()
        )

    wait_for(judged, "boards are not judged")


def _action(world: World, board: Board) -> int:
    """The board's newest."""
    return int(world.get(f"/targets/{board.id}/actions", sort="id:DESC")["content"][0]["id"])


def test_boards_that_follow_a_channel_later_go_there_by_stages(world: World) -> None:
    name, version, _ = _named(world, 40)
    site, boards = _behind(world, 12)

    _follow(world, site, name)

    tour = _rollout(world, name, boards)
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered it")
    _settled(world, boards)
    assert len(tour.busy()) == 1
    assert tour.body()["name"] == f"{name} {version}"
    tour.end(tour.busy())
    wait_for(lambda: len(tour.busy()) > 1, "the next stage does not begin")


def test_boards_that_come_one_after_another_wait_until_a_new_core_is_proved(world: World) -> None:
    name, _, _ = _named(world, 41)
    site, boards = _behind(world, 1)
    _follow(world, site, name)
    wait_verdict(world, boards[0], "offered")
    for _ in range(3):
        late = world.board(group=site)
        reports(late, "1.0.0")
        boards.append(late)
        _wait_judged(world, [late])
    tour = Tour(world, 0, boards)
    # One by itself, one as the first group of a rollout.
    wait_for(lambda: len(tour.busy()) == 2, "the first group does not begin")
    _settled(world, boards)
    assert len(tour.busy()) == 2

    tour.end(tour.busy())

    wait_for(lambda: len(tour.busy()) > 0, "the others are not offered it")


def test_a_site_that_follows_a_channel_that_few_have_proved_goes_by_stages(world: World) -> None:
    name, _, first = _moved(world, 2, 42)
    for _ in first.boards:
        wait_for(lambda: len(first.busy()) == 1, "the next board is not offered it")
        first.end(first.busy())
    first.wait_status("finished")
    site, others = _behind(world, 8)

    _follow(world, site, name)

    wait_for(lambda: _rollout(world, name, others).id != first.id, "there is no second rollout")
    wait_for(lambda: len(Tour(world, 0, others).busy()) == 1, "the first group does not begin")
    _settled(world, others)
    assert len(Tour(world, 0, others).busy()) == 1


def test_with_approval_boards_that_follow_later_wait_for_it(world: World) -> None:
    name, _, _ = _named(world, 43)
    site, boards = _behind(world, 1)
    key = "/system/configs/rollout.approval.enabled"
    assert world.call("PUT", key, json={"value": True}).status_code == 204
    try:
        _follow(world, site, name)
        tour = _rollout(world, name, boards)
        assert (tour.status, tour.busy()) == ("waiting_for_approval", [])
    finally:
        world.call("DELETE", key)


def test_with_approval_at_once_waits_for_it_too(world: World, old: tuple[int, str]) -> None:
    name, _, boards = _world(world, 2)
    for each in boards:
        reports(each, "1.0.0", **{"layer.core": _core(world, old[0])})
    key = "/system/configs/rollout.approval.enabled"
    assert world.call("PUT", key, json={"value": True}).status_code == 204
    try:
        moved = _move(world, name, old[0], atOnce=True)
    finally:
        world.call("DELETE", key)
    tour = Tour(world, moved["rollout"], boards)
    _settled(world, boards)
    assert (tour.status, tour.busy()) == ("waiting_for_approval", [])
    assert tour.tell("approve") == 204
    assert tour.tell("start") == 204
    wait_for(lambda: tour.busy() == boards, "nobody is offered it")


def test_the_rollout_of_a_channel_is_not_deleted_as_long_as_it_holds_boards_back(
    world: World,
) -> None:
    name, _, tour = _moved(world, 3, 44)
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered it")
    tour.end(tour.busy(), "failure")
    tour.wait_status("paused")

    answer = world.call("DELETE", f"/rollouts/{tour.id}")

    assert (answer.status_code, f"moves channel {name}" in answer.json()["message"]) == (400, True)
    _move(world, name, publish(world, f"44.{next(_numbers)}.0"))
    tour.wait_status("stopped")
    assert world.call("DELETE", f"/rollouts/{tour.id}").status_code == 204


def test_a_silent_board_keeps_nobody_waiting_who_comes_later(world: World) -> None:
    _, site, tour = _moved(world, 3, 45)
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered it")
    (first,) = tour.busy()
    late = world.board(group=site)
    reports(late, "1.0.0")
    wait_verdict(world, late, "in_rollout")
    tour.end([first])
    wait_for(lambda: len(tour.busy()) == 2, "the others are not offered it")
    tour.end(tour.busy()[:1])
    assert tour.status == "running"

    wait_for(lambda: "deploymentBase" in late.links(), "it waits for who is silent")
    newcomers = [world.board(group=site) for _ in range(6)]
    for each in newcomers:
        reports(each, "1.0.0")
    wait_for(lambda: len(Tour(world, 0, newcomers).busy()) > 0, "newcomers wait for who is silent")


def test_a_board_that_is_retried_after_a_cancel_is_offered_it_again(world: World) -> None:
    _, _, tour = _moved(world, 3, 46)
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered it")
    tour.end(tour.busy())
    wait_for(lambda: len(tour.busy()) == 2, "the others are not offered it")
    board = tour.busy()[0]
    action = _action(world, board)
    world.cancel(board, action)
    board.report_cancel(action, "closed", "success")
    wait_verdict(world, board, "tried")

    body = {"scope": f"board:{board.id}"}
    assert call(world, "POST", "/retries", json=body).json()["boards"] == 1

    wait_for(lambda: "deploymentBase" in board.links(), "nothing is offered")


def test_a_channels_first_group_are_boards_that_were_heard_of_last(world: World) -> None:
    name, _, boards = _world(world, 3)
    for each, heard_s in zip(boards, (1, 3, 2), strict=True):
        runs = {"model": "bench", "revision": 1, "release": "1.0.0"}
        heard = update(Target).where(Target.controller_id == each.id)
        heard = heard.values(last_contact_ms=heard_s * 1000, **runs)
        world.server.fleet.database.write_now(partial(_execute, heard))
    version = f"47.{next(_numbers)}.0"
    tour = Tour(world, _move(world, name, publish(world, version))["rollout"], boards)
    path = f"/rollouts/{tour.id}/deploygroups/{tour.groups()[0]['id']}/targets"
    assert [each["controllerId"] for each in world.get(path)["content"]] == [boards[1].id]


def _execute(statement: Update, session: Session) -> None:
    session.execute(statement)


@pytest.mark.parametrize("end", ["stop", "deny"])
def test_a_channel_is_moved_anew_to_the_release_whose_rollout_was_ended(
    world: World, end: str
) -> None:
    name, _, boards = _world(world, 3)
    for each in boards:
        reports(each, "1.0.0")
    set_id = publish(world, f"48.{next(_numbers)}.0")
    key = "/system/configs/rollout.approval.enabled"
    world.call("PUT", key, json={"value": end == "deny"})
    try:
        tour = Tour(world, _move(world, name, set_id)["rollout"], boards)
    finally:
        world.call("DELETE", key)
    assert tour.tell(end) == 204
    again = Tour(world, _move(world, name, set_id)["rollout"], boards)
    assert again.id != tour.id
    wait_for(lambda: len(again.busy()) == 1, "nobody is offered it")
    assert _move(world, name, set_id)["rollout"] == again.id


def test_a_failed_release_given_again_by_hand_is_on_its_way(
    world: World, old: tuple[int, str]
) -> None:
    name, _, (board,) = _world(world, 1)
    _move(world, name, old[0])
    reports(board, "29.0.0")
    wait_verdict(world, board, "offered")
    wait_for(lambda: "deploymentBase" in board.links(), "nothing is offered")
    board.report(_action(world, board), "closed", "failure")
    wait_verdict(world, board, "tried")

    world.call("POST", f"/targets/{board.id}/assignedDS", json={"id": old[0]})
    call(world, "POST", "/checks", json={"scope": f"board:{board.id}"})

    wait_verdict(world, board, "offered")


def test_a_board_that_ended_well_but_runs_what_it_ran_has_failed(
    world: World, old: tuple[int, str]
) -> None:
    name, _, (board,) = _world(world, 1)
    _move(world, name, old[0])
    reports(board, "29.0.0")
    wait_for(lambda: "deploymentBase" in board.links(), "nothing is offered")
    action = _action(world, board)
    board.report(action, "closed", "success")
    time.sleep(0.3)
    assert (why(world, board)[0], world.state(board)) == ("offered", "in_sync")

    reports(board, "29.0.0")

    assert wait_verdict(world, board, "tried") == f"fell back from {old[1]}"
    assert (world.state(board), world.action(board, action)) == ("error", ("error", False))
    assert "deploymentBase" not in board.links()
    call(world, "POST", "/retries", json={"scope": f"board:{board.id}"})
    wait_for(lambda: "deploymentBase" in board.links(), "it is not tried again")
