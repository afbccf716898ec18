"""Relays, doors and the display of a cabinet whose code runs on the virtual board.

The board's program is not the product's main.py but one that does what a test asks for: here
nothing but the hardware may switch a coil off.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lockerctl.littlefs_image import PARTITION_BLOCK, build_image
from lockerctl.partition_table import TABLE_OFFSET, pack_table
from lockerctl.partitions import load_map
from lockerctl.profiles import load_profile
from lockerctl.stand_in import stand_in
from unixport import ROOT, compile_tree
from virtualboard.board import Cause, VirtualBoard

_PULSE_S = 0.4
_NOT_NEEDED = {"service", "wifi", "mail"}
_SLACK_S = 0.15  # of a busy host

_PROGRAM = """
import asyncio, json, machine, sys, time, vfs
from esp32 import Partition

vfs.mount(vfs.VfsLfs2(Partition("data")), "/code")
sys.path.append("/code")
profile = json.load(open("/profile.json"))
for item in profile["safe"]:
    machine.Pin(item["pin"], machine.Pin.OUT, value=item["level"])
watchdog = machine.WDT(timeout=2000)

from locker.cabinet import Cabinet

class Boot:
    trial = False
    board = dict()

async def nothing(_cabinet):
    pass

async def unlock(door):
    from locker.visit import Visit

    if cabinet.visit is None:
        cabinet.visit = Visit(cabinet, run=nothing)
    return await cabinet.visit.turns.take(cabinet.doors.door(door))

async def main():
    global cabinet
    cabinet = Cabinet(profile, Boot)
    task = asyncio.create_task(cabinet.run(watchdog.feed))
    await asyncio.sleep_ms(100)
{story}

if machine.reset_cause() == machine.PWRON_RESET:
    asyncio.run(main())
print("the end")
"""


def _flash(path: Path, model: str, story: str, code: Path) -> Path:
    partitions = load_map("4MiB")
    flash = bytearray(b"\xff" * partitions.flash_size)
    program = _PROGRAM.format(story="\n".join(f"    {line}" for line in story.splitlines()))
    contents = {
        "ota_0": stand_in(size=20_000),
        "vfs": _files(
            {"/main.py": program.encode(), "/profile.json": load_profile(model).data},
            partitions["vfs"].size,
        ),
        "data": _files(
            {f"/{path.relative_to(code)}": path.read_bytes() for path in _needed(code)},
            partitions["data"].size,
        ),
    }
    table = pack_table(partitions)
    flash[TABLE_OFFSET : TABLE_OFFSET + len(table)] = table
    for name, data in contents.items():
        offset = partitions[name].offset
        flash[offset : offset + len(data)] = data
    path.write_bytes(flash)
    return path


def _needed(code: Path) -> list[Path]:
    """What the program may load; `data` has no room for more."""
    return [path for path in code.rglob("*.mpy") if path.stem not in _NOT_NEEDED]


def _files(files: dict[str, bytes], size: int) -> bytes:
    return build_image(files, PARTITION_BLOCK, size // PARTITION_BLOCK)


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("code")
    for package in ("locker", "drivers", "store"):
        compile_tree(ROOT / "lib" / package, target / package, optimise=2)
    return target


@contextmanager
def _running(
    tmp_path: Path, code: Path, story: str, model: str = "bench"
) -> Iterator[VirtualBoard]:
    flash = _flash(tmp_path / "flash.bin", model, story, code)
    profile = json.loads(load_profile(model).data)
    with VirtualBoard(flash, profile=profile) as board:
        board.power_on()
        yield board


def _pulses(board: VirtualBoard, door: int) -> list[float]:
    """How long the relay of the door was on, each time."""
    pin = board.world.door(door).relay_pin
    changes = [change for change in board.pins.history if change.pin == pin]
    assert [change.level for change in changes] == [1, 0] * (len(changes) // 2)
    return [off.time - on.time for on, off in zip(changes[::2], changes[1::2], strict=True)]


def test_door_opens_with_a_pulse_of_the_profile(tmp_path: Path, code: Path) -> None:
    with _running(tmp_path, code, 'print("given", await unlock(2))') as board:
        board.console.wait_for("given True")
        assert board.world.door(2).open()
        assert not board.world.door(1).open()
        (pulse,) = _pulses(board, 2)
        assert pulse == pytest.approx(_PULSE_S, abs=_SLACK_S)


def test_pulse_ends_by_hardware_when_the_software_hangs(tmp_path: Path, code: Path) -> None:
    story = """\
