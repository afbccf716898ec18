from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from conftest import MakeBoard
from virtualboard.board import State, VirtualBoard
from virtualboard.chips.base import Chip
from virtualboard.chips.oled import HEIGHT, WIDTH, Oled
from virtualboard.chips.sh1106 import Sh1106
from virtualboard.chips.ssd1306 import Ssd1306
from virtualboard.errors import EspError
from virtualboard.i2c import Bus

Run = Callable[..., list[str]]

PROFILE: dict[str, Any] = {
    "model": "test",
    "i2c": [{"id": 0, "scl": 22, "sda": 21, "freq": 400000}],
    "display": {"chip": "ssd1306", "i2c": 0, "address": 60},
}
START = """
from machine import I2C, Pin
i = I2C(0, scl=Pin(22), sda=Pin(21), freq=400000)
def err(f, *a):
    try:
        print(f(*a))
    except OSError as e:
        print('errno', e.errno)
"""


class Memory(Chip):
    """Two hundred bytes behind a pointer."""

    def power_on(self) -> None:
        self.data = bytearray(200)
        self.pointer = 0

    def write(self, data: bytes) -> None:
        self.pointer = data[0]
        self.data[self.pointer : self.pointer + len(data) - 1] = data[1:]

    def read(self, length: int) -> bytes:
        return bytes(self.data[self.pointer : self.pointer + length])


def finish(board: VirtualBoard) -> list[str]:
    board.power_on()
    board.wait_for_state(State.REPL)
    return [line for line in board.console.lines() if not line.startswith("[boot")]


def test_chips_are_found_written_and_read(make_board: MakeBoard) -> None:
    board = make_board(
        START
        + """
print(i.scan())
print(i.writeto_mem(0x50, 3, b'abc'), i.readfrom_mem(0x50, 4, 2))
b = bytearray(3)
i.readfrom_mem_into(0x50, 3, b)
print(b, i.writeto(0x50, b'\\x04', False), i.readfrom(0x50, 1))
print(i.writevto(0x50, (b'\\x00', b'xy')), i.readfrom_mem(0x50, 0, 2))
""",
        profile=PROFILE,
    )
    chip = Memory(0x50)
    board.buses.at(22, 21).add(chip)
    assert finish(board) == [
        "[60, 80]",
        "None b'bc'",
        "bytearray(b'abc') 1 b'b'",
        "3 b'xy'",
    ]


def test_chips_keep_their_registers_through_resets_and_lose_them_with_the_power(
    make_board: MakeBoard,
) -> None:
    board = make_board(
        START
        + """
import machine
print(i.readfrom_mem(0x50, 0, 1))
i.writeto_mem(0x50, 0, b'k')
if machine.reset_cause() == 1: machine.reset()
"""
    )
    board.buses.at(22, 21).add(Memory(0x50))
    assert finish(board) == ["b'\\x00'", "b'k'"]
    board.power_off()
    assert finish(board)[-2:] == ["b'\\x00'", "b'k'"]


def test_who_does_not_answer_is_no_device(make_board: MakeBoard) -> None:
    board = make_board(
        START + "err(i.writeto, 0x20, b'x'); err(i.readfrom, 60, 1); print(i.scan())",
        profile=PROFILE,
    )
    assert board.world.display is not None
    board.world.display.is_dead = True
    assert finish(board) == ["errno 19", "errno 19", "[]"]


def test_a_bus_that_is_held_times_out(make_board: MakeBoard) -> None:
    board = make_board(START + "err(i.writeto, 60, b'x')", profile=PROFILE)
    board.buses.at(22, 21).held = True
    assert finish(board) == ["errno 116"]


def test_nothing_answers_on_other_pins(make_board: MakeBoard) -> None:
    program = "from machine import I2C, SoftI2C\nprint(I2C(0).scan(), SoftI2C(22, 21).scan())"
    assert finish(make_board(program, profile=PROFILE)) == ["[] [60]"]


def test_two_chips_can_not_share_an_address() -> None:
    bus = Bus()
    bus.add(Chip(1))
    with pytest.raises(ValueError, match="two chips"):
        bus.add(Chip(1))
    with pytest.raises(EspError):
        bus.chip(2)


# What every driver of the usual module sends at start.
INIT = bytes.fromhex("ae2000 40a1 a83f c8 d300 da12 d580 d9f1 db30 81ff a4 a6 8d14 af")


def display(*writes: bytes) -> Ssd1306:
    chip = Ssd1306()
    chip.write(b"\x00" + INIT)
    for data in writes:
        chip.write(data)
    return chip


def lit(chip: Oled) -> set[tuple[int, int]]:
    return {(x, y) for x in range(WIDTH) for y in range(HEIGHT) if chip.dot(x, y)}


def test_a_fresh_display_is_dark() -> None:
    chip = Ssd1306()
    chip.write(b"\x40" + b"\xff" * 1024)
    assert lit(chip) == set()


