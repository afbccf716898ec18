"""A coil must not stay on when the software hangs: relays at the chip, and behind expanders."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from bare import running
from cabinet import Fleet

from lockerctl.profiles import load_profile
from virtualboard.board import Cause, VirtualBoard

_SPEED = 5
_WATCHDOG_S = 15 / _SPEED
_BOOT_S = 3.0  # on a busy host; a chip needs less than one
_DOOR = 3

# Runs in the globals of boot.py, as the real one.
_HANGS = f"""
import asyncio, machine, time
from locker.doors import Doors
from locker.turns import Turns

async def unlock_and_hang():
    doors = Doors(boot.profile, lambda door, kind: None, time.ticks_ms())
    turns = Turns(doors)
    asyncio.create_task(turns.take(doors.door({_DOOR})))
    await asyncio.sleep_ms(0)
    turns.poll(time.ticks_ms())
    print("hanging, coil", doors.pulsing)
    time.sleep(60)

print("main.py starts")
if boot.cause == "power":
    boot.wdt.feed()
    asyncio.run(unlock_and_hang())
while True:
    boot.wdt.feed()
    time.sleep_ms(100)
"""


def _cabinet(reset: bool) -> dict[str, Any]:
    profile = copy.deepcopy(load_profile("cabinet16").document)
    if not reset:
        profile["safe"] = [item for item in profile["safe"] if item.get("pin") != 19]
        for chip in profile["expanders"]:
            del chip["reset"]
    return profile


def _hang_with_the_coil_on(board: VirtualBoard) -> float:
    """How long the coil was on, in seconds."""
    board.console.wait_for(f"hanging, coil {_DOOR}")
    door = board.world.door(_DOOR)
    assert door.coil_is_on
    assert board.wait_for_boot(2) == Cause.WATCHDOG
    board.console.wait_for("main.py starts", since=len(board.console))
    assert not door.coil_is_on
    (pulse,) = door.pulses
    return pulse


@pytest.mark.parametrize("reset", [True, False], ids=["reset line", "safe list"])
def test_a_hang_with_a_relay_on_ends_with_the_watchdog(
    fleet: Fleet, tmp_path: Path, reset: bool
) -> None:
    with running(
        fleet, tmp_path / "flash.bin", _cabinet(reset), _HANGS, watchdog_speed=_SPEED
    ) as board:
        pulse = _hang_with_the_coil_on(board)
        assert _WATCHDOG_S - 1 < pulse < _WATCHDOG_S + _BOOT_S
        assert sum(len(door.pulses) for door in board.world.doors) == 1


def test_without_the_safe_list_the_coil_would_stay_on(fleet: Fleet, tmp_path: Path) -> None:
    """So that the test above can fail."""
    profile = _cabinet(reset=False)
    profile["safe"] = [{"pin": 18, "level": 0}]
    with running(fleet, tmp_path / "flash.bin", profile, _HANGS, watchdog_speed=_SPEED) as board:
        with pytest.raises(AssertionError):
            _hang_with_the_coil_on(board)
        assert board.world.door(_DOOR).coil_is_on


def test_a_hang_with_a_relay_of_the_chip_on_ends_by_its_hardware(
    fleet: Fleet, tmp_path: Path
) -> None:
    bench = load_profile("bench").document
    with running(fleet, tmp_path / "flash.bin", bench, _HANGS, watchdog_speed=_SPEED) as board:
        assert _hang_with_the_coil_on(board) < 1


def test_no_relay_moves_while_a_board_starts(fleet: Fleet, tmp_path: Path) -> None:
    profile = _cabinet(reset=True)
    idle = "while True:\n    boot.wdt.feed()\n"
    with running(fleet, tmp_path / "flash.bin", profile, idle) as board:
        seen = 0
        for start in (1, 2, 3):
            board.wait_for_boot(start)
            board.console.wait_for("boot: slot", since=seen)
            seen = len(board.console)
            board.reset()
        changes = [door.relay.history() for door in board.world.doors]
        assert changes == [[]] * 16
