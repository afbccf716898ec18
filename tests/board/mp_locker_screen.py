"""What a cabinet says, on the console and on a display that may be gone."""

import asyncio
import builtins
import sys
import time

import fake_hardware as hardware
import fakes_assets as assets
from fake_cabinet import Boot, profile, unlock
from fake_ssd1306 import Chip

import locker
from locker import screen
from locker.cabinet import Cabinet

TLS = False  # while somebody is there there is no connection

said = []


def _listen():
    builtins.print = lambda *words: said.append(" ".join(str(word) for word in words))


def _fit(chip, language="en"):
    hardware.buses[0] = {60: chip} if chip else {}
    return screen.Screen(profile(display=True), language, assets.FOLDER)


def _lit(chip, pages):
    return sum(bin(value).count("1") for page in pages for value in chip.memory[page])


def test_console_tells_each_change_once():
    _listen()
    assets.write_texts("en", {"idle": "Ready", "upgrading": "Upgrading\nplease wait"})
    shown = screen.Screen(profile(), "en", assets.FOLDER)
    shown.show("idle")
    shown.show("idle")
    shown.show("upgrading", percent=40)
    shown.show("upgrading", percent=40)
    shown.show("upgrading", percent=50)
    assert said == [
        "screen: Ready",
        "screen: Upgrading | please wait | 40 %",
        "screen: Upgrading | please wait | 50 %",
    ]


def test_console_is_english_whatever_the_display_says():
    _listen()
    assets.write_texts("en", {"door_open": "Open door {}"})
    assets.write_texts("zh", {"door_open": "请打开 {} 号门"})
    assets.write_glyphs("请打开号门 3")
    chip = Chip()
    shown = _fit(chip, "zh")
    shown.show("door_open", 3)
    shown.draw_all(0)
    assert said == ["screen: Open door 3"]
    assert _lit(chip, (3, 4)) == _lit(chip, range(8)) == 16 * (5 * 16 + 3 * 8)


def test_secret_is_on_the_display_alone():
    _listen()
    assets.write_texts("en", {"pickup_code": "Door {}: {}"})
    assets.write_glyphs("0123456789ABCD")
    chip = Chip()
    shown = _fit(chip)
    shown.show("pickup_code", 12, "345A", secret=True)
    shown.draw_all(0)
    assert said == ["screen: Door **: ****"]
    lit = _lit(chip, range(8))
    shown.show("pickup_code", 12, "34", secret=True)
    shown.draw_all(0)
    assert _lit(chip, range(8)) == lit - 2 * 16 * 8


async def test_screen_follows_the_cabinet():
    _listen()
    cabinet = Cabinet(profile(), Boot(trial=True))
    task = asyncio.create_task(cabinet.run(lambda: None))
    cabinet.ready()
    cabinet.doors.door(2).put_out_of_order("hinge")
    await asyncio.sleep_ms(50)
    for door in (1, 3, 4):
        cabinet.doors.door(door).put_out_of_order("hinge")
    await asyncio.sleep_ms(50)
    task.cancel()
    assert [line for line in said if line.startswith("screen")] == [
        "screen: upgrading",
        "screen: idle",
        "screen: idle_except 2",
        "screen: out_of_order",
    ]


def test_text_and_bar_reach_the_display():
    chip = Chip()
    shown = _fit(chip)
    shown.show("upgrading", percent=50)
    shown.draw_all(0)
    assert chip.is_on
    assert [chip.pixel(x, 36) for x in (0, 1, 63, 64, 126, 127)] == [1, 1, 1, 1, 1, 1]
    assert [chip.pixel(x, 40) for x in (0, 1, 63, 64, 126, 127)] == [1, 1, 1, 0, 0, 1]
    shown.show("idle")
    shown.draw_all(0)
    assert 0 < _lit(chip, range(8)) == _lit(chip, (3, 4))


def test_each_step_draws_one_row_or_sends_some_pages_that_have_changed():
    assets.write_texts("en", {"code": "Your code\n{}\n# ok"})
    assets.write_glyphs("Yourcdek#* ")
    chip = Chip()
    shown = _fit(chip)
    shown.show("code", "*")
    for now_ms in (0, 20, 40):
        shown.refresh(now_ms)
        assert chip.transfers == 0
    for pages in (4, 8, 8):
        shown.refresh(60)
        assert len(chip.pages_written) == pages
    chip.pages_written.clear()
    shown.show("code", "**")
    for wanted in ([], [3, 4], [3, 4]):
        shown.refresh(240)
        assert chip.pages_written == wanted


def test_idle_display_gets_no_traffic():
    chip = Chip()
    shown = _fit(chip)
    shown.show("idle")
    shown.draw_all(0)
    chip.pages_written.clear()
    shown.refresh(20)
    shown.show("idle")
    shown.draw_all(40)
    assert chip.pages_written == []


