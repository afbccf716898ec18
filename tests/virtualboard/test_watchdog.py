"""`machine.WDT` (facts/esp32-ota.md 8)."""

import time
from collections.abc import Callable

import pytest

from conftest import MakeBoard
from virtualboard.board import Cause, State

Run = Callable[..., list[str]]


@pytest.mark.parametrize(
    "hang",
    [
        "while True: pass",
        "import time; time.sleep(100)",
        "import cut",
        "raise ValueError",
    ],
    ids=["loop", "sleep", "an import that hangs", "the REPL"],
)
def test_it_bites_whatever_the_program_does(make_board: MakeBoard, hang: str) -> None:
    board = make_board(
        f"import machine\nif machine.reset_cause() == 1:\n machine.WDT(timeout=100)\n {hang}",
        files={"cut.py": "while True:\n    pass\n"},
    )
    board.power_on()
    board.wait_for_boot(2)
    assert board.causes == [Cause.POWER_ON, Cause.WATCHDOG]


def test_feeding_keeps_it_quiet(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine, time
wdt = machine.WDT(timeout=1000)
for _ in range(20):
    time.sleep_ms(60)
    wdt.feed()
print('fed')
while True: pass
"""
    )
    board.power_on()
    board.console.wait_for("fed")
    assert board.causes == [Cause.POWER_ON]
    board.wait_for_boot(2)
    assert board.causes[1] == Cause.WATCHDOG


def test_making_it_again_changes_the_time(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine, time
machine.WDT(timeout=500)
machine.WDT(timeout=60000)
time.sleep_ms(700)
print('alive')
"""
    )
    board.power_on()
    board.console.wait_for("alive")
    assert board.causes == [Cause.POWER_ON]


def test_it_runs_on_through_a_soft_reset(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine, time
if machine.reset_cause() == 1:
    machine.WDT(timeout=500)
    machine.soft_reset()
time.sleep(100)
"""
    )
    board.power_on()
    board.wait_for_boot(3)
    assert board.causes == [Cause.POWER_ON, Cause.SOFT, Cause.WATCHDOG]


def test_a_hard_reset_switches_it_off(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine, time
if machine.reset_cause() == 1:
    machine.WDT(timeout=500)
    machine.reset()
time.sleep_ms(700)
print('alive')
"""
    )
    board.power_on()
    board.console.wait_for("alive")
    assert board.causes == [Cause.POWER_ON, Cause.HARD]


def test_no_power_no_watchdog(make_board: MakeBoard) -> None:
    board = make_board("import machine\nmachine.WDT(timeout=500)\nprint('up')")
    board.power_on()
    board.console.wait_for("up")
    board.power_off()
    time.sleep(0.7)
    assert board.state == State.OFF
    assert board.causes == [Cause.POWER_ON]


def test_its_seconds_can_be_made_shorter(make_board: MakeBoard) -> None:
    board = make_board("import machine\nmachine.WDT(timeout=10000)", watchdog_speed=100)
    started = time.monotonic()
    board.power_on()
    board.wait_for_boot(2)
    assert time.monotonic() - started < 5


def test_wrong_arguments_are_refused(run: Run) -> None:
    lines = run(
        """
import machine
for args in ((1, 5000), (0, 0), (0, -1)):
    try:
        machine.WDT(*args)
    except ValueError as e:
        print('ValueError', e)
"""
    )
    too_short = "ValueError WDT timeout too short"
    assert lines == ["ValueError ", too_short, too_short]
