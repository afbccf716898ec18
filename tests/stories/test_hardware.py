"""The chips of a cabinet of sixteen doors under the very drivers that run on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from bare import RUN, SERVE, running
from cabinet import Fleet

from lockerctl.profiles import load_profile
from virtualboard.board import VirtualBoard

_LINES = "for n in (1, 2, 9, 15, 16): await turns.open(doors.door(n))"
_RELAYS, _SENSORS = 1, 2  # expanders of the profile


@pytest.fixture
def profile() -> dict[str, Any]:
    document = load_profile("cabinet16").document
    for entry in document["doors"]:
        entry["relay"]["pulse_ms"] = 100
    return document


def _program(*lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"{SERVE}async def main():\n{body}\n{RUN}"


def _said(board: VirtualBoard, text: str) -> list[str]:
    return [line for line in board.console.lines() if line.startswith(text)]


def test_doors_open_one_after_the_other(
    fleet: Fleet, tmp_path: Path, profile: dict[str, Any]
) -> None:
    program = _program("print('go')", "await asyncio.sleep_ms(100)", _LINES)
    with running(fleet, tmp_path / "flash.bin", profile, program) as board:
        doors = board.world.doors
        for door in doors:
            door.opens_itself = True
        board.console.wait_for("the end")
        assert _said(board, "door") == [f"door {number} opened" for number in (1, 2, 9, 15, 16)]
        assert [len(door.pulses) for door in doors] == [1, 1, *[0] * 6, 1, *[0] * 5, 1, 1]
        changes = board.world.expander(_RELAYS).history
        assert [change.level for change in changes] == [1, 0] * 5, "one coil at a time"
        assert all(0.1 <= pulse < 0.5 for door in doors for pulse in door.pulses)


def test_a_stuck_door_is_tried_again_and_told(
    fleet: Fleet, tmp_path: Path, profile: dict[str, Any]
) -> None:
    program = _program("print('go')", "print(await turns.open(doors.door(4)))")
    with running(fleet, tmp_path / "flash.bin", profile, program) as board:
        board.world.door(4).is_jammed = True
        board.console.wait_for("the end")
        assert "not opened" in board.console.lines()
        assert len(board.world.door(4).pulses) == 2
        board.world.door(4).open(force=True)
        board.console.wait_for("door 4 opened")


def test_an_expander_that_dies_in_a_pulse_is_reset_and_its_doors_are_out_of_order(
    fleet: Fleet, tmp_path: Path, profile: dict[str, Any]
) -> None:
    program = _program("print('go')", "await turns.take(doors.door(2))")
    with running(fleet, tmp_path / "flash.bin", profile, program) as board:
        relays = board.world.expander(_RELAYS)

        def die(level: int) -> None:
            relays.is_dead = level == 1

        relays.watch(1, die)
        board.console.wait_for("the end")
        assert [0.9 < pulse < 2 for pulse in board.world.door(2).pulses] == [True]
        board.console.wait_for("expander 0x20 does not answer")
        board.console.wait_for("door 16 out of order")
        relays.is_dead = False
        board.console.wait_for("door 16 in order", timeout=20)
        assert relays.register("IODIR", 0) == 0


def test_glitched_registers_are_put_right_before_anything_is_driven(
    fleet: Fleet, tmp_path: Path, profile: dict[str, Any]
) -> None:
    """Port B's direction and latch lie elsewhere then, and so does what boot.py writes."""
    del profile["safe"][2:]
    for chip in profile["expanders"]:
        del chip["reset"]
    glitch = "import machine\ni = machine.I2C(0, scl=machine.Pin(22), sda=machine.Pin(21))\n"
    glitch += "i.writeto_mem(32, 0x0a, b'\\xa0')\n"
    program = glitch + _program("print('go')")
    with running(fleet, tmp_path / "flash.bin", profile, program) as board:
        board.console.wait_for("the end")
        relays = board.world.expander(_RELAYS)
        found = [relays.register(name, port) for name in ("IODIR", "IOCON") for port in (0, 1)]
        assert found == [0, 0, 0, 0]
        assert relays.history == []


