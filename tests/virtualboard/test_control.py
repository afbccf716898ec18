"""The control channel and the commands that use it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from handmade import write_flash
from PIL import Image
from test_i2c import INIT
from test_i2c import PROFILE as DISPLAY
from test_mcp23017 import PROFILE as CHIPS
from test_mcp23017 import PULSE as CHIPS_PULSE
from test_world import BENCH, PULSE

from conftest import MakeBoard
from virtualboard.board import VirtualBoard
from virtualboard.commands import board as command_group
from virtualboard.control import ControlServer, ask
from virtualboard.errors import VirtualBoardError

PROFILE: dict[str, Any] = {**BENCH, **DISPLAY, "model": "test"}


@pytest.fixture
def board(make_board: MakeBoard) -> VirtualBoard:
    return make_board(PULSE, profile=PROFILE)


@pytest.fixture
def control(board: VirtualBoard, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "c"
    with ControlServer(board, path):
        yield path


def call(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command_group, [*arguments, "--control", str(path)])


def test_power_reset_and_status(board: VirtualBoard, control: Path) -> None:
    assert "off, nothing booted yet" in call(control, "status").output
    call(control, "power", "on")
    board.console.wait_for("pulsed")
    assert "running, ota_0\nboots 1, WiFi off\n" in call(control, "status").output
    call(control, "reset")
    board.wait_for_boot(2)
    call(control, "power", "off")
    assert ask(control, {"do": "status"})["state"] == "off"


def test_doors_open_when_their_latch_is_released(board: VirtualBoard, control: Path) -> None:
    refused = call(control, "open", "1")
    assert isinstance(refused.exception, VirtualBoardError)
    assert str(refused.exception) == "door 1 is latched"
    board.power_on()
    board.console.wait_for("pulsed")
    assert call(control, "open", "1").exit_code == 0
    assert "door 1 open, unlatched" in call(control, "status").output
    assert "door 1: relay 0, sensor 1\n" in call(control, "pins").output
    call(control, "close", "1")
    assert "door 1 closed, latched" in call(control, "status").output


def test_a_jammed_latch_and_a_stuck_pin(board: VirtualBoard, control: Path) -> None:
    call(control, "jam", "1")
    call(control, "stick", "17", "1")
    board.power_on()
    board.console.wait_for("pulsed")
    assert not board.world.door(1).open()
    assert "pin 17: 1\n" in call(control, "pins").output
    call(control, "jam", "1", "--off")
    call(control, "stick", "17", "free")
    assert not board.world.door(1).is_jammed


def test_a_key_is_pressed_and_released(make_board: MakeBoard, tmp_path: Path) -> None:
    board = make_board(
        """
from machine import Pin
key = Pin(27, Pin.IN, Pin.PULL_UP)
print('up')
while key.value(): pass
while not key.value(): pass
print('clicked')
""",
        profile=BENCH,
    )
    with ControlServer(board, tmp_path / "c"):
        board.power_on()
        board.console.wait_for("up")
        call(tmp_path / "c", "press", "1", "--seconds", "0.05")
        board.console.wait_for("clicked")
        assert "clicked" in call(tmp_path / "c", "console").output


CABINET: dict[str, Any] = {
    **CHIPS,
    "keypad": {"rows": [33, 25], "columns": [27, 14, 13], "keys": ["123", "456"]},
    "buzzer": {"pin": 18, "on": 1},
}


@pytest.fixture
def cabinet(make_board: MakeBoard, tmp_path: Path) -> Iterator[tuple[VirtualBoard, Path]]:
    board = make_board(
        CHIPS_PULSE + "Pin(18, Pin.OUT, value=1)\nprint('done')\nwhile True: pass",
        profile={**CABINET, "display": DISPLAY["display"]},
    )
    with ControlServer(board, tmp_path / "c"):
        yield board, tmp_path / "c"


def test_the_whole_cabinet_is_shown(cabinet: tuple[VirtualBoard, Path], tmp_path: Path) -> None:
    board, control = cabinet
    board.power_on()
    board.console.wait_for("done")
    call(control, "jam", "1")
    call(control, "open", "2")
    shown = call(control, "show", "--png", str(tmp_path / "s.png")).output.splitlines()
    assert shown[:4] == [
        "running, ota_0, WiFi off",
        "  1 shut!      2 open       3 shut",
        "keypad 123 456, pressed: none",
        "buzzer on",
    ]
    with Image.open(tmp_path / "s.png") as picture:
        assert picture.size == (512, 256)


def test_keys_of_a_keypad_are_pressed_by_name(
    cabinet: tuple[VirtualBoard, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    board, control = cabinet
    down: list[tuple[str, ...]] = []
    press = board.world.keypad.press
    monkeypatch.setattr(
        board.world.keypad, "press", lambda *keys: (down.append(keys), press(*keys))
    )
    call(control, "press", "5", "--seconds", "0.01")
    call(control, "press", "1", "6", "--seconds", "0.01")
    call(control, "type", "23")
    assert down == [("5",), ("1", "6"), ("2",), ("3",)]
    assert board.world.keypad.down == set()
    refused = call(control, "press", "9")
    assert str(refused.exception) == "there is no key '9', there are 123 456"


def test_a_board_without_a_keypad_takes_numbers_of_keys(control: Path) -> None:
    refused = call(control, "press", "#")
    assert refused.exit_code != 0
    assert "this board has no keypad" in refused.output
    assert "this board has no keypad" in str(call(control, "type", "1").exception)


def test_chips_and_buses_fail_and_are_repaired(cabinet: tuple[VirtualBoard, Path]) -> None:
    board, control = cabinet
    expander = board.world.expander(2)
    for fault, state in (
        ("dead", (True, False)),
        ("foreign", (False, True)),
        ("sound", (False, False)),
    ):
        call(control, "chip", "0x21", fault)
        assert (expander.is_dead, expander.is_foreign) == state
    call(control, "stick-bit", "2", "3", "1")
    assert expander.level(3) == 1
    call(control, "stick-bit", "2", "3", "free")
    assert expander.level(3) == 0
    call(control, "bus", "0", "held")
    assert board.world.bus(0).held
    call(control, "bus", "0", "free")
    assert not board.world.bus(0).held
    assert "no chip at address 0x50" in str(call(control, "chip", "0x50", "dead").exception)
    assert "no i2c 1" in str(call(control, "bus", "1", "held").exception)
    assert "'x' is no address" in call(control, "chip", "x", "dead").output


def test_the_wifi_goes_away_and_comes_back(make_board: MakeBoard, tmp_path: Path) -> None:
    board = make_board(
        """
