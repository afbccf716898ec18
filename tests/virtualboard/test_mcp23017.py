"""The expander, register by register, and what is wired to it."""

from __future__ import annotations

from typing import Any

import pytest
from test_i2c import START, finish

from conftest import MakeBoard
from virtualboard.chips.mcp23017 import Mcp23017

IODIR, IPOL, IOCON, GPPU, GPIO, OLAT = 0x00, 0x02, 0x0A, 0x0C, 0x12, 0x14


def read(chip: Mcp23017, register: int, length: int = 1) -> bytes:
    chip.write(bytes((register,)))
    return chip.read(length)


def levels(chip: Mcp23017) -> int:
    return sum(chip.level(bit) << bit for bit in range(16))


def test_after_reset_all_pins_are_inputs_and_all_else_is_0() -> None:
    chip = Mcp23017()
    assert read(chip, IODIR, 22) == b"\xff\xff" + bytes(20)
    assert levels(chip) == 0


def test_registers_follow_one_another_and_begin_anew() -> None:
    chip = Mcp23017()
    chip.write(bytes((GPPU, 1, 2)))
    assert read(chip, GPPU, 2) == b"\1\2"
    assert read(chip, OLAT + 1, 3) == b"\0\xff\xff"


def test_a_write_of_nothing_changes_nothing() -> None:
    chip = Mcp23017()
    chip.write(bytes((GPPU, 1)))
    chip.write(b"")
    assert chip.read(1) == b"\0"
    assert read(chip, GPPU) == b"\1"


def test_an_output_shows_its_latch_and_an_input_the_world() -> None:
    chip = Mcp23017()
    chip.write(bytes((IODIR, 0xF0, 0xFF)))
    chip.write(bytes((OLAT, 0xFF, 0xFF)))
    assert levels(chip) == 0x000F
    chip.put(4, 1)
    chip.put(0, 0)
    assert read(chip, GPIO, 2) == b"\x1f\0"
    chip.write(bytes((GPIO, 0x02)))
    assert read(chip, OLAT) == b"\x02"
    assert levels(chip) == 0x0012


def test_pull_ups_and_inverted_inputs() -> None:
    chip = Mcp23017()
    chip.write(bytes((GPPU, 0xFF, 0x00)))
    chip.put(3, 0)
    assert read(chip, GPIO, 2) == b"\xf7\0"
    chip.write(bytes((IPOL, 0x0F)))
    assert read(chip, GPIO) == b"\xf8"
    assert levels(chip) == 0x00F7


def test_other_bank_puts_each_port_together() -> None:
    chip = Mcp23017()
    chip.write(bytes((IOCON, 0x80)))
    chip.write(bytes((0x10, 0x55)))
    assert chip.register("IODIR", 1) == 0x55
    assert read(chip, 0x05) == read(chip, 0x15) == b"\x80"
    assert read(chip, 0x0B) == b"\0", "there is no such register"
    chip.write(bytes((0x05, 0)))
    assert read(chip, 0x01) == b"\x55"


def test_byte_mode_goes_to_and_fro_between_the_ports() -> None:
    chip = Mcp23017()
    chip.write(bytes((IOCON, 0x20)))
    chip.write(bytes((OLAT, 1, 2, 3)))
    assert read(chip, OLAT, 4) == b"\3\2\3\2"


def test_what_can_only_be_read_is_not_written() -> None:
    chip = Mcp23017()
    chip.write(bytes((0x0E, 0xFF, 0xFF, 0xFF, 0xFF)))
    assert read(chip, 0x0E, 4) == bytes(4)
    chip.write(bytes((IOCON, 0x01)))
    assert read(chip, IOCON) == b"\0"


def test_a_stuck_bit_shows_whatever_drives_it() -> None:
    chip = Mcp23017()
    chip.write(bytes((IODIR, 0xFE)))
    chip.stick(0, 1)
    assert read(chip, GPIO) == b"\x01"
    chip.stick(0, None)
    assert read(chip, GPIO) == b"\0"


def test_changes_are_watched_and_remembered() -> None:
    chip, seen = Mcp23017(), list[int]()
    chip.watch(9, seen.append)
    chip.put(9, 1)
    chip.put(9, 0)
    chip.put(8, 1)
    assert seen == [1, 0]
    assert [(change.pin, change.level) for change in chip.history] == [(9, 1), (9, 0), (8, 1)]