_CHECKS = (
    "from locker import health",
    "from drivers.bus import open_i2c",
    "from drivers.sh1106 import Sh1106",
    "display = Sh1106(open_i2c(boot.profile, 0), 60)",
    "class Screen:",
    "    def fault(self):",
    "        try:",
    "            display.check()",
    "        except OSError as error:",
    "            return 'display does not answer: %s' % error",
    "print('ask')",
    "await asyncio.sleep_ms(300)",
    "for name, check in health.checks(doors, Screen()):",
    "    print('check', name, check())",
)


@pytest.mark.parametrize(
    ("fault", "faults"),
    [
        ("none", {}),
        ("dead", {"expanders": "expander 0x21 does not answer: [Errno 19] ENODEV"}),
        ("foreign", {"expanders": "expander 0x21: register 0x02 is 0xff, not 0x00"}),
        ("stuck", {"relays": "relay 10 reads on"}),
        ("display", {"display": "display does not answer: [Errno 19] ENODEV"}),
        ("held", {"expanders": "expander 0x20 does not answer: 116"}),
    ],
)
def test_each_check_can_fail(
    fleet: Fleet, tmp_path: Path, profile: dict[str, Any], fault: str, faults: dict[str, str]
) -> None:
    with running(fleet, tmp_path / "flash.bin", profile, _program(*_CHECKS)) as board:
        board.console.wait_for("ask")
        world = board.world
        assert world.display is not None
        world.expander(_SENSORS).is_dead = fault == "dead"
        world.expander(_SENSORS).is_foreign = fault == "foreign"
        world.expander(_RELAYS).stick(9, 1 if fault == "stuck" else None)
        world.display.is_dead = fault == "display"
        world.bus(0).held = fault == "held"
        board.console.wait_for("the end")
        told = dict(line.split(maxsplit=2)[1:] for line in _said(board, "check"))
        names = ["profile", "expanders", "relays", "sensors", "display", "heap"]
        assert list(told) == names
        found = {name: text for name, text in told.items() if text != "None"}
        assert found == faults or (faults and found.items() > faults.items())


def test_keys_arrive_as_they_are_typed(
    fleet: Fleet, tmp_path: Path, profile: dict[str, Any]
) -> None:
    program = (
        "import time\nfrom drivers.keypad import Keypad\n"
        "keypad = Keypad(boot.profile['keypad'])\n"
        "keypad.poll(time.ticks_ms())\nprint('ready')\n"
        "while True:\n    boot.wdt.feed()\n    key = keypad.poll(time.ticks_ms())\n"
        "    if key:\n        print('key', key)\n    time.sleep_ms(20)\n"
    )
    keys = "159D*0#C"
    with running(fleet, tmp_path / "flash.bin", profile, program) as board:
        board.console.wait_for("ready")
        for key in keys:
            seen = len(board.console)
            board.world.keypad.press(key)
            board.console.wait_for("key", since=seen)
            board.world.keypad.release(key)
            time.sleep(0.1)
        assert _said(board, "key") == [f"key {key}" for key in keys]


def test_both_displays_show_the_same(fleet: Fleet, tmp_path: Path, profile: dict[str, Any]) -> None:
    program = (
        "from drivers.bus import open_i2c\nfrom drivers.{name} import {cls}\n"
        "display = {cls}(open_i2c(boot.profile, 0), 60)\ndisplay.start()\n"
        "display.frame.rect(0, 0, 128, 64, 1)\ndisplay.frame.text('Locker 16', 20, 30)\n"
        "display.show()\nprint('shown')\nwhile True:\n    boot.wdt.feed()\n"
    )
    pictures = []
    for name, cls in (("ssd1306", "Ssd1306"), ("sh1106", "Sh1106")):
        profile["display"]["chip"] = name
        path = tmp_path / f"{name}.bin"
        with running(fleet, path, profile, program.format(name=name, cls=cls)) as board:
            board.console.wait_for("shown")
            assert board.world.display is not None
            pictures.append(board.world.display.text())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith("█▀▀▀")
