"""`esp32.NVS` (facts/esp32-ota.md 8)."""

from collections.abc import Callable

import pytest
from handmade import flash_image

from conftest import MakeBoard
from virtualboard.board import State

Run = Callable[..., list[str]]

START = """
import esp32
n = esp32.NVS('space')
def err(f, *a):
    try:
        print(f(*a))
    except (OSError, OverflowError) as e:
        print(type(e).__name__, e.args[0] if e.args else '')
"""


def test_values_are_kept_through_a_power_cut(make_board: MakeBoard) -> None:
    board = make_board(
        START
        + """
b = bytearray(10)
err(n.get_i32, 'i')
err(n.get_blob, 'b', b)
n.set_i32('i', -7)
n.set_blob('b', b'blob')
n.commit()
print(n.get_i32('i'), n.get_blob('b', b), bytes(b[:4]))
"""
    )
    for _ in range(2):
        board.power_on()
        board.wait_for_state(State.REPL)
        board.power_off()
    lines = [line for line in board.console.lines() if not line.startswith("[")]
    again = ["-7 4 b'blob'"]
    assert lines == ["OSError -4354", "OSError -4354", *again, "-7", "4", *again]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("n.get_i32, 'none'", "OSError -4354"),
        ("n.get_blob, 'i', bytearray(4)", "OSError -4354"),
        ("n.erase_key, 'none'", "OSError -4354"),
        ("n.get_blob, 'b', bytearray(2)", "OSError -4364"),
        ("n.set_i32, 'a' * 16, 1", "OSError -4361"),
        ("esp32.NVS, 'a' * 16", "OSError -4361"),
        ("n.set_blob, 'x', bytes(20000)", "OSError -4366"),
        ("n.set_i32, 'x', 2**31", "OverflowError"),
        ("esp32.NVS('other').get_i32, 'i'", "OSError -4354"),
    ],
)
def test_errors(run: Run, call: str, error: str) -> None:
    program = f"{START}n.set_i32('i', 1); n.set_blob('b', b'abc')\nerr({call})"
    assert run(program)[0].strip() == error


def test_a_key_can_be_erased(run: Run) -> None:
    program = START + "n.set_i32('i', 1)\nn.erase_key('i')\nerr(n.get_i32, 'i')"
    assert run(program) == ["OSError -4354"]


@pytest.mark.parametrize("torn", [False, True])
def test_a_cut_at_any_operation_leaves_the_old_or_the_new_value(
    make_board: MakeBoard, torn: bool
) -> None:
    program = START + "n.set_i32('i', 1)\nn.set_i32('i', 2)\nprint('done')"
    image = flash_image({"main.py": program})
    seen = set()
    for operation in range(3, 7):  # 1 and 2 are the bootloader's
        board = make_board(image=image)
        board.cut_power_at(operation, torn=torn)
        board.power_on()
        board.wait_for_state(State.OFF)
        look = flash_image({"main.py": START + "err(n.get_i32, 'i')"})
        look[0x9000:0xD000] = board.flash.read(0x9000, 0x4000)
        after = make_board(image=look)
        after.power_on()
        after.wait_for_state(State.REPL)
        seen.add(after.console.lines()[-1])
    assert seen == {"OSError -4354", "1"}
