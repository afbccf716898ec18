"""A keypad as a program that scans it sees it."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import MakeBoard
from virtualboard.board import VirtualBoard
from virtualboard.errors import VirtualBoardError

PROFILE: dict[str, Any] = {
    "model": "test",
    "doors": [],
    "keypad": {"rows": [32, 33, 25, 26], "columns": [27, 14, 13, 23]},
    "buzzer": {"pin": 18, "on": 1},
}
# Prints the keys that are down, whenever they change: row and column of each.
SCAN = """
from machine import Pin
rows = [Pin(n, Pin.OPEN_DRAIN, Pin.PULL_UP, value=1) for n in (32, 33, 25, 26)]
columns = [Pin(n, Pin.IN, Pin.PULL_UP) for n in (27, 14, 13, 23)]
last = None
while True:
    down = []
    for r in range(4):
        rows[r](0)
        down += [(r, c) for c in range(4) if not columns[c]()]
        rows[r](1)
    if down != last:
        print(down)
        last = down
"""


@pytest.fixture
def board(make_board: MakeBoard) -> VirtualBoard:
    board = make_board(SCAN, profile=PROFILE)
    board.power_on()
    board.console.wait_for(r"^\[\]$")
    return board


def test_a_key_ties_its_row_to_its_column(board: VirtualBoard) -> None:
    board.world.keypad.press("6")
    board.console.wait_for(r"^\[\(1, 2\)\]$")
    since = len(board.console)
    board.world.keypad.release("6")
    board.console.wait_for(r"^\[\]$", since=since)


def test_several_keys_at_once(board: VirtualBoard) -> None:
    board.world.keypad.press("1", "#")
    board.console.wait_for(r"^\[\(0, 0\), \(3, 2\)\]$")


def test_three_keys_of_a_rectangle_look_like_four(board: VirtualBoard) -> None:
    with board.world.keypad.held("1", "2", "4"):
        board.console.wait_for(r"^\[\(0, 0\), \(0, 1\), \(1, 0\), \(1, 1\)\]$")
    assert board.world.keypad.down == set()


def test_keys_are_typed_one_after_the_other(board: VirtualBoard) -> None:
    since = len(board.console)
    board.world.keypad.type("12", hold=0.05, gap=0.05)
    seen = [line for line in board.console.lines(since) if line.startswith("[")]
    assert seen == ["[(0, 0)]", "[]", "[(0, 1)]", "[]"]


def test_a_key_that_is_not_there_is_refused(board: VirtualBoard) -> None:
    with pytest.raises(VirtualBoardError, match=r"no key 'E', there are 123A 456B 789C \*0#D"):
        board.world.keypad.press("E")


def test_other_keys_are_those_of_the_profile(make_board: MakeBoard) -> None:
    keypad = {"rows": [32, 33], "columns": [27, 14, 13], "keys": ["789", "456"]}
    board = make_board(profile={**PROFILE, "keypad": keypad})
    assert board.world.keypad.rows == ["789", "456"]
    assert not make_board(profile={"model": "bare"}).world.has_keypad


def test_the_buzzer_is_heard_while_its_pin_is_on(make_board: MakeBoard) -> None:
    board = make_board(
        "from machine import Pin\nPin(18, Pin.OUT, value=1)\nprint('loud')\nwhile True: pass",
        profile=PROFILE,
    )
    assert not board.world.buzzes
    board.power_on()
    board.console.wait_for("loud")
    assert board.world.buzzes
    board.power_off()
    assert not board.world.buzzes
