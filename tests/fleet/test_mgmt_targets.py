"""Boards and assignments as operators see them."""

from __future__ import annotations

from typing import Any

import pytest
from fleet_world import World

_ERROR = "hawkbit.server.error."


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"].removeprefix(_ERROR)


def test_a_board_gets_a_token_unless_it_brings_one(world: World) -> None:
    made = world.make("/targets", controllerId="token-1")
    assert len(made["securityToken"]) == 32
    assert (made["name"], made["updateStatus"]) == ("token-1", "unknown")
    assert world.board(controllerId="token-2", securityToken="mine").token == "mine"
    assert world.board(controllerId="token-3", securityToken="").token


def test_a_name_that_no_database_takes_is_nobodys(world: World) -> None:
    assert world.call("GET", "/targets/a%00b").status_code == 404
    url = world.base + "/targets"
    assert world.http.get(url, auth=("a\0b", "a password")).status_code == 401
    for query in ("name=='a\0b'", "name<'a\0b'", "attribute.a\0b==c"):
        answer = world.call("GET", "/targets", params={"q": query})
        assert _code(answer) == (400, "rest.param.rsqlParamSyntax")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "http://["},
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused(
    world: World, headers: dict[str, str]
) -> None:
    board = world.board()
    path = f"/targets/{board.id}"
    answer = world.call("DELETE", path, headers=headers)
    assert _code(answer) == (403, "insufficientPermission")
    assert "another site" in answer.json()["message"]
    assert world.call("GET", path, headers=headers).status_code == 200
    own = {"sec-fetch-site": "same-origin", "origin": world.server.url}
    assert world.call("DELETE", path, headers=own).status_code in (200, 204)


@pytest.mark.parametrize(
    ("entity", "refused"),
    [
        ({}, (400, "repo.constraintViolation")),
        ({"controllerId": ""}, (400, "repo.constraintViolation")),
        ({"controllerId": "x" * 257}, (400, "repo.constraintViolation")),
        ({"controllerId": "a/b"}, (400, "repo.constraintViolation")),
        ({"controllerId": "<b>"}, (400, "repo.constraintViolation")),
        ({"controllerId": 5}, (400, "rest.body.notReadable")),
        (
            {"controllerId": "long-token", "securityToken": "t" * 129},
            (400, "repo.constraintViolation"),
        ),
        ({"controllerId": "there-already"}, (409, "repo.entityAlreadyExists")),
    ],
)
def test_a_board_that_cannot_be_is_refused(
    world: World, entity: dict[str, Any], refused: tuple[int, str]
) -> None:
    world.call("POST", "/targets", json=[{"controllerId": "there-already"}])
    assert _code(world.call("POST", "/targets", json=[entity])) == refused


def test_what_an_operator_may_change_can_be_changed(world: World) -> None:
    board = world.board(description="before")
    answer = world.call("PUT", f"/targets/{board.id}", json={"name": "Entrance"})
    assert answer.json()["name"] == "Entrance"
    assert answer.json()["description"] == "before"
    assert answer.json()["controllerId"] == board.id
    assert world.call("PUT", "/targets/nobody", json={}).status_code == 404


def test_names_in_paths_may_need_quoting(world: World) -> None:
    board = world.make("/targets", controllerId="box #1 ä?")
    assert world.get("/targets/box%20%231%20%C3%A4%3F")["securityToken"] == board["securityToken"]


