"""Turns: one coil at a time, and what the sensor says afterwards."""

import asyncio
import time

import fake_hardware as hardware
from fake_mcp23017 import Chip

from locker.doors import STUCK_OPEN, Doors
from locker.turns import Turns

_PULSE_MS = 60
_BUS = {"id": 0, "scl": 22, "sda": 21, "freq": 400000}


class Running:
    """Doors 1 and 2 at an expander, door 3 at GPIOs, and the loop that a cabinet runs."""

    def __init__(self, retries=1, sensors=True, reset=None, pulse_ms=_PULSE_MS):
        self.chip = Chip()
        self.chip.outside = 0
        hardware.buses[0] = {0x20: self.chip}
        relays = [{"expander": 0, "bit": bit} for bit in (0, 7)] + [{"pin": 16}]
        doors = []
        for bit, relay in enumerate(relays):
            relay.update(on=1, pulse_ms=pulse_ms, retries=retries)
            door = {"relay": relay}
            if sensors:
                behind = {"expander": 0, "bit": 8 + bit, "closed": 0}
                door["sensor"] = {"pin": 32, "closed": 1} if "pin" in relay else behind
            doors.append(door)
        chip = {"chip": "mcp23017", "i2c": 0, "address": 0x20}
        if reset is not None:
            chip["reset"] = reset
        self.events = []
        profile = {"i2c": [_BUS], "expanders": [chip], "doors": doors}
        self.doors = Doors(profile, self._hear, time.ticks_ms())
        self.turns = Turns(self.doors, open_ms=200)

    def _hear(self, door, kind):
        self.events.append((door.number, kind))

    def door(self, number):
        return self.doors.door(number)

    def coils(self):
        """The numbers of the doors whose coil is on."""
        outputs = self.chip.outputs()
        levels = (outputs & 1, outputs >> 7 & 1, hardware.pins[16].level)
        return [number for number, level in enumerate(levels, 1) if level]

    def set(self, number, is_open):
        bit = 0x80 << number
        self.chip.outside = self.chip.outside & ~bit | (bit if is_open else 0)

    async def fails_to_open(self, number, times):
        """Somebody wants this door open, again and again, and its sensor does not move."""
        for _ in range(times):
            assert await self.turns.open(self.door(number)) == "not opened"
            self.door(number).retire_if_stuck()

    async def opens_and_closes(self, number):
        """Service opens this door, and shuts it again."""
        opened = asyncio.create_task(self.turns.open(self.door(number), anyway=True))
        await self.until(lambda: self.coils() == [number])
        self.set(number, True)
        assert await opened is None
        self.set(number, False)
        await self.until(lambda: not self.door(number).is_open())

    async def _run(self):
        while True:
            now_ms = time.ticks_ms()
            self.doors.poll(now_ms)
            self.turns.poll(now_ms)
            await asyncio.sleep_ms(20)

    async def __aenter__(self):
        self.task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_exc):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def until(self, true):
        deadline_ms = time.ticks_add(time.ticks_ms(), 20_000)
        while not true():
            assert time.ticks_diff(deadline_ms, time.ticks_ms()) > 0, "too late"
            await asyncio.sleep_ms(5)


async def test_pulse_behind_an_expander_is_ended_by_the_loop():
    async with Running() as it:
        start_ms = time.ticks_ms()
        given = asyncio.create_task(it.turns.take(it.door(2)))
        await it.until(lambda: it.coils() == [2])
        assert it.doors.pulsing == 2
        assert await given
        assert it.doors.pulsing == 0
        assert it.coils() == []
        assert time.ticks_diff(time.ticks_ms(), start_ms) >= _PULSE_MS


async def test_coils_of_all_kinds_are_on_one_at_a_time_in_the_order_asked_for():
    async with Running() as it:
        seen = []

        async def watch():
            while True:
                on = it.coils()
                assert len(on) <= 1, on
                if on and seen[-1:] != on:
                    seen.extend(on)
                await asyncio.sleep_ms(2)

        watcher = asyncio.create_task(watch())
        takes = (it.turns.take(it.door(number)) for number in (3, 1, 2, 3))
        assert await asyncio.gather(*takes) == [True] * 4
        assert seen == [3, 1, 2, 3], seen
        watcher.cancel()


async def test_door_that_opens_gets_one_pulse():
    async with Running() as it:
        opened = asyncio.create_task(it.turns.open(it.door(1)))
        await it.until(lambda: it.coils() == [1])
        it.set(1, True)
        assert await opened is None
        assert it.events == [(1, "opened")]
        assert [change for change in it.chip.changes if change] == [1]


