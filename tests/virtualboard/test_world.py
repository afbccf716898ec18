"""Doors and keys as the profile wires them."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import MakeBoard
from virtualboard.board import VirtualBoard
from virtualboard.errors import VirtualBoardError

BENCH: dict[str, Any] = {
    "model": "bench",
    "doors": [
        {
            "relay": {"pin": 16, "on": 1, "pulse_ms": 400},
            "sensor": {"pin": 32, "closed": 0},
            "closed_for_idle": True,
        },
        {
            "relay": {"pin": 17, "on": 0, "pulse_ms": 400},
            "sensor": {"pin": 33, "closed": 1},
            "closed_for_idle": True,
        },
    ],
    "keys": [{"pin": 27, "pressed": 0}],
}
PULSE = """
from machine import Pin
import time
Pin(17, Pin.OUT, value=1)
for pin, on in ((16, 1), (17, 0)):
    Pin(pin, Pin.OUT, value=on)
    Pin(pin, Pin.OUT, value=1 - on)
print('pulsed')
time.sleep(10)
"""


def pulsed(make_board: MakeBoard) -> VirtualBoard:
    board = make_board(PULSE, profile=BENCH)
    board.power_on()
    board.console.wait_for("pulsed")
    return board


def test_a_latched_door_does_not_open_unless_it_is_forced(make_board: MakeBoard) -> None:
    board = make_board(profile=BENCH)
    door = board.world.door(1)
    assert not door.open()
    assert board.pins.level(32) == 0
    assert door.open(force=True)
    assert board.pins.level(32) == 1


def test_a_pulse_of_the_relay_releases_the_latch(make_board: MakeBoard) -> None:
    board = pulsed(make_board)
    for number, sensor in ((1, 32), (2, 33)):
        closed = board.pins.level(sensor)
        door = board.world.door(number)
        assert door.open()
        assert board.pins.level(sensor) == 1 - closed
        door.close()
        assert board.pins.level(sensor) == closed
        assert not door.open()


def test_a_jammed_latch_does_not_move(make_board: MakeBoard) -> None:
    board = make_board(PULSE, profile=BENCH)
    board.world.door(1).is_jammed = True
    board.power_on()
    board.console.wait_for("pulsed")
    assert not board.world.door(1).open()
    assert board.world.door(2).open()


def test_a_door_with_a_spring_opens_itself(make_board: MakeBoard) -> None:
    board = make_board(PULSE, profile=BENCH)
    board.world.door(1).opens_itself = True
    board.power_on()
    board.console.wait_for("pulsed")
    assert board.world.door(1).is_open
    assert not board.world.door(2).is_open


def test_a_pulse_shows_in_the_history_of_the_pin(make_board: MakeBoard) -> None:
    board = pulsed(make_board)
    changes = [change for change in board.pins.history if change.pin == 16]
    assert [change.level for change in changes] == [1, 0]
    assert 0 < changes[1].time - changes[0].time < 1


def test_a_key_is_read_by_the_program(make_board: MakeBoard) -> None:
    board = make_board(
        """
from machine import Pin
key = Pin(27, Pin.IN, Pin.PULL_UP)
print('waiting', key.value())
while key.value(): pass
print('pressed')
while not key.value(): pass
print('released')
""",
        profile=BENCH,
    )
    board.power_on()
    board.console.wait_for("waiting 1")
    board.world.key(1).press()
    board.console.wait_for("pressed")
    board.world.key(1).release()
    board.console.wait_for("released")


@pytest.mark.parametrize("number", [0, 3])
def test_doors_are_numbered_from_1(make_board: MakeBoard, number: int) -> None:
    board = make_board(profile=BENCH)
    with pytest.raises(VirtualBoardError, match=f"no door {number}, the board has 2"):
        board.world.door(number)


def test_a_profile_is_read_from_a_file(make_board: MakeBoard, tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(BENCH))
    assert len(make_board(profile=path).world.doors) == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", "bench.json: .*line 1"),
        ("[]", "is a JSON object"),
        ('{"model": "x", "doors": [{}]}', "profile x: KeyError.'relay'"),
        ('{"model": "x", "display": {"chip": "lcd"}}', "no model of the display chip lcd"),
    ],
)
def test_a_broken_profile_is_one_clear_line(
    make_board: MakeBoard, tmp_path: Path, text: str, error: str
) -> None:
    path = tmp_path / "bench.json"
    path.write_text(text)
    with pytest.raises(VirtualBoardError, match=error):
        make_board(profile=path)
    with pytest.raises(VirtualBoardError, match="No such file"):
        make_board(profile=tmp_path / "none.json")


@pytest.mark.parametrize(
    ("model", "doors", "expanders"),
    [("bench", 4, 0), ("oled", 4, 0), ("cabinet16", 16, 3), ("cabinet48", 48, 7)],
)
def test_the_profiles_of_this_project_are_understood(
    make_board: MakeBoard, model: str, doors: int, expanders: int
) -> None:
    path = Path(__file__).parents[2] / "firmware" / "boards" / f"{model}.json"
    world = make_board(profile=path).world
    assert (len(world.doors), len(world.expanders)) == (doors, expanders)
    assert (world.display is not None) == (model != "bench")
    assert world.has_keypad == model.startswith("cabinet")
