"""Pickup codes that boards hand over."""

from __future__ import annotations

from typing import Any

import pytest
from fleet_world import Board, World
from test_policies import call


def _parcel(**change: object) -> dict[str, Any]:
    parcel = {"ref": "9f3a01c7", "door": 7, "size": "M", "code": "12345679", "at": 1763770000}
    return {**parcel, **change}


def _hand_over(world: World, board: Board, parcel: object) -> int:
    url = f"{world.server.url}/board/v1/{board.id}/pickups"
    headers = {"authorization": f"TargetToken {board.token}"}
    return world.http.post(url, json=parcel, headers=headers).status_code


def test_operators_are_told_the_newest_code_of_each_door(world: World) -> None:
    board = world.board()
    assert _hand_over(world, board, _parcel()) == 201
    assert _hand_over(world, board, _parcel()) == 200  # the answer was lost
    assert _hand_over(world, board, _parcel(ref="00000001", door=3, code="99999999")) == 201
    assert _hand_over(world, board, _parcel(ref="00000002", code="11111111", at=None)) == 201

    found = call(world, "GET", f"/boards/{board.id}/pickups").json()

    told = [(each["door"], each["ref"], each["code"], each["at"]) for each in found]
    assert told == [(3, "00000001", "99999999", 1763770000), (7, "00000002", "11111111", None)]
    query = {"q": f"subject=='board:{board.id}'"}
    (line,) = call(world, "GET", "/audit", params=query).json()["content"]
    assert (line["who"], line["what"]) == ("admin", "read codes")


def test_only_the_board_itself_hands_codes_over(world: World) -> None:
    board, other = world.board(), world.board()
    assert _hand_over(world, Board(board.id, other.token, "", world.http), _parcel()) == 401
    assert _hand_over(world, Board("nobody", board.token, "", world.http), _parcel()) == 401
    assert call(world, "GET", f"/boards/{board.id}/pickups").json() == []


@pytest.mark.parametrize(
    "change",
    [
        {"ref": "9F3A01C7"},
        {"ref": "9f3a01c"},
        {"ref": None},
        {"door": 0},
        {"door": 1001},
        {"door": "7"},
        {"code": "12ab5679"},
        {"code": ""},
        {"size": "much too large"},
        {"at": "yesterday"},
    ],
)
def test_a_parcel_that_cannot_be_is_refused(world: World, change: dict[str, object]) -> None:
    board = world.board()
    assert _hand_over(world, board, _parcel(**change)) == 400
    assert call(world, "GET", f"/boards/{board.id}/pickups").json() == []
