"""Resets, their causes, and what lives through them (facts/esp32-ota.md 8)."""

import time
from collections.abc import Callable

import pytest
from handmade import flash_image
from ota_entries import ABORTED, BLANK, NEW, PENDING, VALID, entry
from test_bootloader import entries, with_otadata

from conftest import MakeBoard
from virtualboard.board import Cause, State, VirtualBoard

Run = Callable[..., list[str]]

# Counts its starts in RTC memory, prints cause and count, does `{}` the first time.
COUNTING = """
import machine
rtc = machine.RTC()
n = len(rtc.memory())
rtc.memory(rtc.memory() + b'x')
print('start', machine.reset_cause(), n)
if n == 0:
    {}
"""


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        ("machine.reset()", Cause.HARD),
        ("machine.soft_reset()", Cause.SOFT),
        ("machine.deepsleep(10)", Cause.DEEP_SLEEP),
        ("machine.WDT(timeout=50)\n    while True: pass", Cause.WATCHDOG),
        ("import esp32; p = esp32.Partition('ota_0'); p.writeblocks(0, b'', 0)", None),
        ("import esp32; esp32.Partition('ota_0').ioctl(6, 0)", Cause.HARD),
        ("import esp32; esp32.Partition('ota_0').writeblocks(0, b'x', 0)", Cause.HARD),
    ],
    ids=["reset", "soft reset", "deep sleep", "watchdog", "nothing", "erase", "program"],
)
def test_cause_and_rtc_memory_after(
    make_board: MakeBoard, action: str, cause: Cause | None
) -> None:
    board = make_board(COUNTING.format(action))
    board.power_on()
    board.wait_for_state(State.REPL)
    starts = [line for line in board.console.lines() if line.startswith("start")]
    again = [] if cause is None else [f"start {int(cause)} 1"]
    assert starts == ["start 1 0", *again]


def test_writing_to_the_running_slot_panics_and_changes_nothing(make_board: MakeBoard) -> None:
    board = make_board(COUNTING.format("import esp32; esp32.Partition('ota_0').ioctl(6, 0)"))
    before = board.flash.read(0x10000, 0x1000)
    board.power_on()
    board.wait_for_state(State.REPL)
    assert "[panic] abort(): write to the running partition ota_0" in board.console.text
    assert board.flash.read(0x10000, 0x1000) == before


def test_power_off_loses_rtc_memory_and_clock(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine, time
print(machine.RTC().memory(), time.gmtime()[0])
machine.RTC().memory(b'kept')
machine.RTC().datetime((2026, 1, 2, 0, 3, 4, 5, 0))
if machine.reset_cause() == 1:
    machine.reset()
"""
    )
    for _ in range(2):
        board.power_on()
        board.wait_for_state(State.REPL)
        board.power_off()
    lines = [line for line in board.console.lines() if line.startswith("b'")]
    assert lines == ["b'' 2000", "b'kept' 2026"] * 2


def test_rtc_memory_holds_2048_bytes_and_no_more(run: Run) -> None:
    lines = run(
        """
import machine
rtc = machine.RTC()
rtc.memory(bytes(2048))
print(len(rtc.memory()))
try:
    rtc.memory(bytes(2049))
except ValueError as e:
    print(e)
"""
    )
    assert lines == ["2048", "buffer too long"]


def test_a_reset_can_not_be_caught(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine
if machine.reset_cause() == 1:
    try:
        machine.reset()
    except BaseException:
        print('caught')
    print('goes on')
"""
    )
    board.power_on()
    board.wait_for_state(State.REPL)
    assert board.causes == [Cause.POWER_ON, Cause.HARD]
    assert "caught" not in board.console.text
    assert "goes on" not in board.console.text


def test_the_reset_button_and_ctrl_d(make_board: MakeBoard) -> None:
    board = make_board("print('up')\nwhile True: pass")
    board.power_on()
    for press in (board.reset, board.soft_reset):
        board.console.wait_for("up", since=len(board.console))
        press()
    board.wait_for_boot(3)
    assert board.causes == [Cause.POWER_ON, Cause.HARD, Cause.SOFT]


def boot_once(board: VirtualBoard) -> str:
    board.power_on()
    board.wait_for_state(State.REPL)
    board.power_off()
    return board.running


