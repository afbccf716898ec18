"""deploymentBase and installedBase: what a board is told to install."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fleet_world import Board, World, sha1


def _deployment(board: Board, action: int, query: str = "") -> dict[str, Any]:
    answer = board.get(f"/deploymentBase/{action}{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_deployment_names_every_module_with_its_artifacts(world: World) -> None:
    board = world.board()
    chosen = world.set(app=b"application", assets=b"pictures")
    action = world.assign(board, chosen)

    body = _deployment(board, action)

    assert body["id"] == str(action)
    assert body["deployment"]["download"] == body["deployment"]["update"] == "forced"
    assert "maintenanceWindow" not in body["deployment"]
    assert "actionHistory" not in body
    chunks = {each["artifacts"][0]["filename"]: each for each in body["deployment"]["chunks"]}
    assert set(chunks) == {"app.bin", "assets.bin"}
    chunk = chunks["app.bin"]
    assert chunk["version"] == "1.0.0"
    assert "metadata" not in chunk
    (artifact,) = chunk["artifacts"]
    assert artifact["size"] == len(b"application")
    assert artifact["hashes"]["sha1"] == sha1(b"application")
    assert {name: len(value) for name, value in artifact["hashes"].items()} == {
        "sha1": 40,
        "md5": 32,
        "sha256": 64,
    }
    path = f"{board.root}/softwaremodules/{chosen.modules['app']}/artifacts/app.bin"
    assert artifact["_links"] == {
        "download-http": {"href": path},
        "md5sum-http": {"href": path + ".MD5SUM"},
    }


def test_only_visible_metadata_reaches_the_board(world: World) -> None:
    board, chosen = world.board(), world.set()
    path = f"/softwaremodules/{chosen.modules['app']}/metadata"
    world.make(path, key="release", value='{"sequence":2}', targetVisible=True)
    world.make(path, key="secret", value="note", targetVisible=False)
    action = world.assign(board, chosen)

    (chunk,) = _deployment(board, action)["deployment"]["chunks"]

    assert chunk["metadata"] == [{"key": "release", "value": '{"sequence":2}'}]


def test_old_module_types_go_by_their_old_names(world: World) -> None:
    board = world.board()
    system, application = world.module("os"), world.module("application")
    made = world.make(
        "/distributionsets",
        name="parts",
        version="1",
        type="os_app",
        modules=[{"id": system}, {"id": application}],
    )
    answer = world.call("POST", f"/targets/{board.id}/assignedDS", json={"id": made["id"]})
    action = answer.json()["assignedActions"][0]["id"]

    chunks = _deployment(board, action)["deployment"]["chunks"]

    assert {each["part"] for each in chunks} == {"os", "bApp"}


@pytest.mark.parametrize(
    ("assignment", "download", "update"),
    [
        ({"type": "forced"}, "forced", "forced"),
        ({"type": "soft"}, "attempt", "attempt"),
        ({"type": "downloadonly"}, "forced", "skip"),
        ({"type": "timeforced", "forcetime": 1}, "forced", "forced"),
        ({"type": "timeforced", "forcetime": 1 << 50}, "attempt", "attempt"),
    ],
)
def test_the_kind_of_assignment_says_how_urgent_it_is(
    world: World, assignment: dict[str, object], download: str, update: str
) -> None:
    board = world.board()
    action = world.assign(board, world.set(), **assignment)
    deployment = _deployment(board, action)["deployment"]
    assert (deployment["download"], deployment["update"]) == (download, update)


def test_the_link_changes_when_the_time_of_a_timeforced_action_comes(world: World) -> None:
    board, chosen = world.board(), world.set()
    at_ms = int(time.time() * 1000) + 1500
    world.assign(board, chosen, type="timeforced", forcetime=at_ms)
    before = board.links()["deploymentBase"]
    time.sleep(1.6)
    assert board.links()["deploymentBase"] != before


def test_retrieving_is_noted_once_in_a_row(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())

    for _ in range(3):
        _deployment(board, action)
    assert world.action(board, action) == ("retrieved", True)
    assert [each["type"] for each in world.history(board, action)] == ["retrieved", "running"]

    board.report(action, "proceeding")
    _deployment(board, action)
    history = [each["type"] for each in world.history(board, action)]
    assert history == ["retrieved", "running", "retrieved", "running"]


def test_a_finished_deployment_can_still_be_read(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    board.report(action, "closed", "success")
    _deployment(board, action)
    assert world.action(board, action) == ("finished", False)


def test_a_deployment_that_is_being_cancelled_is_gone(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    world.cancel(board, action)
    assert board.get(f"/deploymentBase/{action}").status_code == 404
    board.report_cancel(action, "closed", "success")
    assert board.get(f"/deploymentBase/{action}").status_code == 404


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("", None),
        ("?actionHistory=", None),
        ("?actionHistory=0", None),
        ("?actionHistory=2", ["third b", "third a"]),
        ("?actionHistory=-1", ["third b", "third a", "second", "first"]),
        ("?c=-17&actionHistory=99", ["third b", "third a", "second", "first"]),
    ],
)
def test_history_comes_newest_first_without_the_servers_own_lines(
    world: World, query: str, messages: list[str] | None
) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    for details in ("first", ["second"], ["third a", "third b"]):
        board.report(action, "proceeding", details=details)

    history = _deployment(board, action, query).get("actionHistory")

    if messages is None:
        assert history is None
    else:
        assert history == {"status": "RETRIEVED", "messages": messages}


def test_without_messages_there_is_no_history(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    assert "actionHistory" not in _deployment(board, action, "?actionHistory=5")
    assert board.get(f"/deploymentBase/{action}?actionHistory=x").status_code == 400


def test_what_is_installed_can_be_read_after_the_action(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    assert board.get(f"/installedBase/{action}").status_code == 404

    board.report(action, "closed", "success", details="done")

    body = board.get(f"/installedBase/{action}?actionHistory=1").json()
    assert body["id"] == str(action)
    assert body["deployment"]["chunks"][0]["artifacts"][0]["filename"] == "app.bin"
    assert body["actionHistory"] == {"status": "FINISHED", "messages": ["done"]}


def test_a_cancelled_action_is_not_installed(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    world.cancel(board, action)
    board.report_cancel(action, "closed", "success")
    assert board.get(f"/installedBase/{action}").status_code == 404


def test_a_board_can_say_what_it_runs(world: World) -> None:
    board, chosen = world.board(), world.set()
    body = {"name": chosen.name, "version": chosen.version}

    assert board.send("/installedBase", body, "PUT").status_code == 201
    assert board.send("/installedBase", body, "PUT").status_code == 200

    assert world.state(board) == "in_sync"
    assert world.set_of(board, "installedDS") == chosen.id
    assert world.set_of(board, "assignedDS") == chosen.id
    installed = int(board.links()["installedBase"].rpartition("/")[2])
    assert world.action(board, installed) == ("finished", False)
    assert "deploymentBase" not in board.links()


def test_what_a_board_runs_does_not_end_an_update_under_way(world: World) -> None:
    board, chosen = world.board(), world.set()
    action = world.assign(board, world.set())
    body = {"name": chosen.name, "version": chosen.version}

    assert board.send("/installedBase", body, "PUT").status_code == 200

    assert world.action(board, action) == ("running", True)
    assert world.set_of(board, "installedDS") is None


def test_an_unknown_set_cannot_be_what_a_board_runs(world: World) -> None:
    board = world.board()
    body = {"name": "locker", "version": "0.0.0-none"}
    assert board.send("/installedBase", body, "PUT").status_code == 404
    assert board.send("/installedBase", {"name": "locker"}, "PUT").status_code == 400