import network, time
w = network.WLAN()
w.active(True)
w.connect('Espressif')
for up in (True, False, True):
    while w.isconnected() != up: time.sleep_ms(2)
    print('connected', up)
""",
        profile=BENCH,
    )
    with ControlServer(board, tmp_path / "c"):
        board.power_on()
        for switch, seen in (("off", "False"), ("on", "True")):
            board.console.wait_for("connected True")
            call(tmp_path / "c", "wifi", switch)
            board.console.wait_for(f"connected {seen}")


def test_the_link_is_cut(board: VirtualBoard, control: Path) -> None:
    assert call(control, "cut-link").exit_code == 0
    assert board.link.connections == 0


def test_the_screen_is_text_or_a_picture(
    board: VirtualBoard, control: Path, tmp_path: Path
) -> None:
    assert board.world.display is not None
    board.world.display.write(b"\x00" + INIT)
    board.world.display.write(b"\x40\x03\x01\x02")
    assert call(control, "screen").output.startswith("█▀▄\n")
    call(control, "screen", "--png", str(tmp_path / "s.png"))
    with Image.open(tmp_path / "s.png") as picture:
        assert picture.size == (512, 256)


def test_a_board_without_a_display_says_so(make_board: MakeBoard, tmp_path: Path) -> None:
    board = make_board(profile=BENCH)
    with (
        ControlServer(board, tmp_path / "c"),
        pytest.raises(VirtualBoardError, match="has no display"),
    ):
        ask(tmp_path / "c", {"do": "screen"})


@pytest.mark.parametrize(
    "line", ["{", "[]", "{}", '{"do": "fly"}', '{"do": "press"}', '{"do": "press", "key": 9}', "1"]
)
def test_nonsense_is_answered_and_the_next_line_served(control: Path, line: str) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(control))
        sock.sendall((line + '\n{"do": "status"}\n').encode())
        with sock.makefile("r") as lines:
            answers = [json.loads(lines.readline()) for _ in range(2)]
    assert answers[0]["ok"] is False
    assert answers[0]["error"]
    assert answers[1]["ok"] is True


def test_no_board_at_the_socket_is_one_clear_line(tmp_path: Path) -> None:
    result = call(tmp_path / "c", "status")
    assert isinstance(result.exception, VirtualBoardError)
    assert "start one with `lockerctl board run`" in str(result.exception)


def test_a_left_over_socket_is_replaced_and_a_live_one_kept(
    board: VirtualBoard, control: Path, tmp_path: Path
) -> None:
    with pytest.raises(VirtualBoardError, match="another virtual board"):
        ControlServer(board, control)
    left = tmp_path / "left"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))
    with ControlServer(board, left):
        assert ask(left, {"do": "status"})["state"] == "off"
    assert not left.exists()


LOCKERCTL = str(Path(sys.executable).parent / "lockerctl")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_board_runs_in_the_foreground_until_it_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    flash = write_flash(tmp_path / "flash.bin", {"main.py": "print('hello from the board')"})
    profile = tmp_path / "p.json"
    profile.write_text(json.dumps(BENCH))
    control = tmp_path / "c"
    arguments = ["--profile", str(profile), "--control", str(control)]
    with subprocess.Popen(
        [LOCKERCTL, "board", "run", str(flash), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    ) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(3)]
        deadline = time.monotonic() + 5
        while ask(control, {"do": "status"})["state"] != "repl" and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        rest = process.stdout.read()
    assert "hello from the board\n" in seen
    assert rest.endswith("[power off]\n")
    assert process.returncode == 0
    assert not control.exists()


def test_a_flash_file_that_is_missing_is_one_clear_line(tmp_path: Path) -> None:
    profile = Path(__file__).parents[2] / "firmware" / "boards" / "bench.json"
    flash = tmp_path / "no.bin"
    result = subprocess.run(
        [LOCKERCTL, "board", "run", str(flash), "--profile", str(profile)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == f"lockerctl: {flash}: No such file or directory\n"