def test_change_that_comes_while_another_is_drawn_wins():
    chip = Chip()
    shown = _fit(chip)
    shown.show("upgrading", percent=50)
    shown.refresh(0)
    shown.show("idle")
    shown.draw_all(20)
    wanted = Chip()
    shown = _fit(wanted)
    shown.show("idle")
    shown.draw_all(0)
    assert chip.memory == wanted.memory


def test_code_that_draws_is_gone_a_while_after_the_last_change():
    assets.write_texts("en", {"code": "Your code\n{}"})
    assets.write_glyphs("Yourcde* ")
    chip = Chip()
    shown = _fit(chip)
    assert not _drawing_modules()
    shown.show("code", "*")
    shown.refresh(time.ticks_add(time.ticks_ms(), 6000))
    shown.draw_all(time.ticks_ms())
    assert _drawing_modules()
    shown.refresh(time.ticks_add(time.ticks_ms(), 5001))
    assert not _drawing_modules()
    lit = _lit(chip, range(8))
    shown.show("code", "**")
    shown.draw_all(time.ticks_ms())
    assert _lit(chip, range(8)) == lit + 8 * 16


def _drawing_modules():
    names = ("drawing", "font", "texts")
    return [name for name in names if "locker." + name in sys.modules or hasattr(locker, name)]


def test_dead_display_is_noted_once_and_tried_again_after_a_pause():
    _listen()
    gone = Chip()
    gone.fail_after = 0
    shown = _fit(gone)
    start_ms = time.ticks_add(0, -15_000)  # the ticks wrap meanwhile
    shown.show("idle")
    for ms in range(0, 30_000, 20):
        shown.refresh(time.ticks_add(start_ms, ms))
    assert said == ["screen: idle", "display does not answer: [Errno 19] ENODEV"]
    assert gone.transfers == 3
    hardware.buses[0][60] = chip = Chip()
    shown.draw_all(time.ticks_add(start_ms, 30_020))
    assert _lit(chip, range(8))


async def test_dead_display_does_not_stop_the_doors():
    hardware.buses[0] = {}
    cabinet = Cabinet(profile(display=True), Boot())
    task = asyncio.create_task(cabinet.run(lambda: None))
    assert await unlock(cabinet, 1)
    cabinet.upgrading(5)
    cabinet.ready()
    assert await unlock(cabinet, 2)
    task.cancel()


async def test_display_that_dies_between_two_pages_does_not_stop_the_doors():
    hardware.buses[0] = {60: Chip()}
    hardware.buses[0][60].fail_after = 4
    cabinet = Cabinet(profile(display=True), Boot())
    task = asyncio.create_task(cabinet.run(lambda: None))
    assert await unlock(cabinet, 1)
    task.cancel()


def test_display_whose_supply_has_dipped_is_set_up_for_the_next_screens():
    assets.write_texts("en", {"idle": "Ready"})
    assets.write_glyphs("Ready")
    shown = _fit(Chip())
    shown.show("idle", 1)
    shown.draw_all(time.ticks_ms())
    hardware.buses[0][60] = chip = Chip()
    shown.refresh(time.ticks_add(time.ticks_ms(), 6000))
    shown.show("idle", 2)
    shown.draw_all(time.ticks_ms())
    assert chip.is_on
    assert _lit(chip, range(8))


def test_row_that_finds_no_memory_is_drawn_as_soon_as_there_is_some():
    assets.write_texts("en", {"idle": "Ready"})
    assets.write_glyphs("Ready")
    chip = Chip()
    shown = _fit(chip)
    shown.show("idle")
    draw_row = shown._drawing.draw_row

    def fail():
        raise MemoryError

    shown._drawing.draw_row = fail
    shown.refresh(time.ticks_ms())
    assert not chip.pages_written
    shown._drawing.draw_row = draw_row
    shown.refresh(time.ticks_add(time.ticks_ms(), 600))
    shown.draw_all(time.ticks_ms())
    assert _lit(chip, range(8))


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


def test_display_at_a_bus_that_there_is_not_fails_the_check():
    described = profile(display=True)
    del described["i2c"]
    assert _fault(described) == "display: ValueError: no i2c bus 0"


def test_screen_that_finds_no_memory_is_said_as_soon_as_there_is_some():
    _listen()
    assets.write_texts("en", {"idle": "Ready"})
    load = screen._load

    def fail(*_arguments):
        raise MemoryError

    screen._load = fail
    shown = screen.Screen(profile(), "en", assets.FOLDER)
    shown.show("idle")
    shown.show("idle")
    begun_ms = time.ticks_ms()
    shown.refresh(time.ticks_add(begun_ms, 400))
    assert said == ["screen: no memory to show idle"]
    shown.refresh(time.ticks_add(begun_ms, 600))
    assert said == ["screen: no memory to show idle"] * 2
    screen._load = load
    shown.refresh(time.ticks_add(begun_ms, 1800))
    assert said[2:] == ["screen: Ready"]
