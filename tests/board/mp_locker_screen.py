"""What a cabinet says, on the console and on a display that may be gone."""

import asyncio
import builtins
import time

import fake_hardware as hardware
from fake_cabinet import Boot, profile
from fake_ssd1306 import Chip

from locker import screen
from locker.cabinet import Cabinet

said = []


def _listen():
    builtins.print = lambda *words: said.append(" ".join(str(word) for word in words))


def _fit(chip):
    hardware.buses[0] = {60: chip} if chip else {}
    return screen.Screen(profile(display=True), False)


def _lit(chip, pages):
    return sum(bin(value).count("1") for page in pages for value in chip.memory[page])


def test_console_tells_each_change_once():
    _listen()
    shown = screen.Screen(profile(), False)
    shown.show(screen.READY)
    shown.show(screen.READY)
    shown.show(screen.UPGRADING, 40)
    shown.show(screen.UPGRADING, 40)
    shown.show(screen.UPGRADING, 50)
    assert said == [
        "screen: Ready",
        "screen: Upgrading | please wait | 40 %",
        "screen: Upgrading | please wait | 50 %",
    ]


def test_insecure_demo_is_said_aloud():
    _listen()
    cabinet = Cabinet(profile(), Boot(insecure_demo=True))
    cabinet.upgrading()
    assert said == [
        "screen: INSECURE DEMO | Ready",
        "screen: INSECURE DEMO | Upgrading | please wait",
    ]


async def test_screen_follows_the_cabinet():
    _listen()
    cabinet = Cabinet(profile(), Boot(trial=True))
    task = asyncio.create_task(cabinet.run(lambda: None))
    cabinet.ready()
    await cabinet.unlock(3)
    cabinet.put_out_of_order(2, "hinge")
    await asyncio.sleep_ms(50)
    for door in (1, 3, 4):
        cabinet.put_out_of_order(door, "hinge")
    await asyncio.sleep_ms(50)
    task.cancel()
    assert [line for line in said if line.startswith("screen")] == [
        "screen: Upgrading | please wait",
        "screen: Ready",
        "screen: Open door 3",
        "screen: Ready",
        "screen: Ready | not door 2",
        "screen: Out of order",
    ]


def test_text_and_bar_reach_the_display():
    chip = Chip()
    shown = _fit(chip)
    shown.show(screen.UPGRADING, 50)
    shown.refresh(0)
    assert chip.is_on
    assert [chip.pixel(x, 44) for x in (0, 1, 63, 64, 126, 127)] == [1, 1, 1, 0, 0, 1]
    shown.show(screen.READY)
    shown.refresh(0)
    assert 0 < _lit(chip, range(8)) == _lit(chip, (3, 4))


def test_idle_display_gets_no_traffic():
    chip = Chip()
    shown = _fit(chip)
    shown.show(screen.READY)
    shown.refresh(0)
    chip.pages_written.clear()
    shown.refresh(20)
    shown.show(screen.READY)
    shown.refresh(40)
    assert chip.pages_written == []


def test_dead_display_is_noted_once_and_tried_again_after_a_pause():
    _listen()
    gone = Chip()
    gone.fail_after = 0
    shown = _fit(gone)
    start_ms = time.ticks_add(0, -15_000)  # the ticks wrap meanwhile
    shown.show(screen.READY)
    for ms in range(0, 30_000, 20):
        shown.refresh(time.ticks_add(start_ms, ms))
    assert said == ["screen: Ready", "display does not answer: [Errno 19] ENODEV"]
    assert gone.transfers == 3
    hardware.buses[0][60] = chip = Chip()
    shown.refresh(time.ticks_add(start_ms, 30_020))
    assert _lit(chip, range(8))


async def test_dead_display_does_not_stop_the_doors():
    hardware.buses[0] = {}
    cabinet = Cabinet(profile(display=True), Boot())
    task = asyncio.create_task(cabinet.run(lambda: None))
    assert await cabinet.unlock(1)
    cabinet.upgrading(5)
    cabinet.ready()
    assert await cabinet.unlock(2)
    task.cancel()


async def test_display_that_dies_between_two_pages_does_not_stop_the_doors():
    hardware.buses[0] = {60: Chip()}
    hardware.buses[0][60].fail_after = 4
    cabinet = Cabinet(profile(display=True), Boot())
    task = asyncio.create_task(cabinet.run(lambda: None))
    assert await cabinet.unlock(1)
    task.cancel()


def _fault(described):
    return dict(Cabinet(described, Boot()).checks())["display"]()


def test_display_check_wants_an_acknowledge():
    hardware.buses[0] = {60: Chip()}
    assert _fault(profile(display=True)) is None
    hardware.buses[0].clear()
    assert _fault(profile(display=True)) == "display does not answer: [Errno 19] ENODEV"


def test_display_that_this_software_does_not_know_fails_the_check():
    described = profile(display=True)
    described["display"]["chip"] = "st7789"
    assert _fault(described) == "display: ValueError: unknown chip st7789"
    described = profile(display=True)
    del described["i2c"]
    assert _fault(described) == "display: ValueError: no i2c bus 0"
