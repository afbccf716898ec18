"""The root resource: links, order of actions, polling time, ETag."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fleet_world import Board, World

from fleet.settings import format_clock, parse_clock


def test_a_new_board_is_asked_for_its_attributes_and_becomes_registered(world: World) -> None:
    board = world.board()
    assert world.state(board) == "unknown"

    answer = board.get().json()

    assert answer["config"] == {"polling": {"sleep": "00:05:00"}}
    assert answer["_links"] == {"configData": {"href": board.root + "/configData"}}
    assert world.state(board) == "registered"


def test_a_name_that_no_database_takes_is_no_boards(world: World) -> None:
    board = world.board()
    for path in ("a%00b", "a%00b/configData", "a%00b/deploymentBase/1"):
        url = f"{world.server.url}/DEFAULT/controller/v1/{path}"
        assert board.follow(url).status_code == 404


def test_new_boards_that_poll_at_once_are_all_registered(world: World) -> None:
    boards = [world.board() for _ in range(24)]
    with ThreadPoolExecutor(8) as polling:
        assert all(polling.map(Board.links, boards))
    assert {world.state(board) for board in boards} == {"registered"}


def test_with_nothing_to_say_there_are_no_links(world: World) -> None:
    board = world.board()
    board.send("/configData", {"data": {"a": "b"}}, "PUT")
    assert "_links" not in board.get().json()


def test_an_assignment_is_offered(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    link = board.links()["deploymentBase"]
    assert link.startswith(f"{board.root}/deploymentBase/{action}?c=")
    int(link.rpartition("=")[2])


def test_links_lead_back_to_the_host_that_was_asked(world: World) -> None:
    board = world.board()
    link = board.get(host="fleet.example:8443").json()["_links"]["configData"]["href"]
    assert link == f"http://fleet.example:8443/DEFAULT/controller/v1/{board.id}/configData"


def test_while_an_older_action_is_cancelled_only_that_is_offered(world: World) -> None:
    board = world.board()
    old = world.assign(board, world.set())
    new = world.assign(board, world.set())

    assert board.links()["cancelAction"] == f"{board.root}/cancelAction/{old}"
    assert "deploymentBase" not in board.links()

    assert board.report_cancel(old, "closed", "success") == 200
    assert f"/deploymentBase/{new}?" in board.links()["deploymentBase"]


def test_a_heavier_action_goes_first(world: World) -> None:
    board = world.board()
    world.assign(board, world.set(), weight=10)
    heavy = world.assign(board, world.set(), weight=900)
    assert f"/deploymentBase/{heavy}?" in board.links()["deploymentBase"]


def test_what_is_installed_stays_linked(world: World) -> None:
    board = world.board()
    first = world.assign(board, world.set())
    board.report(first, "closed", "success")
    second = world.assign(board, world.set())

    assert board.links()["installedBase"] == f"{board.root}/installedBase/{first}"
    board.report(second, "closed", "failure")
    assert board.links()["installedBase"] == f"{board.root}/installedBase/{first}"


def test_attributes_are_asked_for_after_success_but_not_after_failure(world: World) -> None:
    board = world.board()
    board.send("/configData", {"data": {"a": "b"}}, "PUT")
    board.report(world.assign(board, world.set()), "closed", "failure")
    assert "configData" not in board.links()
    board.report(world.assign(board, world.set()), "closed", "success")
    assert "configData" in board.links()


def test_an_operator_can_ask_for_attributes(world: World) -> None:
    board = world.board()
    board.send("/configData", {"data": {"a": "b"}}, "PUT")
    path = f"/targets/{board.id}"
    assert world.call("PUT", path, json={"requestAttributes": False}).status_code == 400
    assert world.call("PUT", path, json={"requestAttributes": True}).status_code == 200
    assert "configData" in board.links()


def test_an_unchanged_answer_is_not_sent_again(world: World) -> None:
    board = world.board()
    board.get()
    etag = board.get().headers["etag"]

    unchanged = board.get(**{"if-none-match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert board.get(**{"if-none-match": '"other"'}).status_code == 200

    world.assign(board, world.set())
    assert board.get(**{"if-none-match": etag}).status_code == 200


def test_the_link_changes_when_a_soft_action_is_forced(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set(), type="soft")
    soft = board.links()["deploymentBase"]
    assert board.links()["deploymentBase"] == soft

    path = f"/targets/{board.id}/actions/{action}"
    assert world.call("PUT", path, json={"forceType": "soft"}).status_code == 400
    assert world.call("PUT", path, json={"forceType": "forced"}).status_code == 200

    assert board.links()["deploymentBase"] != soft


def test_a_poll_is_the_boards_last_contact(world: World) -> None:
    board = world.board()
    assert "lastControllerRequestAt" not in world.get(f"/targets/{board.id}")
    before = time.time() * 1000 - 1

    board.get()

    target = world.get(f"/targets/{board.id}")
    assert before <= target["lastControllerRequestAt"] <= time.time() * 1000
    assert target["pollStatus"]["overdue"] is False
    expected = target["pollStatus"]["nextExpectedRequestAt"]
    assert expected == target["lastControllerRequestAt"] + 300_000


@pytest.mark.parametrize(
    ("accept", "status", "kind"),
    [
        ("*/*", 200, "application/hal+json"),
        ("application/hal+json", 200, "application/hal+json"),
        ("application/json", 200, "application/json"),
        ("text/html, application/json;q=0.9", 200, "application/json"),
        ("text/html", 406, None),
    ],
)
def test_the_client_chooses_the_type(
    world: World, accept: str, status: int, kind: str | None
) -> None:
    answer = world.board().get(accept=accept)
    assert (answer.status_code, answer.headers.get("content-type")) == (status, kind)


def test_wrong_verbs_and_paths_are_refused_without_a_body(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    for method, path, status in [
        ("POST", "", 405),
        ("DELETE", "", 405),
        ("POST", "/configData", 405),
        ("PUT", f"/deploymentBase/{action}", 405),
        ("GET", f"/deploymentBase/{action}/feedback", 405),
        ("GET", "/deploymentBase/x", 404),
        ("GET", "/deploymentBase/9999999", 404),
        ("GET", "/deploymentBase/" + "9" * 5000, 404),
        ("GET", "/nonsense", 404),
    ]:
        answer = board.send(path, {}, method)
        assert (answer.status_code, answer.content) == (status, b""), (method, path)


def test_polling_times_are_read_and_written() -> None:
    assert [format_clock(parse_clock(text)) for text in ("00:00:01", "23:59:59", "0:05:00")] == [
        "00:00:01",
        "23:59:59",
        "00:05:00",
    ]
    for wrong in ("", "5", "00:00:00", "24:00:00", "00:60:00", "1:2:3", "PT5M"):
        with pytest.raises(ValueError, match="not a time"):
            parse_clock(wrong)