asyncio.create_task(unlock(1))
while machine.Pin(16).value() == 0:
    await asyncio.sleep_ms(1)
print("hanging")
while True:
    pass"""
    with _running(tmp_path, code, story) as board:
        board.console.wait_for("hanging")
        assert board.wait_for_boot(2) == Cause.WATCHDOG
        (pulse,) = _pulses(board, 1)
        assert pulse == pytest.approx(_PULSE_S, abs=_SLACK_S)


def test_relays_are_off_when_the_task_is_cancelled_mid_pulse(tmp_path: Path, code: Path) -> None:
    story = """\
asyncio.create_task(unlock(1))
await asyncio.sleep_ms(100)
task.cancel()
await asyncio.sleep_ms(0)
print("cancelled")
await asyncio.sleep_ms(600)"""
    with _running(tmp_path, code, story) as board:
        board.console.wait_for("the end")
        (pulse,) = _pulses(board, 1)
        assert pulse < _PULSE_S / 2


def test_customers_get_one_coil_at_a_time(tmp_path: Path, code: Path) -> None:
    story = "await asyncio.gather(*(unlock(door) for door in (4, 1, 3, 2)))"
    with _running(tmp_path, code, story) as board:
        board.console.wait_for("the end")
        relays = {board.world.door(door).relay_pin: door for door in (1, 2, 3, 4)}
        changes = [change for change in board.pins.history if change.pin in relays]
        assert [change.level for change in changes] == [1, 0] * 4
        assert [relays[change.pin] for change in changes[::2]] == [4, 1, 3, 2]


def test_relay_that_is_stuck_is_named_by_the_self_test(tmp_path: Path, code: Path) -> None:
    story = """\
print("ask")
await asyncio.sleep_ms(500)
for name, check in cabinet.checks():
    print("check", name, check())"""
    with _running(tmp_path, code, story) as board:
        board.console.wait_for("ask")
        board.pins.stick(board.world.door(3).relay_pin, 1)
        board.console.wait_for("the end")
        checks = [line for line in board.console.lines() if line.startswith("check")]
        assert checks == [
            "check profile None",
            "check relays relay 3 reads on",
            "check sensors None",
            "check display None",
            "check heap None",
        ]


def test_display_shows_what_the_console_says(tmp_path: Path, code: Path) -> None:
    story = """\
print("idle")
await asyncio.sleep_ms(1000)
cabinet.upgrading(50)
print("upgrade")
await asyncio.sleep_ms(300)"""
    with _running(tmp_path, code, story, "oled") as board:
        display = board.world.display
        assert display is not None
        board.console.wait_for("idle")
        while not display.text().strip():
            time.sleep(0.02)
        ready = display.text()
        board.console.wait_for("upgrade")
        assert display.text() != ready
        assert "screen: upgrading | 50 %" in board.console.text  # no assets there
        bar = [display.dot(x, 40) for x in range(128)]
        assert bar == [1] * 64 + [0] * 63 + [1]


def test_display_that_dies_does_not_stop_the_doors(tmp_path: Path, code: Path) -> None:
    story = """\
print("idle")
await asyncio.sleep_ms(300)
print("given", await unlock(1))"""
    with _running(tmp_path, code, story, "oled") as board:
        board.console.wait_for("idle")
        assert board.world.display is not None
        board.world.display.is_dead = True
        board.console.wait_for("given True")
        assert board.world.door(1).open()
        assert "display does not answer" in board.console.text