async def test_door_that_does_not_open_gets_as_many_pulses_as_its_profile_says():
    for retries in (0, 2):
        async with Running(retries=retries) as it:
            assert await it.turns.open(it.door(1)) == "not opened"
            assert it.events == [(1, "not opened")]
            assert [change for change in it.chip.changes if change] == [1] * (1 + retries)


async def test_door_that_is_not_seen_to_open_three_times_in_a_row_is_put_out_of_order():
    async with Running(retries=0) as it:
        await it.fails_to_open(1, times=2)
        await it.opens_and_closes(1)
        await it.fails_to_open(1, times=2)
        assert it.door(1).out_of_order is None
        await it.fails_to_open(1, times=1)
        assert it.door(1).out_of_order == "did not open 3 times"


async def test_door_that_did_not_open_is_in_order_once_it_is_seen_to_close():
    async with Running(retries=0) as it:
        await it.fails_to_open(1, times=3)
        await it.opens_and_closes(1)
        assert it.door(1).out_of_order is None
        assert it.events[-2:] == [(1, "closed"), (1, "in order")]
        await it.fails_to_open(1, times=2)
        assert it.door(1).out_of_order is None


async def test_door_that_is_out_of_order_already_stays_so_for_its_old_reason():
    async with Running(retries=0) as it:
        it.door(1).put_out_of_order("by service")
        for _ in range(4):
            await it.turns.open(it.door(1), anyway=True)
            it.door(1).retire_if_stuck()
        assert it.door(1).out_of_order == "by service"


async def test_second_try_is_behind_whoever_waits():
    async with Running() as it:
        first = asyncio.create_task(it.turns.open(it.door(1)))
        await it.until(lambda: it.coils() == [1])
        await it.until(lambda: it.coils() == [])
        order = []
        second = asyncio.create_task(it.turns.take(it.door(2)))
        third = asyncio.create_task(it.turns.take(it.door(3)))
        while not (second.done() and third.done()):
            order.extend(number for number in it.coils() if number not in order)
            await asyncio.sleep_ms(5)
        assert order[:2] == [2, 3]
        assert await first == "not opened"


async def test_door_that_was_open_already_is_unlocked_without_a_question():
    async with Running() as it:
        it.set(1, True)
        await it.until(lambda: it.events == [(1, "forced open")])
        assert await it.turns.open(it.door(1)) is None
        assert 1 in it.chip.changes


async def test_door_without_a_sensor_gets_its_pulse():
    async with Running(sensors=False) as it:
        assert await it.turns.open(it.door(2)) is None
        assert it.events == []


async def test_door_out_of_order_gets_none():
    async with Running() as it:
        it.door(1).put_out_of_order("hinge")
        assert await it.turns.open(it.door(1)) == "hinge"
        assert await it.turns.take(it.door(1)) is False
        assert it.coils() == []


async def test_door_out_of_order_that_service_wants_open_stays_as_it_is():
    async with Running() as it:
        it.door(1).put_out_of_order("hinge")
        opened = asyncio.create_task(it.turns.open(it.door(1), anyway=True))
        await it.until(lambda: it.coils() == [1])
        it.set(1, True)
        assert await opened is None
        assert it.door(1).out_of_order == "hinge"


async def test_door_put_out_of_use_stays_so_when_service_opens_it_while_its_expander_is_silent():
    async with Running() as it:
        it.door(1).put_out_of_order("by service")
        it.chip.is_dead = True
        await it.until(lambda: it.doors.lost)
        assert await it.turns.open(it.door(1), anyway=True) == "its expander does not answer"
        it.chip.is_dead = False
        it.door(1).reach(0)
        assert it.door(1).out_of_order == "by service"
        assert it.doors.broken_count == 2, "its own, and that of the other door there"


async def test_door_that_was_open_for_hours_is_in_order_once_service_has_closed_it():
    async with Running() as it:
        it.set(1, True)
        await it.until(lambda: it.door(1).is_open())
        it.door(1).put_out_of_order("open for 4 hours", STUCK_OPEN)
        assert await it.turns.open(it.door(1), anyway=True) is None
        assert it.door(1).state() & STUCK_OPEN
        it.set(1, False)
        await it.until(lambda: it.door(1).out_of_order is None)


async def test_door_without_a_relay_is_opened_by_nobody():
    async with Running() as it:
        it.doors.wiring[0] = 0xFF
        it.door(1).put_out_of_order("IndexError: list index out of range")
        assert await it.turns.take(it.door(1), anyway=True) is False
        it.door(1).put_in_order()
        assert await it.turns.open(it.door(1)) == "cut short"