def test_a_deleted_board_is_gone_with_its_history(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    board.send("/configData", {"data": {"a": "b"}}, "PUT")

    assert world.call("DELETE", f"/targets/{board.id}").status_code == 204

    assert world.call("GET", f"/targets/{board.id}").status_code == 404
    assert world.call("GET", f"/actions/{action}").status_code == 404
    assert world.call("DELETE", f"/targets/{board.id}").status_code == 404
    world.board(controllerId=board.id)
    assert world.call("GET", f"/targets/{board.id}/attributes").status_code == 204
    assert world.get(f"/targets/{board.id}/actions")["total"] == 0


def test_nothing_yet_is_no_content(world: World) -> None:
    board = world.board()
    for relation in ("attributes", "assignedDS", "installedDS"):
        answer = world.call("GET", f"/targets/{board.id}/{relation}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert world.call("GET", f"/targets/nobody/{relation}").status_code == 404


def test_an_assignment_makes_an_action(world: World) -> None:
    board, chosen = world.board(), world.set()
    answer = world.call("POST", f"/targets/{board.id}/assignedDS", json=[{"id": chosen.id}])

    result = answer.json()
    assert (result["assigned"], result["alreadyAssigned"], result["total"]) == (1, 0, 1)
    (made,) = result["assignedActions"]
    path = f"{world.base}/targets/{board.id}/actions/{made['id']}"
    assert made["_links"]["self"]["href"] == path
    action = world.get(f"/targets/{board.id}/actions/{made['id']}")
    assert action == world.get(f"/actions/{made['id']}")
    assert (action["type"], action["status"], action["active"]) == ("update", "running", True)
    assert (action["forceType"], action["weight"]) == ("forced", 1000)
    assert action["_links"]["distributionset"]["name"] == f"locker:{chosen.version}"
    assert world.state(board) == "pending"
    assert world.set_of(board, "assignedDS") == chosen.id
    assert world.get(f"/targets/{board.id}/actions")["total"] == 1


def test_the_same_assignment_again_changes_nothing(world: World) -> None:
    board, chosen = world.board(), world.set()
    world.assign(board, chosen)
    path = f"/targets/{board.id}/assignedDS"
    again = world.call("POST", path, json={"id": chosen.id}).json()
    assert (again["assigned"], again["alreadyAssigned"], again["assignedActions"]) == (0, 1, [])
    assert world.get(f"/targets/{board.id}/actions")["total"] == 1


def test_assignments_that_cannot_be_are_refused(world: World) -> None:
    board, chosen = world.board(), world.set()
    empty = world.make("/distributionsets", name="empty", version="1", type="app")
    path = f"/targets/{board.id}/assignedDS"

    def refused(body: object, where: str = path) -> tuple[int, str]:
        return _code(world.call("POST", where, json=body))

    assert refused({"id": empty["id"]}) == (400, "distributionset.incomplete")
    assert refused({"id": 999_999}) == (404, "repo.entityNotFound")
    assert refused({"id": chosen.id}, "/targets/nobody/assignedDS") == (404, "repo.entityNotFound")
    two = [{"id": chosen.id}, {"id": empty["id"]}]
    assert refused(two) == (400, "multiAssignmentNotEnabled")
    assert refused({"id": chosen.id, "type": "hard"}) == (400, "rest.body.notReadable")
    assert refused({"id": chosen.id, "weight": 1001}) == (400, "repo.constraintViolation")
    assert refused({"id": chosen.id, "weight": -1}) == (400, "repo.constraintViolation")
    assert refused({}) == (400, "repo.constraintViolation")
    assert refused([]) == (400, "repo.constraintViolation")
    assert refused({"id": "x"}) == (400, "rest.body.notReadable")
    assert world.get(path.replace("assignedDS", "actions"))["total"] == 0


def test_one_set_can_be_assigned_to_many_boards(world: World) -> None:
    chosen, boards = world.set(), [world.board() for _ in range(3)]
    world.assign(boards[0], chosen)
    path = f"/distributionsets/{chosen.id}/assignedTargets"
    result = world.call("POST", path, json=[{"id": each.id} for each in boards]).json()
    assert (result["assigned"], result["alreadyAssigned"], result["total"]) == (2, 1, 3)
    assert [world.state(each) for each in boards] == ["pending"] * 3
    unknown = [{"id": "nobody"}]
    assert world.call("POST", path, json=unknown).status_code == 404


def test_an_offline_assignment_is_installed_at_once(world: World) -> None:
    board, chosen = world.board(), world.set()
    path = f"/targets/{board.id}/assignedDS"
    answer = world.call("POST", path, json={"id": chosen.id}, params={"offline": "true"})
    assert answer.json()["assigned"] == 1
    assert world.state(board) == "in_sync"
    assert world.set_of(board, "installedDS") == chosen.id


def test_the_history_of_an_action_has_its_pages(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    board.report(action, "proceeding", details="a")
    path = f"/targets/{board.id}/actions/{action}/status"
    newest = world.get(path, limit=1)
    assert (newest["total"], newest["size"]) == (2, 1)
    assert newest["content"][0]["messages"] == ["a"]
    oldest = world.get(path, limit=1, sort="id:ASC")["content"][0]
    assert oldest["messages"] == ["Update Server: Assigned by admin."]


def test_an_action_of_another_board_does_not_exist(world: World) -> None:
    board, other = world.board(), world.board()
    action = world.assign(other, world.set())
    path = f"/targets/{board.id}/actions/{action}"
    assert world.call("GET", path).status_code == 404
    assert world.call("GET", path + "/status").status_code == 404
    assert world.call("DELETE", path).status_code == 404
    assert world.action(other, action) == ("running", True)


def test_a_sets_boards_are_listed(world: World) -> None:
    chosen, (first, second) = world.set(), [world.board() for _ in range(2)]
    first.report(world.assign(first, chosen), "closed", "success")
    world.assign(second, chosen)
    base = f"/distributionsets/{chosen.id}"
    assigned, installed = (
        {each["controllerId"] for each in world.get(base + path)["content"]}
        for path in ("/assignedTargets", "/installedTargets")
    )
    assert (assigned, installed) == ({first.id, second.id}, {first.id})
    assert world.call("GET", "/distributionsets/999999/assignedTargets").status_code == 404


@pytest.mark.parametrize(
    ("how", "links"),
    [("soft", {"cancelAction"}), ("force", set()), ("none", {"deploymentBase"})],
)
def test_a_set_that_is_called_back_is_given_to_nobody(
    world: World, how: str, links: set[str]
) -> None:
    chosen, board = world.set(), world.board()
    board.send("/configData", {"data": {"a": "b"}}, "PUT")
    world.assign(board, chosen)
    path = f"/distributionsets/{chosen.id}/invalidate"
    assert world.call("POST", path, json={"actionCancelationType": how}).status_code == 204
    assert set(board.links()) == links
    assert world.get(f"/distributionsets/{chosen.id}")["valid"] is False
    other = f"/targets/{world.board().id}/assignedDS"
    refused = _code(world.call("POST", other, json={"id": chosen.id}))
    assert refused[0] == 400