def test_a_trial_that_is_not_confirmed_is_reverted(make_board: MakeBoard) -> None:
    image = with_otadata(flash_image({}), entry(1, VALID), entry(2, NEW))
    board = make_board(image=image)
    assert boot_once(board) == "ota_1"
    assert entries(board.flash) == (entry(1, VALID), entry(2, PENDING))
    assert boot_once(board) == "ota_0"
    assert entries(board.flash) == (entry(1, VALID), entry(2, ABORTED))


def test_a_soft_reset_does_not_end_a_trial(make_board: MakeBoard) -> None:
    image = with_otadata(
        flash_image({"main.py": COUNTING.format("machine.soft_reset()")}),
        entry(1, VALID),
        entry(2, NEW),
    )
    board = make_board(image=image)
    board.power_on()
    board.wait_for_state(State.REPL)
    assert board.causes == [Cause.POWER_ON, Cause.SOFT]
    assert board.running == "ota_1"
    assert entries(board.flash) == (entry(1, VALID), entry(2, PENDING))


def test_deep_sleep_wakes_the_same_image_and_leaves_the_record(make_board: MakeBoard) -> None:
    sleep = "import esp32; esp32.Partition('ota_1').set_boot(); machine.deepsleep(10)"
    board = make_board(COUNTING.format(sleep))
    board.power_on()
    board.wait_for_state(State.REPL)
    assert board.causes == [Cause.POWER_ON, Cause.DEEP_SLEEP]
    assert board.running == "ota_0"
    assert entries(board.flash) == (entry(1, VALID), entry(2, NEW))


def test_deep_sleep_without_a_time_ends_with_the_reset_button(make_board: MakeBoard) -> None:
    board = make_board(COUNTING.format("machine.deepsleep()"))
    board.power_on()
    board.wait_for_state(State.ASLEEP)
    board.reset()
    board.wait_for_state(State.REPL)
    assert board.causes == [Cause.POWER_ON, Cause.HARD]


def test_an_update_from_the_program(make_board: MakeBoard) -> None:
    board = make_board(
        """
import esp32, machine
P = esp32.Partition
running, boot = P(P.RUNNING).info()[4], P(P.BOOT).info()[4]
print('runs', running, boot)
if running == 'ota_0':
    P(P.RUNNING).get_next_update().set_boot()
    machine.reset()
P.mark_app_valid_cancel_rollback()
"""
    )
    board.power_on()
    board.wait_for_state(State.REPL)
    assert [line for line in board.console.lines() if line.startswith("runs")] == [
        "runs ota_0 ota_0",
        "runs ota_1 ota_1",
    ]
    assert entries(board.flash) == (entry(1, VALID), entry(2, VALID))


@pytest.mark.parametrize("torn", [False, True])
def test_power_can_be_cut_at_every_operation_of_an_update(
    make_board: MakeBoard, torn: bool
) -> None:
    """Boot, write a slot's first sector back, set_boot, reset, confirm: never neither slot."""
    program = """
import esp32, machine
P = esp32.Partition
p = P('ota_1')
if P(P.RUNNING).info()[4] == 'ota_0':
    b = bytearray(4096)
    P('ota_0').readblocks(0, b)
    p.writeblocks(0, b)
    p.set_boot()
    machine.reset()
P.mark_app_valid_cancel_rollback()
"""
    image = with_otadata(flash_image({"main.py": program}), entry(1, VALID), BLANK)
    whole = make_board(image=image)
    assert boot_once(whole) == "ota_1"
    operations = whole.flash.operations
    assert operations == 8
    for operation in range(1, operations + 1):
        board = make_board(image=image)
        board.cut_power_at(operation, torn=torn)
        board.power_on()
        board.wait_for_state(State.OFF)
        assert boot_once(board) == "ota_1"


def test_power_goes_in_the_middle_of_the_program(make_board: MakeBoard) -> None:
    board = make_board("import time\nprint('up')\ntime.sleep(100)")
    board.power_on()
    board.console.wait_for("up")
    started = time.monotonic()
    board.cut_power()
    assert board.state == State.OFF
    assert time.monotonic() - started < 5


def test_a_board_boots_quickly(make_board: MakeBoard) -> None:
    board = make_board("print('up')")
    seconds = []
    for _ in range(3):
        board.power_off()
        started = time.monotonic()
        board.power_on()
        board.wait_for_state(State.REPL)
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 1


def test_unique_id_is_the_boards_own(run: Run) -> None:
    assert run("import machine; print(machine.unique_id())", unique_id=b"abcdef") == ["b'abcdef'"]