def test_data_goes_column_by_column_page_by_page() -> None:
    assert lit(display(b"\x40\x01\x80")) == {(0, 0), (1, 7)}
    assert lit(display(b"\x40" + bytes(128) + b"\x01")) == {(0, 8)}


def test_a_whole_frame_comes_back_to_the_start() -> None:
    chip = display(b"\x40" + bytes(1024), b"\x40\x01")
    assert lit(chip) == {(0, 0)}


def test_a_window_limits_columns_and_pages() -> None:
    window = b"\x00\x21\x0a\x0b\x22\x02\x03"
    assert lit(display(window, b"\x40\x01\x02\x04\x08")) == {
        (10, 16),
        (11, 17),
        (10, 26),
        (11, 27),
    }


def test_page_mode_sets_page_and_column() -> None:
    assert lit(display(b"\x00\x20\x02\xb3\x05\x11", b"\x40\x01\x01")) == {(21, 24), (22, 24)}


def test_vertical_mode_fills_a_column_first() -> None:
    assert lit(display(b"\x00\x20\x01", b"\x40\x01\x01")) == {(0, 0), (0, 8)}


def test_single_commands_and_single_data_bytes_may_be_mixed() -> None:
    assert lit(display(b"\x80\xb1\x80\x20\x80\x02\xc0\x01\x80\xa7"[:-2])) == {(0, 8)}


def test_commands_may_come_one_by_one() -> None:
    chip = Ssd1306()
    for byte in INIT:
        chip.write(bytes((0x80, byte)))
    chip.write(b"\x40\x01")
    assert lit(chip) == {(0, 0)}


@pytest.mark.parametrize(
    ("command", "corner"),
    [("a0", (127, 0)), ("c0", (0, 63)), ("a0c0", (127, 63)), ("41", (0, 63)), ("d301", (0, 63))],
    ids=["segments", "rows", "both", "start line", "offset"],
)
def test_the_picture_can_be_turned_and_moved(command: str, corner: tuple[int, int]) -> None:
    assert lit(display(b"\x00" + bytes.fromhex(command), b"\x40\x01")) == {corner}


@pytest.mark.parametrize(
    ("command", "dots"),
    [("ae", 0), ("8d10", 0), ("a5", WIDTH * HEIGHT), ("a7", WIDTH * HEIGHT - 1), ("8155", 1)],
    ids=["off", "no charge pump", "all on", "inverse", "contrast"],
)
def test_what_can_be_seen_depends_on_commands(command: str, dots: int) -> None:
    assert len(lit(display(b"\x40\x01", b"\x00" + bytes.fromhex(command)))) == dots


def test_the_status_says_whether_the_display_is_on() -> None:
    assert Ssd1306().read(1) == b"\x40"
    assert display().read(1) == b"\x00"


def test_it_is_seen_as_picture_and_as_text(tmp_path: Path) -> None:
    chip = display(b"\x40\x03\x01\x02")
    chip.picture().save(tmp_path / "screen.png")
    with Image.open(tmp_path / "screen.png") as picture:
        assert picture.size == (512, 256)
        assert picture.getpixel((0, 0)) != picture.getpixel((12, 0))
    assert chip.text().splitlines()[0] == "█▀▄"
    assert len(chip.text().split("\n")) == 32


def test_the_display_of_the_profile_shows_what_the_program_sends(make_board: MakeBoard) -> None:
    board = make_board(
        START + f"i.writeto(60, b'\\x00' + {INIT!r})\ni.writevto(60, (b'\\x40', b'\\xff' * 1024))",
        profile=PROFILE,
    )
    finish(board)
    assert board.world.display is not None
    assert len(lit(board.world.display)) == WIDTH * HEIGHT


# The same module with an SH1106.
OTHER_INIT = bytes.fromhex("ae40 a1 a83f c8 d300 da12 d580 d9f1 db35 81ff a4 a6 ad8b 32 af")


def other_display(*writes: bytes) -> Sh1106:
    chip = Sh1106()
    chip.write(b"\x00" + OTHER_INIT)
    for data in writes:
        chip.write(data)
    return chip


def test_an_sh1106_shows_its_memory_from_the_third_column_on() -> None:
    assert lit(other_display(b"\x40\xff\xff\x01\x80")) == {(0, 0), (1, 7)}
    assert lit(other_display(b"\x00\xb3\x01\x18", b"\x40\x01\x01\xff\xff")) == {(127, 24)}


def test_an_sh1106_knows_no_addressing_but_by_pages() -> None:
    window = b"\x00\xb0\x02\x10"
    assert lit(other_display(window, b"\x40" + b"\x01" * 200)) == {(x, 0) for x in range(128)}


def test_an_sh1106_is_dark_without_its_converter() -> None:
    assert lit(other_display(b"\x40\0\0\x01", b"\x00\xad\x8a")) == set()