async def test_expander_that_dies_before_the_pulse_refuses_it():
    async with Running() as it:
        it.chip.is_dead = True
        assert await it.turns.take(it.door(1)) is False
        assert await it.turns.take(it.door(3)), "a GPIO needs no expander"


async def test_expander_that_dies_before_a_long_pulse_holds_nobody_up():
    async with Running(pulse_ms=2500) as it:
        it.chip.is_dead = True
        assert await it.turns.take(it.door(1)) is False
        third = asyncio.create_task(it.turns.take(it.door(3)))
        start_ms = time.ticks_ms()
        await it.until(lambda: it.coils() == [3])
        assert time.ticks_diff(time.ticks_ms(), start_ms) < 2000
        it.turns.cut()
        await third


async def test_expander_whose_supply_has_dipped_is_set_up_before_the_pulse():
    async with Running() as it:
        it.chip.power_on()
        given = asyncio.create_task(it.turns.take(it.door(2)))
        await it.until(lambda: it.coils() == [2])
        assert await given


async def test_expander_without_sensors_that_dies_in_a_pulse_is_noticed():
    async with Running(sensors=False) as it:
        given = asyncio.create_task(it.turns.take(it.door(1)))
        await it.until(lambda: it.coils() == [1])
        it.chip.is_dead = True
        await given
        await asyncio.sleep_ms(100)
        assert it.doors.broken() == [1, 2], "without a look at its settings, every two seconds"


async def test_expander_that_dies_in_a_pulse_holds_nobody_up_for_long():
    async with Running(reset=19) as it:
        first = asyncio.create_task(it.turns.take(it.door(1)))
        await it.until(lambda: it.coils() == [1])
        it.chip.is_dead = True
        assert await it.turns.take(it.door(3))
        assert first.done()
        assert hardware.pins[19].levels[:2] == [0, 1], "no reset"
        assert it.doors.broken() == [1, 2]
        assert it.door(1).out_of_order == "its expander does not answer"


async def test_relay_that_can_not_be_switched_off_at_once_is_tried_again():
    async with Running() as it:
        given = asyncio.create_task(it.turns.take(it.door(1)))
        await it.until(lambda: it.coils() == [1])
        it.chip.is_dead = True
        await asyncio.sleep_ms(_PULSE_MS + 40)
        it.chip.is_dead = False
        assert await given
        assert it.coils() == []


async def test_relay_that_is_stuck_puts_its_door_out_of_order():
    async with Running() as it:
        it.chip.stuck = (1, 1)
        await it.turns.take(it.door(1))
        assert it.door(1).out_of_order == "relay reads on after its pulse"
        assert await it.turns.take(it.door(2))


async def test_relay_that_finds_no_memory_for_its_pulse_stays_off_and_holds_nobody_up():
    def no_memory(*_args):
        raise MemoryError

    async with Running() as it:
        write, hardware.RMT.write_pulses = hardware.RMT.write_pulses, no_memory
        assert await it.turns.take(it.door(3)) is False
        hardware.RMT.write_pulses = write
        assert it.coils() == []
        given = asyncio.create_task(it.turns.take(it.door(3)))
        await it.until(lambda: it.coils() == [3])
        assert await given


async def test_cut_switches_off_and_refuses_whoever_waits():
    async with Running() as it:
        opened = asyncio.create_task(it.turns.open(it.door(1)))
        waiting = asyncio.create_task(it.turns.take(it.door(3)))
        await it.until(lambda: it.coils() == [1])
        it.turns.cut()
        assert it.coils() == []
        assert await opened == "cut short"
        assert await waiting is False
        await asyncio.sleep_ms(100)
        assert it.coils() == []
        assert not it.turns.is_busy()


async def test_relay_at_a_gpio_keeps_its_turn_after_a_cut():
    """Its channel must not be taken down while it sends: the stand-in would say so."""
    async with Running(pulse_ms=300) as it:
        first = asyncio.create_task(it.turns.take(it.door(3)))
        await it.until(lambda: it.coils() == [3])
        it.turns.cut()
        assert it.coils() == []
        assert await first is False
        assert await it.turns.take(it.door(3))


async def test_cut_that_does_not_reach_the_chip_is_tried_again_at_once():
    async with Running(pulse_ms=10_000) as it:
        given = asyncio.create_task(it.turns.take(it.door(1)))
        await it.until(lambda: it.coils() == [1])
        it.chip.is_dead = True
        it.turns.cut()
        it.chip.is_dead = False
        assert await given is False
        await it.until(lambda: it.coils() == [])
