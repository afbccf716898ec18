"""The port's clock, and what asyncio makes of it."""

import time
from collections.abc import Callable

import pytest

from conftest import MakeBoard
from virtualboard.board import State

Run = Callable[..., list[str]]


def test_the_epoch_is_2000_and_seconds_are_whole(run: Run) -> None:
    lines = run(
        """
import time
print(time.gmtime(0), time.time() < 5, type(time.time()))
print(time.mktime((2026, 5, 4, 12, 34, 56, 0, 0)), time.gmtime(831213296))
print(time.localtime(831213296)[:3])
"""
    )
    assert lines == [
        "(2000, 1, 1, 0, 0, 0, 5, 1) True <class 'int'>",
        "831213296 (2026, 5, 4, 12, 34, 56, 0, 124)",
        "(2026, 5, 4)",
    ]


def test_the_clock_is_set_by_the_program(run: Run) -> None:
    lines = run(
        """
import machine, time
rtc = machine.RTC()
print(rtc.datetime()[:4])
rtc.datetime((2026, 5, 4, 0, 12, 34, 56, 0))
print(time.time() - 831213296 < 2, rtc.datetime()[:6])
"""
    )
    assert lines == ["(2000, 1, 1, 5)", "True (2026, 5, 4, 0, 12, 34)"]


def test_the_clock_is_set_from_outside(make_board: MakeBoard) -> None:
    board = make_board("import time\nprint(time.gmtime()[:3])")
    board.power_on()
    board.wait_for_state(State.REPL)
    board.rtc.unix_time = 1_900_000_000
    board.reset()
    board.wait_for_boot(2)
    board.wait_for_state(State.REPL)
    assert board.console.lines()[-1] == "(2030, 3, 17)"
    assert board.rtc.unix_time == pytest.approx(1_900_000_000, abs=5)


def test_ticks_wrap_at_30_bits(run: Run) -> None:
    lines = run(
        """
import time
print(time.ticks_add(0, -1) == 2**30 - 1)
print(time.ticks_diff(5, 2**30 - 5), time.ticks_diff(2**30 - 5, 5))
print(all(0 <= t() < 2**30 for t in (time.ticks_ms, time.ticks_us, time.ticks_cpu)))
a = time.ticks_ms(); time.sleep_ms(20)
print(20 <= time.ticks_diff(time.ticks_ms(), a) < 60)
"""
    )
    assert lines == ["True", "10 -10", "True", "True"]


def test_asyncio_works_with_it(run: Run) -> None:
    lines = run(
        """
import asyncio, time
async def tick(name, ms, n):
    for _ in range(n):
        await asyncio.sleep_ms(ms)
    print(name)
async def main():
    start = time.ticks_ms()
    event = asyncio.Event()
    async def waiter():
        await event.wait()
        print('event')
    task = asyncio.create_task(waiter())
    await asyncio.gather(tick('slow', 20, 3), tick('fast', 5, 3))
    event.set()
    await task
    try:
        await asyncio.wait_for_ms(asyncio.sleep(10), 20)
    except (asyncio.TimeoutError, TypeError) as e:
        print(type(e).__name__)
    print(60 <= time.ticks_diff(time.ticks_ms(), start) < 400)
asyncio.run(main())
"""
    )
    assert lines[:3] == ["fast", "slow", "event"]
    assert lines[-1] == "True"


def test_timers_call_once_or_again_and_again(run: Run) -> None:
    lines = run(
        """
import machine, time
seen = []
machine.Timer(0, mode=machine.Timer.ONE_SHOT, period=10, callback=lambda t: seen.append('once'))
often = machine.Timer(1, freq=100, callback=lambda t: seen.append('often'))
time.sleep_ms(200)
often.deinit()
time.sleep_ms(20)
count = seen.count('often')
time.sleep_ms(60)
print(seen.count('once'), 5 < count <= 21, seen.count('often') == count)
"""
    )
    assert lines == ["1 True True"]


def test_a_timer_is_gone_after_a_soft_reset(make_board: MakeBoard) -> None:
    board = make_board(
        """
import machine, time
if machine.reset_cause() == 1:
    machine.Timer(0, period=5, callback=lambda t: None)
    time.sleep_ms(20)
    machine.soft_reset()
time.sleep_ms(50)
print('still fine')
"""
    )
    board.power_on()
    board.console.wait_for("still fine")


def test_time_costs_the_host_nothing_while_the_board_sleeps(make_board: MakeBoard) -> None:
    board = make_board("import time\nprint('up')\ntime.sleep(60)")
    board.power_on()
    board.console.wait_for("up")
    busy = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - busy < 0.2
