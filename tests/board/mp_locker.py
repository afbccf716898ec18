"""A cabinet as the update agent sees it: unlocking, being idle, the upgrade, the self-test."""

import asyncio
import sys

import fake_hardware as hardware
from fake_cabinet import KEY, RELAYS, SENSORS, Boot, profile, relay_levels, set_door, unlock

from locker.cabinet import Cabinet


class Running:
    """A cabinet whose task runs inside `async with`."""

    def __init__(self, cabinet):
        self.cabinet = cabinet
        self.signs = 0

    def _alive(self):
        self.signs += 1

    async def __aenter__(self):
        self.task = asyncio.create_task(self.cabinet.run(self._alive))
        return self.cabinet

    async def __aexit__(self, *_exc):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def _press(ms=60):
    hardware.pins[KEY].outside = 0
    await asyncio.sleep_ms(ms)
    hardware.pins[KEY].outside = 1
    await asyncio.sleep_ms(ms)


def _faults(cabinet):
    found = ((name, check()) for name, check in cabinet.checks())
    return {name: fault for name, fault in found if fault is not None}


async def test_unlocking_pulses_that_relay_alone():
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        given = asyncio.create_task(unlock(cabinet, 2))
        await asyncio.sleep_ms(40)
        assert relay_levels() == [0, 1, 0, 0]
        assert await given
        assert relay_levels() == [0, 0, 0, 0]


async def test_long_step_waits_until_the_pulse_is_over():
    cabinet = Cabinet(profile(), Boot())
    cabinet.doors.pulsing = 2
    step = asyncio.create_task(cabinet.coil_off())
    await asyncio.sleep_ms(60)
    assert not step.done()
    cabinet.doors.pulsing = 0
    await asyncio.wait_for_ms(step, 10_000)


async def test_door_that_does_not_exist_is_refused():
    cabinet = Cabinet(profile(), Boot())
    for door in (0, 5):
        try:
            await unlock(cabinet, door)
            raise AssertionError(door)
        except ValueError as error:
            assert str(error) == f"no door {door}"


async def test_doors_open_one_at_a_time_in_the_order_asked_for():
    cabinet = Cabinet(profile(), Boot())
    seen = []

    async def watch():
        while True:
            on = [n for n, level in enumerate(relay_levels(), 1) if level]
            assert len(on) <= 1, on
            if on and seen[-1:] != on:
                seen.extend(on)
            await asyncio.sleep_ms(2)

    async with Running(cabinet):
        watcher = asyncio.create_task(watch())
        given = await asyncio.gather(*(unlock(cabinet, door) for door in (3, 1, 4, 2)))
        assert given == [True] * 4
        assert seen == [3, 1, 4, 2], seen
        watcher.cancel()


async def test_who_walks_away_from_the_queue_gets_no_pulse():
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        first = asyncio.create_task(unlock(cabinet, 1))
        gone = asyncio.create_task(unlock(cabinet, 2))
        await asyncio.sleep_ms(10)
        gone.cancel()
        assert await first
        await asyncio.sleep_ms(100)
        assert 1 not in hardware.pins[RELAYS[1]].levels
        assert cabinet.idle_blocker() is None


async def test_relays_are_off_after_the_task_was_cancelled():
    cabinet = Cabinet(profile(pulse_ms=2000), Boot())
    async with Running(cabinet):
        given = asyncio.create_task(unlock(cabinet, 1))
        await asyncio.sleep_ms(60)
        assert relay_levels() == [1, 0, 0, 0]
    assert relay_levels() == [0, 0, 0, 0]
    assert await given is False


async def test_relays_are_off_after_the_task_crashed():
    cabinet = Cabinet(profile(pulse_ms=2000), Boot())

    def crash_when_on():
        if any(relay_levels()):
            raise ValueError("boom")

    task = asyncio.create_task(cabinet.run(crash_when_on))
    wish = asyncio.create_task(unlock(cabinet, 1))
    try:
        await task
        raise AssertionError("the crash went unnoticed")
    except ValueError:
        pass
    assert relay_levels() == [0, 0, 0, 0]
    assert await wish is False


async def test_each_round_is_a_sign_of_life():
    running = Running(Cabinet(profile(), Boot()))
    async with running:
        await asyncio.sleep_ms(300)
    assert 5 <= running.signs <= 16, running.signs


async def test_idle_when_nobody_has_been_there():
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        await asyncio.sleep_ms(50)
        assert cabinet.idle_blocker() is None


async def test_open_door_blocks_until_it_is_closed():
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        set_door(2, is_open=True)
        await asyncio.sleep_ms(80)
        assert cabinet.idle_blocker() == "door 2 open"
        set_door(2, is_open=False)
        await asyncio.sleep_ms(80)
        assert cabinet.idle_blocker() is None


