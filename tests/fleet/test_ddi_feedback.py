"""Feedback on deployments: each report's effect, repeats, quotas, what is refused."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from fleet_world import Board, World, feedback

_EXECUTIONS = (
    "closed",
    "proceeding",
    "canceled",
    "scheduled",
    "rejected",
    "resumed",
    "downloaded",
    "download",
)
_RESULTS = ("success", "failure", "none")
_NOTED = {
    "proceeding": "running",
    "scheduled": "running",
    "resumed": "running",
    "download": "download",
    "downloaded": "downloaded",
    "canceled": "canceled",
    "rejected": "warning",
}


def _post(board: Board, action: int, body: object) -> tuple[int, str | None]:
    answer = board.send(f"/deploymentBase/{action}/feedback", body)
    return answer.status_code, answer.json()["errorCode"] if answer.content else None


@pytest.mark.parametrize(("execution", "result"), list(itertools.product(_EXECUTIONS, _RESULTS)))
@pytest.mark.parametrize("kind", ["forced", "downloadonly"])
def test_each_report_has_its_effect(world: World, execution: str, result: str, kind: str) -> None:
    board, chosen = world.board(), world.set()
    action = world.assign(board, chosen, type=kind)
    board.send("/configData", {"data": {"a": "b"}}, "PUT")

    assert board.report(action, execution, result) == 200

    stored = world.history(board, action)[0]["type"]
    after = (world.action(board, action), world.state(board))
    asked = "configData" in board.links()
    installed, assigned = world.set_of(board, "installedDS"), world.set_of(board, "assignedDS")
    if execution == "closed" and result == "failure":
        assert (stored, after) == ("error", (("error", False), "error"))
        assert (installed, assigned, asked) == (None, None, False)
    elif execution == "closed":
        assert (stored, after) == ("finished", (("finished", False), "in_sync"))
        assert (installed, assigned, asked) == (chosen.id, chosen.id, True)
    elif execution == "downloaded" and kind == "downloadonly":
        assert (stored, after) == ("downloaded", (("downloaded", False), "in_sync"))
        assert (installed, assigned, asked) == (None, chosen.id, True)
    else:
        assert (stored, after) == (_NOTED[execution], (("running", True), "pending"))
        assert (installed, assigned, asked) == (None, chosen.id, False)


def test_a_result_can_be_repeated_but_is_taken_once(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    answer = board.send(f"/deploymentBase/{action}/feedback", feedback("closed", "success"))
    assert (answer.status_code, answer.content) == (200, b"")

    for execution, result in (("closed", "success"), ("closed", "failure"), ("proceeding", "none")):
        assert _post(board, action, feedback(execution, result)) == (410, None)

    assert world.action(board, action) == ("finished", False)
    assert len(world.history(board, action)) == 2


def test_the_same_set_can_be_assigned_again_after_a_failure(world: World) -> None:
    board, chosen = world.board(), world.set()
    first = world.assign(board, chosen)
    board.report(first, "closed", "failure")
    second = world.assign(board, chosen)
    assert second > first
    assert f"/deploymentBase/{second}?" in board.links()["deploymentBase"]


def test_a_failure_leaves_what_is_installed(world: World) -> None:
    board, good = world.board(), world.set()
    board.report(world.assign(board, good), "closed", "success")
    board.report(world.assign(board, world.set()), "closed", "failure")
    assert world.set_of(board, "installedDS") == good.id
    assert world.state(board) == "error"


def test_a_board_may_close_a_deployment_that_is_being_cancelled(world: World) -> None:
    board, chosen = world.board(), world.set()
    action = world.assign(board, chosen)
    world.cancel(board, action)

    assert board.report(action, "closed", "success") == 200

    assert world.action(board, action) == ("finished", False)
    assert world.set_of(board, "installedDS") == chosen.id
    assert board.report_cancel(action, "closed", "success") == 405


def test_the_failure_of_a_superseded_action_leaves_the_newer_assignment(world: World) -> None:
    board, newer = world.board(), world.set()
    old = world.assign(board, world.set())
    new = world.assign(board, newer)

    assert board.report(old, "closed", "failure") == 200

    assert world.set_of(board, "assignedDS") == newer.id
    assert world.state(board) == "pending"
    board.report(new, "closed", "success")
    assert world.state(board) == "in_sync"


def test_a_report_older_than_the_installation_does_not_replace_it(world: World) -> None:
    board, good = world.board(), world.set()
    first, second = world.assign(board, good), 0
    board.report(first, "closed", "success")
    second = world.assign(board, world.set())
    late = {"timestamp": 1000, **feedback("closed", "success")}

    assert _post(board, second, late) == (200, None)

    assert world.set_of(board, "installedDS") == good.id
    assert world.action(board, second) == ("finished", False)
    assert world.history(board, second)[0]["timestamp"] == 1000


def test_a_clock_that_runs_ahead_does_not_shut_out_later_installations(world: World) -> None:
    board, chosen = world.board(), world.set()
    ahead = {"timestamp": 1 << 52, **feedback("closed", "success")}
    assert _post(board, world.assign(board, world.set()), ahead) == (200, None)
    board.report(world.assign(board, chosen), "closed", "success")
    assert world.set_of(board, "installedDS") == chosen.id


def test_code_and_details_are_kept(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    progress = {"finished": "none", "progress": {"cnt": 1, "of": 10}}
    body = {
        "id": "ignored",
        "time": "20140511T121314",
        "status": {
            "execution": "proceeding",
            "result": progress,
            "code": -7,
            "details": ["one", "x" * 600],
            "unknown": 1,
        },
    }

    assert _post(board, action, body) == (200, None)

    newest = world.history(board, action)[0]
    assert newest["code"] == -7
    assert newest["messages"] == ["one", "x" * 512, "x" * 88, "Device reported status code: -7"]
    assert world.get(f"/targets/{board.id}/actions/{action}")["lastStatusCode"] == -7


_NO_STATUS: list[Any] = [
    {},
    [],
    "text",
    {"status": None},
    {"status": {"execution": "closed"}},
    {"status": {"execution": "closed", "result": {}}},
    {"status": {"result": {"finished": "success"}}},
    feedback("CLOSED", "success"),
    feedback("closed", "SUCCESS"),
    feedback("done"),
    feedback("closed", "success", details=5),
    feedback("closed", "success", details=["a", 5]),
    feedback("closed", "success", code="7"),
    feedback("closed", "success", code=1.5),
    feedback("closed", "success", code=1 << 70),
    {"timestamp": "now", **feedback("closed", "success")},
]


@pytest.mark.parametrize("body", _NO_STATUS)
def test_what_is_no_feedback_is_refused_and_changes_nothing(world: World, body: object) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    assert _post(board, action, body) == (400, "hawkbit.server.error.rest.body.notReadable")
    assert world.action(board, action) == ("running", True)
    assert len(world.history(board, action)) == 1


@pytest.mark.parametrize(
    "text", ["<b>bold</b>", "<script>alert(1)</script>", "1 < 2", "\x00", "\ud800"]
)
def test_markup_and_what_is_no_text_are_refused(world: World, text: str) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    body = feedback("closed", "failure", details=["fine", text])
    refused = (400, "hawkbit.server.error.repo.constraintViolation")
    answer = world.http.post(
        f"{board.root}/deploymentBase/{action}/feedback",
        content=json.dumps(body),
        headers={"authorization": f"TargetToken {board.token}", "content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["errorCode"]) == refused
    assert world.action(board, action) == ("running", True)


def test_more_than_fifty_details_are_too_many(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    too_many = (429, "hawkbit.server.error.quota.tooManyEntries")
    assert board.report(action, "proceeding", details=["x"] * 50) == 200
    assert _post(board, action, feedback("proceeding", details=["x"] * 51)) == too_many
    assert _post(board, action, feedback("proceeding", details=["x" * 513] * 26)) == too_many


def test_a_body_above_64_kib_is_refused(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    status, _ = _post(board, action, feedback("proceeding", details=["x" * 70_000]))
    assert status == 413


def test_a_full_history_takes_nothing_more_but_the_result(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    # The assignment is the first of the thousand entries.
    accepted = sum(board.report(action, "proceeding") == 200 for _ in range(999))
    assert accepted == 999

    too_many = (429, "hawkbit.server.error.quota.tooManyEntries")
    assert _post(board, action, feedback("proceeding")) == too_many
    assert board.report(action, "closed", "success") == 200
    assert world.action(board, action) == ("finished", False)
