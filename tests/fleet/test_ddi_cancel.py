"""Cancelling: what a board is told, and what its answers do."""

from __future__ import annotations

import itertools

import pytest
from fleet_world import World

_NOTED = {
    "proceeding": "running",
    "scheduled": "running",
    "resumed": "running",
    "download": "download",
    "downloaded": "downloaded",
    "canceled": "warning",
}


def test_a_board_is_told_what_to_stop(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    assert board.get(f"/cancelAction/{action}").status_code == 404

    assert world.cancel(board, action) == 204

    link = board.links()["cancelAction"]
    assert link == f"{board.root}/cancelAction/{action}"
    body = {"id": str(action), "cancelAction": {"stopId": str(action)}}
    assert board.follow(link).json() == body
    assert world.action(board, action) == ("canceling", True)
    assert world.get(f"/targets/{board.id}/actions/{action}")["type"] == "cancel"


@pytest.mark.parametrize(
    ("execution", "result"),
    list(itertools.product([*_NOTED, "closed", "rejected"], ["success", "failure", "none"])),
)
def test_each_answer_has_its_effect(world: World, execution: str, result: str) -> None:
    board, good, bad = world.board(), world.set(), world.set()
    board.report(world.assign(board, good), "closed", "success")
    action = world.assign(board, bad)
    world.cancel(board, action)

    assert board.report_cancel(action, execution, result) == 200

    stored, links = world.history(board, action)[0]["type"], board.links()
    after, assigned = world.action(board, action), world.set_of(board, "assignedDS")
    if execution == "closed" and result != "failure":
        assert (stored, after) == ("canceled", ("canceled", False))
        assert (world.state(board), assigned) == ("in_sync", good.id)
        assert not {"cancelAction", "deploymentBase"} & set(links)
    elif execution in ("closed", "rejected"):
        assert (stored, after) == ("cancel_rejected", ("running", True))
        assert (world.state(board), assigned) == ("pending", bad.id)
        assert f"/deploymentBase/{action}?" in links["deploymentBase"]
    else:
        assert (stored, after) == (_NOTED[execution], ("canceling", True))
        assert (world.state(board), assigned) == ("pending", bad.id)
        assert "cancelAction" in links


def test_a_refused_cancellation_can_be_asked_again(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    world.cancel(board, action)
    board.report_cancel(action, "rejected")
    assert world.cancel(board, action) == 204
    assert world.cancel(board, action) == 405


def test_an_answer_to_a_cancellation_that_nobody_asked_for_is_refused(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    answer = board.send(
        f"/cancelAction/{action}/feedback",
        {"status": {"execution": "closed", "result": {"finished": "success"}}},
    )
    assert (answer.status_code, answer.content) == (405, b"")
    assert board.report_cancel(action + 1000, "closed") == 404
    assert world.action(board, action) == ("running", True)


def test_an_ended_action_cannot_be_cancelled(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    board.report(action, "closed", "success")
    answer = world.call("DELETE", f"/targets/{board.id}/actions/{action}")
    assert answer.status_code == 405
    assert answer.json()["errorCode"] == "hawkbit.server.error.action.notCancelable"


def test_an_operator_can_end_a_cancelling_action_without_the_board(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    assert world.cancel(board, action, force="true") == 405
    world.cancel(board, action)

    assert world.cancel(board, action, force="true") == 204

    assert world.action(board, action) == ("canceled", False)
    assert "cancelAction" not in board.links()
    assert board.report_cancel(action, "closed") == 405
    assert board.report(action, "closed", "success") == 410
    assert world.cancel(board, action, force="true") == 405


def test_of_three_assignments_the_last_one_holds(world: World) -> None:
    board, last = world.board(), world.set()
    first, second = world.assign(board, world.set()), world.assign(board, world.set())
    third = world.assign(board, last)
    states = [world.action(board, each)[0] for each in (first, second, third)]
    assert states == ["canceling", "canceling", "running"]

    for each in (first, second):
        assert board.links()["cancelAction"].endswith(f"/{each}")
        board.report_cancel(each, "closed")
        assert world.set_of(board, "assignedDS") == last.id
        assert world.state(board) == "pending"

    assert f"/deploymentBase/{third}?" in board.links()["deploymentBase"]


def test_cancelling_the_newer_one_brings_the_required_step_back(world: World) -> None:
    board = world.board()
    step = world.set()
    made = world.make(
        "/distributionsets",
        name="step",
        version=step.version,
        type="app",
        modules=[{"id": step.modules["app"]}],
        requiredMigrationStep=True,
    )
    answer = world.call("POST", f"/targets/{board.id}/assignedDS", json={"id": made["id"]})
    first = answer.json()["assignedActions"][0]["id"]

    second = world.assign(board, world.set())
    assert world.action(board, first) == ("running", True)

    world.cancel(board, second)
    world.cancel(board, second, force="true")
    assert world.set_of(board, "assignedDS") == made["id"]
