"""configData: how attributes are merged, replaced, removed, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from fleet_world import Board, World

_BEFORE = {"keep": "1", "change": "2"}


def _put(board: Board, body: object) -> tuple[int, str | None]:
    answer = board.send("/configData", body, "PUT")
    return answer.status_code, answer.json()["errorCode"] if answer.content else None


def _attributes(world: World, board: Board) -> dict[str, str]:
    answer = world.call("GET", f"/targets/{board.id}/attributes")
    return dict(answer.json()) if answer.status_code == 200 else {}


@pytest.mark.parametrize(
    ("mode", "data", "after"),
    [
        (None, {"change": "3", "new": "4"}, {"keep": "1", "change": "3", "new": "4"}),
        ("merge", {"change": None, "new": "4"}, {"keep": "1", "new": "4"}),
        ("replace", {"new": "4"}, {"new": "4"}),
        ("remove", {"change": "ignored"}, {"keep": "1"}),
        ("remove", {"change": None, "absent": ""}, {"keep": "1"}),
        ("merge", {"number": 7, "yes": True}, {**_BEFORE, "number": "7", "yes": "true"}),
    ],
)
def test_attributes_follow_the_mode(
    world: World, mode: str | None, data: dict[str, Any], after: dict[str, str]
) -> None:
    board = world.board()
    assert _put(board, {"data": _BEFORE}) == (200, None)
    body = {"data": data} if mode is None else {"mode": mode, "data": data}
    assert _put(board, body) == (200, None)
    assert _attributes(world, board) == after


def test_one_put_is_enough(world: World) -> None:
    board = world.board()
    assert "configData" in board.links()
    _put(board, {"data": {"a": "b"}})
    assert "configData" not in board.links()


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"data": {}},
        {"data": None},
        {"data": "text"},
        {"data": {"a": {}}},
        {"data": {"a": ["b"]}},
        {"mode": "append", "data": {"a": "b"}},
        {"mode": 1, "data": {"a": "b"}},
    ],
)
def test_what_is_no_config_data_is_refused(world: World, body: object) -> None:
    board = world.board()
    status, code = _put(board, body)
    assert status == 400
    assert code is not None
    assert _attributes(world, board) == {}


@pytest.mark.parametrize(
    "data",
    [
        {"": "v"},
        {"k" * 129: "v"},
        {"k": "v" * 129},
        {"k": "caf\u00e9"},
        {"\u00fc": "v"},
        {"k": "\x00"},
    ],
)
def test_attributes_outside_the_set_of_characters_or_too_long_are_refused(
    world: World, data: dict[str, str]
) -> None:
    board = world.board()
    refused = (400, "hawkbit.server.error.repo.invalidTargetAttributes")
    assert _put(board, {"data": data}) == refused


def test_the_longest_attributes_and_all_their_characters_are_taken(world: World) -> None:
    board = world.board()
    data = {"k" * 128: "v" * 128, "signs": "_-!@#$%^&*()+=[]{}|;:'\",.<>/\\?\t x"}
    assert _put(board, {"data": data}) == (200, None)
    assert _attributes(world, board) == data


def test_the_hundred_and_first_attribute_is_refused_and_nothing_changes(world: World) -> None:
    board = world.board()
    assert _put(board, {"data": {f"k{i}": "v" for i in range(100)}}) == (200, None)
    refused = (429, "hawkbit.server.error.quota.tooManyEntries")
    assert _put(board, {"data": {"one-more": "v", "k0": "changed"}}) == refused
    assert _attributes(world, board)["k0"] == "v"
    assert _put(board, {"mode": "replace", "data": {"one-more": "v"}}) == (200, None)


def test_only_json_is_a_body(world: World) -> None:
    board = world.board()
    for kind, content, status in [
        ("application/hal+json", b'{"data":{"a":"b"}}', 415),
        ("text/plain", b'{"data":{"a":"b"}}', 415),
        ("application/json", b'{"data":{"a":"b"}', 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b"\xff", 400),
        ("application/json", b" " * (1024 * 1024 + 1), 413),
        ("application/json; charset=utf-8", b'{"data":{"a":"b"}}', 200),
    ]:
        headers = {"content-type": kind, "authorization": f"TargetToken {board.token}"}
        answer = world.http.put(board.root + "/configData", content=content, headers=headers)
        assert answer.status_code == status, (kind, content[:20])


def test_a_board_that_is_deleted_meanwhile_is_not_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = world.board()
    monkeypatch.setattr("fleet.ddi.boards._find", lambda _db, _name: (10**9, board.token))
    assert board.send("/configData", {"data": {"a": "b"}}, "PUT").status_code == 404
    nothing = {"mode": "remove", "data": {"a": "b"}}
    assert board.send("/configData", nothing, "PUT").status_code == 404
    assert board.report(1, "closed", "success") == 404
