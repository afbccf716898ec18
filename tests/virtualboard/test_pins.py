from collections.abc import Callable

import pytest

from conftest import MakeBoard
from virtualboard.board import State
from virtualboard.pins import Pins

Run = Callable[..., list[str]]


def test_an_output_is_set_before_it_drives(make_board: MakeBoard) -> None:
    board = make_board(
        """
from machine import Pin
p = Pin(16, Pin.OUT, value=0)
Pin(17, Pin.OUT, value=1)
Pin(17, Pin.OUT)
print(Pin(16).value(), Pin(17).value(), Pin(17)())
p.on(); p.off(); p.toggle(); p(0)
"""
    )
    board.power_on()
    board.wait_for_state(State.REPL)
    assert "0 1 1" in board.console.lines()
    assert [(change.pin, change.level) for change in board.pins.history] == [
        (17, 1),
        (16, 1),
        (16, 0),
        (16, 1),
        (16, 0),
    ]


def test_inputs_read_the_world_or_their_pull(make_board: MakeBoard) -> None:
    board = make_board(
        """
from machine import Pin
print([Pin(n, Pin.IN).value() for n in (32, 33)])
print([Pin(n, Pin.IN, Pin.PULL_UP).value() for n in (32, 33)])
print(Pin(33, Pin.IN, Pin.PULL_DOWN).value(), Pin(33, Pin.IN, None).value())
"""
    )
    board.pins.put(32, 0)
    board.power_on()
    board.wait_for_state(State.REPL)
    assert board.console.lines()[-3:] == ["[0, 0]", "[0, 1]", "0 0"]


@pytest.mark.parametrize(
    ("reset", "level"), [("machine.reset()", 0), ("machine.soft_reset()", 1)], ids=["hard", "soft"]
)
def test_a_hard_reset_lets_outputs_go_a_soft_one_does_not(
    make_board: MakeBoard, reset: str, level: int
) -> None:
    board = make_board(
        f"""
import machine
if machine.reset_cause() == 1:
    machine.Pin(16, machine.Pin.OUT, value=1)
    {reset}
"""
    )
    board.power_on()
    board.wait_for_boot(2)
    board.wait_for_state(State.REPL)
    assert board.pins.level(16) == level


def test_a_stuck_pin_reads_the_same_whatever_drives_it(make_board: MakeBoard) -> None:
    board = make_board("from machine import Pin\nprint('read', Pin(16, Pin.OUT, value=0).value())")
    board.pins.stick(16, 1)
    board.power_on()
    board.wait_for_state(State.REPL)
    assert "read 1" in board.console.lines()
    board.pins.stick(16, None)
    assert board.pins.level(16) == 0


def test_pins_that_do_not_exist_or_can_not_drive_are_refused(run: Run) -> None:
    lines = run(
        """
from machine import Pin
for args in ((40,), (20,), (-1,), ('x',), (34, Pin.OUT)):
    try:
        Pin(*args)
    except ValueError as e:
        print(e)
"""
    )
    assert lines == ["invalid pin"] * 4 + ["pin can only be input"]


def test_signals_turn_levels_round(run: Run) -> None:
    lines = run(
        """
from machine import Pin, Signal
s = Signal(Pin(16, Pin.OUT, value=1), invert=True)
print(s.value())
s.on()
print(s.value(), Pin(16).value())
"""
    )
    assert lines == ["0", "1 0"]


def test_edges_call_their_handlers(make_board: MakeBoard) -> None:
    board = make_board(
        """
from machine import Pin
import asyncio
def seen(pin):
    print('edge', pin, pin.value())
Pin(27, Pin.IN, Pin.PULL_UP).irq(seen, Pin.IRQ_FALLING)
print('listening')
async def main():
    await asyncio.sleep(10)
asyncio.run(main())
"""
    )
    board.power_on()
    board.console.wait_for("listening")
    board.pins.put(27, 0)
    board.console.wait_for(r"edge Pin\(27\) 0")
    before = len(board.console)
    board.pins.put(27, None)
    with pytest.raises(TimeoutError):
        board.console.wait_for("edge", timeout=0.1, since=before)


def test_watchers_hear_of_changes_until_they_are_taken_away() -> None:
    pins = Pins()
    heard: list[int] = []
    stop = pins.watch(4, heard.append)
    pins.put(4, 1)
    pins.put(4, 1)
    pins.put(5, 1)
    stop()
    pins.put(4, 0)
    assert heard == [1]
