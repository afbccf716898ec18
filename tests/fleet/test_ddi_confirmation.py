"""confirmationBase: a person at the board agrees, or has agreed to everything."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fleet_world import GATEWAY_TOKEN, Board, World

_KEY = "/system/configs/user.confirmation.flow.enabled"


@pytest.fixture
def asked(world: World) -> Iterator[World]:
    """A server that has people asked."""
    assert world.call("PUT", _KEY, json={"value": True}).status_code == 204
    yield world
    world.call("DELETE", _KEY)


def _say(board: Board, action: int, said: str, **more: object) -> int:
    body = {"confirmation": said, **more}
    return board.send(f"/confirmationBase/{action}/feedback", body).status_code


def test_an_update_waits_until_somebody_agrees(asked: World) -> None:
    board = asked.board()
    action = asked.assign(board, asked.set())

    links = board.links()
    assert "deploymentBase" not in links
    offered = board.follow(links["confirmationBase"]).json()
    assert (offered["id"], offered["confirmation"]["update"]) == (str(action), "forced")
    assert offered["confirmation"]["chunks"]
    assert asked.action(board, action) == ("wait_for_confirmation", True)
    assert board.get(f"/deploymentBase/{action}").status_code == 404
    assert board.report(action, "proceeding") == 404

    assert _say(board, action, "confirmed", code=7, details=["Ada, at the door"]) == 200

    assert "deploymentBase" in board.links()
    assert asked.action(board, action) == ("running", True)
    newest = asked.history(board, action)[0]
    assert (newest["messages"], newest["code"]) == (["Ada, at the door", "Confirmed."], 7)
    assert board.get(f"/confirmationBase/{action}").status_code == 404
    assert _say(board, action, "confirmed") == 404


def test_who_says_no_is_asked_again(asked: World) -> None:
    board = asked.board()
    action = asked.assign(board, asked.set())
    assert _say(board, action, "denied") == 200
    assert "confirmationBase" in board.links()
    assert _say(board, action, "confirmed") == 200
    assert _say(board, action, "denied", details="changed my mind") == 200
    assert "confirmationBase" in board.links()
    assert _say(board, action, "perhaps") == 400


def test_what_is_over_cannot_be_agreed_to(asked: World) -> None:
    board = asked.board()
    action = asked.assign(board, asked.set())
    asked.cancel(board, action)
    assert _say(board, action, "confirmed") == 404
    board.report_cancel(action, "closed", "success")
    assert _say(board, action, "confirmed") == 410
    assert _say(asked.board(), action, "confirmed") == 404


def test_a_board_may_agree_to_everything(asked: World) -> None:
    board = asked.board()
    waiting = asked.assign(board, asked.set())
    base = board.get("/confirmationBase").json()
    assert base["autoConfirm"] == {"active": False}
    assert base["_links"]["confirmationBase"]["href"].endswith(f"/confirmationBase/{waiting}")

    body = {"initiator": "Ada", "remark": "at night"}
    assert board.send("/confirmationBase/activateAutoConfirm", body).status_code == 200
    assert board.send("/confirmationBase/activateAutoConfirm", body).status_code == 409

    assert asked.action(board, waiting) == ("running", True)
    auto = board.get("/confirmationBase").json()["autoConfirm"]
    assert (auto["active"], auto["initiator"], auto["remark"]) == (True, "Ada", "at night")
    assert asked.get(f"/targets/{board.id}")["autoConfirmActive"] is True
    assert asked.get(f"/targets/{board.id}/autoConfirm")["initiator"] == "Ada"
    assert board.report(waiting, "closed", "success") == 200
    asked.assign(board, asked.set())
    assert "deploymentBase" in board.links()

    assert board.send("/confirmationBase/deactivateAutoConfirm", {}).status_code == 200
    asked.assign(board, asked.set())
    board.report_cancel(int(board.links()["cancelAction"].rpartition("/")[2]), "closed", "success")
    assert "confirmationBase" in board.links()


def test_an_operator_may_agree_for_the_person_at_the_board(asked: World) -> None:
    board = asked.board()
    action = asked.assign(board, asked.set())
    path = f"/targets/{board.id}/actions/{action}/confirmation"
    assert asked.call("PUT", path, json={"confirmation": "confirmed"}).status_code == 204
    assert "deploymentBase" in board.links()
    auto = f"/targets/{board.id}/autoConfirm"
    assert asked.call("POST", auto + "/activate", json={"remark": "x"}).status_code == 204
    assert asked.get(auto)["initiator"] == "admin"
    assert asked.call("POST", auto + "/deactivate").status_code == 204
    assert asked.get(auto)["active"] is False


def test_what_is_tried_once_more_waits_until_somebody_agrees_too(asked: World) -> None:
    chosen, boards = asked.set(), [asked.board(group="confirming") for _ in range(2)]
    for board in boards:
        action = asked.assign(board, chosen)
        _say(board, action, "confirmed")
        board.report(action, "closed", "failure")
    asked.call("POST", f"/targets/{boards[1].id}/autoConfirm/activate", json={})

    url = asked.server.url + "/fleet/v1/retries"
    asked.http.post(url, json={"scope": "site:confirming"}, auth=asked.auth).raise_for_status()

    assert "confirmationBase" in boards[0].links()
    assert "deploymentBase" in boards[1].links()
    for board, status in zip(boards, ("wait_for_confirmation", "running"), strict=True):
        (newest, _) = asked.get(f"/targets/{board.id}/actions", sort="id:desc")["content"]
        assert newest["createdBy"] == "admin"
        (line,) = asked.history(board, newest["id"])
        assert (line["type"], line["messages"]) == (status, ["Update Server: Assigned by admin."])


def test_an_assignment_may_need_no_confirmation(asked: World) -> None:
    board = asked.board()
    asked.assign(board, asked.set(), confirmationRequired=False)
    assert "deploymentBase" in board.links()


def test_without_the_setting_nobody_is_asked(world: World) -> None:
    board = world.board()
    world.assign(board, world.set())
    assert "deploymentBase" in board.links()
    assert "autoConfirmActive" not in world.get(f"/targets/{board.id}")


def test_asking_registers_a_board_as_a_poll_does(world: World) -> None:
    path = f"{world.server.url}/DEFAULT/controller/v1/asks-first/confirmationBase"
    answer = httpx.get(path, headers={"authorization": f"GatewayToken {GATEWAY_TOKEN}"})
    assert answer.status_code == 200
    assert world.get("/targets/asks-first")["updateStatus"] == "registered"