# Two expanders of which the first has a reset line; a relay and a sensor at each.
PROFILE: dict[str, Any] = {
    "model": "test",
    "i2c": [{"id": 0, "scl": 22, "sda": 21, "freq": 400000}],
    "expanders": [
        {"chip": "mcp23017", "i2c": 0, "address": 32, "reset": 19},
        {"chip": "mcp23017", "i2c": 0, "address": 33},
    ],
    "doors": [
        {
            "count": 2,
            "relay": {"expander": 0, "bit": 6, "on": 1, "pulse_ms": 400},
            "sensor": {"expander": 1, "bit": 4, "closed": 0},
        },
        {"relay": {"expander": 1, "bit": 15, "on": 0, "pulse_ms": 400}},
    ],
}
PULSE = (
    START
    + """
Pin(19, Pin.OUT, value=1)
i.writeto_mem(33, 0x14, b'\\x00\\x80')
i.writeto_mem(33, 0x00, b'\\xff\\x7f')
i.writeto_mem(33, 0x0c, b'\\xff\\x7f')
i.writeto_mem(32, 0x00, b'\\x00\\x00')
for level in (b'\\x80', b'\\x00'): i.writeto_mem(32, 0x14, level)
"""
)


def test_the_pulse_of_an_expander_releases_one_latch(make_board: MakeBoard) -> None:
    board = make_board(PULSE, profile=PROFILE)
    finish(board)
    first, second, third = board.world.doors
    assert [door.open() for door in board.world.doors] == [False, True, False]
    assert len(second.pulses) == 1
    assert (len(first.pulses), third.coil_is_on) == (0, False)
    assert [board.world.expander(2).level(bit) for bit in (4, 5)] == [0, 1]
    second.close()
    assert board.world.expander(2).level(5) == 0


def test_an_open_door_is_seen_only_with_a_pull_up(make_board: MakeBoard) -> None:
    board = make_board(profile=PROFILE)
    board.world.door(1).open(force=True)
    expander = board.world.expander(2)
    assert expander.level(4) == 0
    expander.write(bytes((GPPU, 0x10)))
    assert expander.level(4) == 1


def test_a_chip_whose_reset_line_nobody_drives_answers_nobody(make_board: MakeBoard) -> None:
    board = make_board(
        START + "print(i.scan())\nPin(19, Pin.OUT, value=1)\nprint(i.scan())\n"
        "i.writeto_mem(32, 0, b'\\x00')\nPin(19, Pin.OUT, value=0)\nPin(19, Pin.OUT, value=1)\n"
        "print(i.readfrom_mem(32, 0, 1))",
        profile=PROFILE,
    )
    assert finish(board) == ["[33]", "[32, 33]", "b'\\xff'"]


def test_a_reset_of_the_chip_lets_go_of_relays_behind_a_reset_line_alone(
    make_board: MakeBoard,
) -> None:
    board = make_board(
        "import machine\nif machine.reset_cause() != 1: raise SystemExit\n"
        + PULSE
        + "i.writeto_mem(32, 0x14, b'\\x40')\ni.writeto_mem(33, 0x14, b'\\x00\\x00')\n"
        "print('on')\nmachine.reset()",
        profile=PROFILE,
    )
    board.power_on()
    board.wait_for_boot(2)
    assert [door.coil_is_on for door in board.world.doors] == [False, False, True]
    board.power_off()
    assert [door.coil_is_on for door in board.world.doors] == [False, False, False]


@pytest.mark.parametrize(
    ("fault", "seen"),
    [("is_dead", "errno 19"), ("is_foreign", "b'\\xff\\xff'")],
)
def test_a_chip_is_dead_or_another_one(make_board: MakeBoard, fault: str, seen: str) -> None:
    board = make_board(START + "err(i.readfrom_mem, 33, 2, 2)", profile=PROFILE)
    assert finish(board) == ["b'\\x00\\x00'"]
    board.power_off()
    setattr(board.world.expander(2), fault, True)
    assert finish(board)[-1] == seen
