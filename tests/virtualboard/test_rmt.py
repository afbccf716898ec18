"""One-shot pulses that end whatever the program does."""

import time
from collections.abc import Callable

import pytest

from conftest import MakeBoard
from virtualboard.board import Cause, State, VirtualBoard

Run = Callable[..., list[str]]

# 255 is the slowest clock: 313,725 ticks a second.
PULSE = "import esp32, machine, time\nr = esp32.RMT(0, pin=machine.Pin(16), clock_div=255)\n"


def pulses(board: VirtualBoard, pin: int = 16) -> list[float]:
    """Seconds of each pulse on the pin."""
    changes = [change for change in board.pins.history if change.pin == pin]
    pairs = zip(changes[::2], changes[1::2], strict=True)
    assert [change.level for change in changes] == [1, 0] * (len(changes) // 2)
    return [off.time - on.time for on, off in pairs]


def wait_for_the_end(board: VirtualBoard) -> None:
    deadline = time.monotonic() + 5
    while board.pins.level(16) and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.mark.parametrize("then", ["", "while True: pass"], ids=["REPL", "hang"])
def test_a_pulse_ends_by_itself(make_board: MakeBoard, then: str) -> None:
    board = make_board(PULSE + f"r.write_pulses((31400,), 1)\nprint('on')\n{then}")
    board.power_on()
    board.console.wait_for("on")
    assert board.pins.level(16) == 1
    wait_for_the_end(board)
    assert [0.1 <= length < 0.3 for length in pulses(board)] == [True]


def test_a_long_pulse_is_made_of_several(make_board: MakeBoard) -> None:
    board = make_board(PULSE + "r.write_pulses((31372,) * 4, (1,) * 4)\nprint('on')")
    board.power_on()
    board.console.wait_for("on")
    wait_for_the_end(board)
    assert [0.399 <= length < 0.6 for length in pulses(board)] == [True]


@pytest.mark.parametrize(
    ("reset", "cause"),
    [
        ("machine.WDT(timeout=50)\n    while True: pass", Cause.WATCHDOG),
        ("machine.reset()", Cause.HARD),
        ("machine.soft_reset()", Cause.SOFT),
    ],
)
def test_a_reset_ends_a_pulse(make_board: MakeBoard, reset: str, cause: Cause) -> None:
    board = make_board(
        f"{PULSE}if machine.reset_cause() == 1:\n    r.write_pulses((32767,) * 9, (1,) * 9)\n"
        f"    {reset}"
    )
    board.power_on()
    board.wait_for_boot(2)
    board.wait_for_state(State.REPL)
    assert board.causes == [Cause.POWER_ON, cause]
    assert board.pins.level(16) == 0
    assert len(pulses(board)) == 1
    assert pulses(board)[0] < 0.3


def test_the_program_can_wait_for_the_end(run: Run) -> None:
    program = PULSE + (
        "r.write_pulses((15000,), 1)\n"
        "print(machine.Pin(16).value(), r.wait_done(), r.wait_done(timeout=1000))\n"
        "print(machine.Pin(16).value())"
    )
    assert run(program) == ["1 False True", "0"]


def test_a_second_train_waits_for_the_first(make_board: MakeBoard) -> None:
    program = "for _ in range(2): r.write_pulses((9000, 3000), (1, 0))\nr.wait_done(timeout=500)"
    board = make_board(PULSE + program)
    board.power_on()
    board.wait_for_state(State.REPL)
    assert len(pulses(board)) == 2


def test_the_output_register_does_not_end_a_pulse_but_taking_the_pin_does(
    make_board: MakeBoard,
) -> None:
    board = make_board(
        PULSE
        + """
r.write_pulses((32767,) * 9, (1,) * 9)
p = machine.Pin(16)
p.off()
print('off', p.value())
machine.Pin(16, machine.Pin.OUT, value=0)
print('taken', p.value())
"""
    )
    board.power_on()
    board.wait_for_state(State.REPL)
    assert "off 1" in board.console.lines()
    assert "taken 0" in board.console.lines()


def test_idle_level_and_toggling(make_board: MakeBoard) -> None:
    board = make_board(
        """
import esp32, machine
r = esp32.RMT(1, pin=machine.Pin(17), idle_level=1, clock_div=100)
r.write_pulses((2000, 2000, 2000), 0)
r.wait_done(timeout=500)
r.deinit()
"""
    )
    board.power_on()
    board.wait_for_state(State.REPL)
    assert [change.level for change in board.pins.history if change.pin == 17] == [1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("esp32.RMT(1, pin=machine.Pin(16), clock_div=0)", "clock_div must be between 1 and 255"),
        ("esp32.RMT(0, pin=machine.Pin(17))", "ESP_ERR_INVALID_STATE"),
        ("r.write_pulses((), 1)", "No pulses"),
        ("r.write_pulses((1, 2), (1,))", "same length"),
        ("r.write_pulses((40000,), 1)", "PULSE_MAX"),
    ],
)
def test_mistakes_are_errors(run: Run, call: str, error: str) -> None:
    assert error in run(PULSE + call)[-1]