async def test_door_that_may_stay_open_does_not_block():
    described = profile()
    described["doors"][1]["closed_for_idle"] = False
    cabinet = Cabinet(described, Boot())
    set_door(2, is_open=True)
    async with Running(cabinet):
        await asyncio.sleep_ms(80)
        assert cabinet.idle_blocker() is None


async def test_door_out_of_order_neither_blocks_nor_opens():
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        set_door(2, is_open=True)
        await asyncio.sleep_ms(80)
        cabinet.doors.door(2).put_out_of_order("hinge")
        assert cabinet.idle_blocker() is None
        assert await unlock(cabinet, 2) is False
        assert 1 not in hardware.pins[RELAYS[1]].levels


async def test_unlocking_blocks():
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        given = asyncio.create_task(unlock(cabinet, 1))
        await asyncio.sleep_ms(10)
        assert cabinet.idle_blocker() == "session"
        await given
        assert cabinet.idle_blocker() is None


async def test_key_blocks_for_the_quiet_time():
    cabinet = Cabinet(profile(), Boot(), quiet_s=1)
    async with Running(cabinet):
        await _press()
        assert cabinet.idle_blocker() == "key pressed 0 s ago"
        await asyncio.sleep_ms(1000)
        assert cabinet.idle_blocker() is None


async def test_quiet_time_comes_from_the_boards_settings():
    cabinet = Cabinet(profile(), Boot(settings={"quiet_s": 0}))
    async with Running(cabinet):
        await _press()
        assert cabinet.idle_blocker() is None


async def test_upgrade_leaves_alone_who_came_in_this_moment():
    cabinet = Cabinet(profile(pulse_ms=200), Boot())
    async with Running(cabinet):
        running = asyncio.create_task(unlock(cabinet, 1))
        await asyncio.sleep_ms(60)
        cabinet.upgrading(100)
        assert relay_levels() == [1, 0, 0, 0]
        assert cabinet.idle_blocker() == "session"
        cabinet.ready()
        assert await running


def test_sound_cabinet_passes_every_check():
    cabinet = Cabinet(profile(), Boot())
    assert [name for name, _check in cabinet.checks()] == [
        "profile",
        "relays",
        "sensors",
        "display",
        "heap",
    ]
    assert _faults(cabinet) == {}


def test_relay_that_reads_on_fails_the_check():
    cabinet = Cabinet(profile(), Boot())
    hardware.pins[RELAYS[1]].stuck = 1
    assert _faults(cabinet) == {"relays": "relay 2 reads on"}


async def test_relay_that_stays_on_puts_its_door_out_of_order():
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        hardware.pins[RELAYS[0]].stuck = 1
        await unlock(cabinet, 1)
        assert await unlock(cabinet, 1) is False
        assert await unlock(cabinet, 2)


async def test_pulse_that_can_not_start_is_not_given_and_holds_nobody_up():
    taken = hardware.RMT(0, pin=hardware.Pin(5, hardware.Pin.OUT, value=0))
    cabinet = Cabinet(profile(), Boot())
    async with Running(cabinet):
        assert await unlock(cabinet, 1) is False
        await asyncio.sleep_ms(50)
        assert cabinet.idle_blocker() is None
        taken.deinit()
        assert await unlock(cabinet, 2)
        assert await unlock(cabinet, 1)


def test_sensor_that_can_not_be_read_fails_the_check():
    cabinet = Cabinet(profile(), Boot())
    hardware.pins[SENSORS[2]].broken = True
    assert _faults(cabinet) == {"sensors": "sensors can't be read: [Errno 5] EIO"}


def test_profile_that_this_software_can_not_serve_fails_the_check():
    for spoil, text in (
        (lambda door: door.pop("sensor"), "door 4: no sensor"),
        (lambda door: door.pop("relay"), "door 4: KeyError: relay"),
        (lambda door: door["relay"].pop("pulse_ms"), "door 4: KeyError: pulse_ms"),
    ):
        described = profile()
        spoil(described["doors"][3])
        assert _faults(Cabinet(described, Boot())) == {"profile": text}


def test_profile_without_doors_fails_the_check():
    described = profile()
    described["doors"] = []
    assert _faults(Cabinet(described, Boot())) == {"profile": "profile has no doors"}


def test_heap_that_is_nearly_full_fails_the_check():
    cabinet = Cabinet(profile(), Boot())
    checks = dict(cabinet.checks())
    ballast = []
    for size in (4096, 512):
        try:
            while True:
                ballast.append(bytearray(size))
        except MemoryError:
            ballast.pop()
    assert "bytes of heap free" in checks["heap"]()


def test_self_test_leaves_no_code_behind():
    cabinet = Cabinet(profile(), Boot())
    assert _faults(cabinet) == {}
    assert "locker.health" not in sys.modules
    assert _faults(cabinet) == {}
