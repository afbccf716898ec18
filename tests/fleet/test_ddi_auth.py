"""Who gets in at the boards' side."""

from __future__ import annotations

import httpx
import pytest
from fleet_world import GATEWAY_TOKEN, World, feedback


def _authorized(world: World, path: str, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"authorization": authorization}
    return httpx.get(f"{world.server.url}{path}", headers=headers)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "TargetToken",
        "TargetToken wrong",
        "targettoken {token}",
        "TargetToken  {token}",
        'TargetToken "{token}"',
        "GatewayToken {token}",
        "TargetToken " + GATEWAY_TOKEN,
        "GatewayToken wrong",
        "Bearer {token}",
        "Basic YWRtaW46Y29ycmVjdCBob3JzZQ==",
        "{token}",
        "TargetToken {token}\u00e9",
    ],
)
def test_a_request_that_proves_nothing_gets_a_bare_401(
    world: World, authorization: str | None
) -> None:
    board = world.board()
    given = None if authorization is None else authorization.format(token=board.token)
    headers = {} if given is None else {b"authorization": given.encode("latin-1")}

    answer = httpx.get(board.root, headers=headers)

    assert (answer.status_code, answer.content) == (401, b"")
    assert "www-authenticate" not in answer.headers


def test_every_endpoint_refuses_a_wrong_token(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    download = board.files(action)["app.bin"]
    board.token = "wrong"
    base = f"/deploymentBase/{action}"

    assert board.get().status_code == 401
    assert board.get(base).status_code == 401
    assert board.get(f"/installedBase/{action}").status_code == 401
    assert board.get(f"/cancelAction/{action}").status_code == 401
    assert board.send("/configData", {"data": {"a": "b"}}, "PUT").status_code == 401
    assert board.send(base + "/feedback", feedback("closed", "success")).status_code == 401
    assert board.report_cancel(action, "closed") == 401
    assert board.follow(download).status_code == 401
    assert board.follow(download.rpartition("/")[0]).status_code == 401


def test_a_boards_token_opens_nothing_of_another_board(world: World) -> None:
    board, other = world.board(), world.board()
    action = world.assign(other, world.set())
    download = other.files(action)["app.bin"]

    assert board.follow(other.root).status_code == 401
    assert board.follow(other.links()["deploymentBase"]).status_code == 401
    assert board.follow(download).status_code == 401


def test_actions_and_artifacts_of_another_board_do_not_exist(world: World) -> None:
    board, other = world.board(), world.board()
    action = world.assign(other, world.set())
    path = other.files(action)["app.bin"].removeprefix(other.root)

    assert board.get(f"/deploymentBase/{action}").status_code == 404
    assert board.report(action, "closed", "success") == 404
    assert board.get(path).status_code == 404
    assert board.get(path.rpartition("/")[0]).status_code == 404
    assert world.action(other, action) == ("retrieved", True)


def test_another_tenant_is_refused_even_with_a_right_token(world: World) -> None:
    board = world.board()
    assert board.follow(board.root.replace("/DEFAULT/", "/OTHER/")).status_code == 401


def test_an_unknown_board_is_refused_whatever_its_token(world: World) -> None:
    answer = _authorized(world, "/DEFAULT/controller/v1/never-seen", "TargetToken abc")
    assert answer.status_code == 401


def test_a_gateway_speaks_for_any_board_and_registers_new_ones(world: World) -> None:
    path = "/DEFAULT/controller/v1/behind-a-gateway"

    first = _authorized(world, path, f"GatewayToken {GATEWAY_TOKEN}")
    again = _authorized(world, path, f"GatewayToken {GATEWAY_TOKEN}")

    assert (first.status_code, again.status_code) == (200, 200)
    target = world.get("/targets/behind-a-gateway")
    assert target["updateStatus"] == "registered"
    assert target["description"] == "Plug and Play target: behind-a-gateway"
    assert target["createdBy"] == "CONTROLLER_PLUG_AND_PLAY"
    assert len(target["securityToken"]) == 32


def test_only_a_poll_registers_a_board(world: World) -> None:
    path = "/DEFAULT/controller/v1/not-yet-polled/configData"
    answer = httpx.put(
        world.server.url + path,
        json={"data": {"a": "b"}},
        headers={"authorization": f"GatewayToken {GATEWAY_TOKEN}"},
    )
    assert answer.status_code == 404
    assert answer.json()["errorCode"] == "hawkbit.server.error.repo.entityNotFound"


def test_a_changed_token_holds_at_once(world: World) -> None:
    board = world.board()
    before = board.token
    world.call("PUT", f"/targets/{board.id}", json={"securityToken": "new-token"})

    assert board.get().status_code == 401
    board.token = "new-token"
    assert board.get().status_code == 200
    assert before != "new-token"


def test_a_deleted_boards_token_is_worth_nothing(world: World) -> None:
    board = world.board()
    world.assign(board, world.set())
    assert world.call("DELETE", f"/targets/{board.id}").status_code == 204
    assert board.get().status_code == 401


def test_a_controller_id_that_is_too_long_is_refused(world: World) -> None:
    gateway = f"GatewayToken {GATEWAY_TOKEN}"
    assert _authorized(world, f"/DEFAULT/controller/v1/{'x' * 257}", gateway).status_code == 400
    assert _authorized(world, f"/DEFAULT/controller/v1/{'x' * 256}", gateway).status_code == 200
    assert _authorized(world, "/DEFAULT/controller/v1/", gateway).status_code == 404
