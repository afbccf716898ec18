"""From power on to the program, as the ESP32 port does it (facts/esp32-ota.md 10)."""

from collections.abc import Callable

import pytest
from handmade import PART, flash_image, put
from test_bootloader import corrupt

from conftest import MakeBoard
from virtualboard.board import Cause, State
from virtualboard.child import runtime

Run = Callable[..., list[str]]


def test_boot_and_main_share_their_names(run: Run) -> None:
    lines = run("print(x, __name__, __file__)", boot="x = 42; print(__name__, __file__)")
    assert lines == ["__main__ boot.py", "42 __main__ main.py"]


def test_main_is_not_run_when_boot_raises(run: Run) -> None:
    lines = run("print('main')", boot="print('boot')\n1 / 0")
    assert lines[0] == "boot"
    assert lines[-1].startswith("ZeroDivisionError")
    assert "main" not in lines


def test_an_exception_in_main_ends_in_the_repl(make_board: MakeBoard) -> None:
    board = make_board("raise ValueError('wrong')")
    board.power_on()
    board.wait_for_state(State.REPL)
    assert "ValueError: wrong" in board.console.text
    assert board.causes == [Cause.POWER_ON]


def test_missing_files_are_no_error(make_board: MakeBoard) -> None:
    board = make_board(image=flash_image({"other.txt": "x"}))
    board.power_on()
    board.wait_for_state(State.REPL)


def test_programs_are_found_where_the_port_looks(run: Run) -> None:
    files = {"here.py": "print('here')"}
    lines = run("import sys, here\nprint(sys.path, sys.argv)", files=files)
    assert lines == ["here", "['', '.frozen', '/lib'] []"]


def test_the_root_is_the_flash_and_the_host_is_out_of_reach(run: Run) -> None:
    lines = run(
        """
import os, vfs
print(os.listdir('/'), os.getcwd(), hasattr(os, 'getenv'), hasattr(vfs, 'VfsPosix'))
try:
    open('/etc/hostname')
except OSError as e:
    print(e.errno)
"""
    )
    assert lines == ["['boot.py', 'main.py'] / False False", "2"]


def test_files_written_by_the_program_are_there_after_a_power_cut(make_board: MakeBoard) -> None:
    board = make_board(
        """
import os
if 'note' in os.listdir():
    print('found', open('note').read())
else:
    with open('note', 'w') as f:
        f.write('remember')
"""
    )
    for _ in range(2):
        board.power_on()
        board.wait_for_state(State.REPL)
        board.cut_power()
    assert "found remember" in board.console.lines()


def test_a_blank_vfs_is_formatted(make_board: MakeBoard) -> None:
    image = flash_image({})
    put(image, "vfs", b"\xff" * PART["vfs"][3])
    board = make_board(image=image)
    board.power_on()
    board.wait_for_state(State.REPL)
    assert "Performing initial setup" in board.console.text
    assert b"littlefs" in board.flash.read(PART["vfs"][2], 64)


def test_one_good_superblock_is_enough(make_board: MakeBoard) -> None:
    image = flash_image({"main.py": "print('fine')"})
    image[PART["vfs"][2] : PART["vfs"][2] + 4096] = b"\x00" * 4096
    board = make_board(image=image)
    board.power_on()
    board.console.wait_for("fine")


def test_a_broken_vfs_hangs_the_board_for_ever(make_board: MakeBoard) -> None:
    image = flash_image({})
    put(image, "vfs", b"\x00" * 8192)
    board = make_board(image=image)
    board.power_on()
    board.wait_for_state(State.NO_FILESYSTEM)
    assert "corrupted" in board.console.text


def test_system_exit_is_a_soft_reset(make_board: MakeBoard) -> None:
    board = make_board("import machine, sys\nif machine.reset_cause() != 5: sys.exit()")
    board.power_on()
    board.wait_for_state(State.REPL)
    assert board.causes == [Cause.POWER_ON, Cause.SOFT]
    assert board.console.text.count("[bootloader] starting") == 1


@pytest.mark.parametrize(("slot", "other"), [("ota_0", "ota_1"), ("ota_1", "ota_0")])
def test_the_running_slot_is_what_the_bootloader_chose(
    make_board: MakeBoard, slot: str, other: str
) -> None:
    image = corrupt(flash_image({}), other)
    board = make_board(image=image)
    board.power_on()
    board.wait_for_state(State.REPL)
    assert board.running == slot


def test_no_bootable_image_is_a_brick_until_it_is_flashed(make_board: MakeBoard) -> None:
    board = make_board(image=corrupt(corrupt(flash_image({}), "ota_0"), "ota_1"))
    board.power_on()
    board.wait_for_state(State.BRICKED)
    assert board.bricked_because == "no bootable app partition"
    assert board.causes == []
    board.power_off()
    assert board.state == State.OFF


def test_a_flipped_bit_in_the_partition_table_is_a_brick(make_board: MakeBoard) -> None:
    image = flash_image({})
    image[0x8010] ^= 1
    board = make_board(image=image)
    board.power_on()
    board.wait_for_state(State.BRICKED)
    assert "MD5" in board.bricked_because


def test_the_program_has_the_heap_of_a_board_whatever_the_shims_take(run: Run) -> None:
    assert runtime().heap_taken > 0
    main = "import gc; gc.collect(); print(gc.mem_free())"
    small, large = (int(run(main, heap_bytes=kib * 1024)[0]) for kib in (100, 200))
    assert large - small == pytest.approx(100 * 1024, rel=0.02)
    # And what an open connection would take: see test_network.py.
    assert 140 * 1024 < small < 157 * 1024


def test_a_program_that_wants_more_gets_a_memory_error(run: Run) -> None:
    assert run("b = bytearray(240 * 1024)")[-1].startswith("MemoryError")


def test_a_crash_of_the_interpreter_is_a_panic(make_board: MakeBoard) -> None:
    board = make_board(
        "import machine, uctypes\n"
        "if machine.reset_cause() == 1: uctypes.bytearray_at(0, 1)[0] = 1\n"
    )
    board.power_on()
    board.wait_for_state(State.REPL)
    assert board.causes == [Cause.POWER_ON, Cause.HARD]
    assert "[panic] MicroPython crashed" in board.console.text
