"""A cabinet with a keypad: sessions begin and end, and the update agent sees them."""

import asyncio
import os
import struct
import sys
import time
from binascii import crc32

import fake_cabinet
import fake_hardware as hardware  # noqa: F401 - stands for `machine` from here on
from fake_cabinet import Boot, relay_levels, set_door
from fakes_disk import Disk

disk = Disk(new=True)
pressed = []


class Keypad:
    """Tells one of `pressed` a call."""

    def __init__(self, _entry):
        pressed.clear()

    def poll(self, _now_ms):
        return pressed.pop(0) if pressed else None


class _Module:
    Keypad = Keypad


sys.modules["drivers.keypad"] = _Module

from locker.cabinet import Cabinet  # noqa: E402 - after what stands for the hardware

TLS = False  # while somebody is there there is no connection

STORED, LOST = 1, 3

HASTY = {"code_digits": 4, "show_s": 0, "patience_s": 1, "close_s": 5, "quiet_s": 0, "open_s": 1}


def _cabinet(trial=False, **settings):
    profile = fake_cabinet.profile()
    profile["keypad"] = {}
    hasty = HASTY.copy()
    hasty.update(settings)
    boot = Boot(trial, settings=hasty)
    return Cabinet(profile, boot)


class Running:
    """A cabinet whose task runs inside `async with`, and its customer."""

    def __init__(self, cabinet):
        self.cabinet = cabinet
        self.screens = []
        show = cabinet.screen.show

        def seen(name, *values, **options):
            self.screens.append(name)
            show(name, *values, **options)

        cabinet.screen.show = seen

    async def __aenter__(self):
        self.task = asyncio.create_task(self.cabinet.run(lambda: None))
        return self

    async def __aexit__(self, *_exc):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def sees(self, name):
        start_ms = time.ticks_ms()
        while name not in self.screens:
            assert not self.task.done()
            assert time.ticks_diff(time.ticks_ms(), start_ms) < 30_000, (name, self.screens)
            await asyncio.sleep_ms(5)
        del self.screens[: self.screens.index(name) + 1]

    async def store(self):
        """Store in door 1 with code 4711."""
        press("A")
        await self.sees("door_open")
        await self.opens(1)
        await self.sees("code_set")
        press("4711#4711#")
        await self.sees("door_put")
        set_door(1, is_open=False)
        await self.sees("idle_storage")

    async def opens(self, door):
        """Pull this door open as soon as its lock lets go."""
        while not relay_levels()[door - 1]:
            await asyncio.sleep_ms(2)
        set_door(door, is_open=True)


def press(keys):
    pressed.extend(keys)


def _loaded():
    return [name for name in sys.modules if name.startswith("locker.")]


def _keeper():
    """For a moment: two copies of it would take too much of the heap."""
    from locker import keeper  # noqa: PLC0415

    return keeper


def _state(cabinet, door):
    state = _keeper().ledger_of(cabinet).state(door)
    cabinet.drop()
    return state


def _events(cabinet):
    events = [(kind, door) for kind, door, _ in _keeper().ledger_of(cabinet).events()]
    cabinet.drop()
    return events


def _change(cabinet, change):
    """Change the ledger by `change(ledger)`."""
    kept = _keeper().ledger_of(cabinet)
    change(kept)
    _keeper().save(kept)
    cabinet.drop()


async def test_customer_stores_and_fetches():
    cabinet = _cabinet()
    async with Running(cabinet) as customer:
        await customer.store()
        assert _state(cabinet, 1) == STORED
        press("B")
        await customer.sees("door_number")
        press("1#4711#")
        await customer.opens(1)
        await customer.sees("door_take")
        set_door(1, is_open=False)
        await customer.sees("fetched")
        assert relay_levels() == [0] * 4


async def test_session_keeps_the_agent_away_until_it_is_over():
    cabinet = _cabinet()
    async with Running(cabinet) as customer:
        await asyncio.sleep_ms(50)
        assert cabinet.idle_blocker() is None
        customer.screens.clear()
        press("B")
        await customer.sees("door_number")
        assert cabinet.idle_blocker() == "session"
        await customer.sees("idle_storage")
        assert cabinet.idle_blocker() is None


async def test_code_of_a_session_is_gone_when_nobody_is_there():
    cabinet = _cabinet()
    before = _loaded()
    assert not {"locker.session", "locker.ledger", "locker.keeper", "locker.door"} & set(before)
    async with Running(cabinet) as customer:
        await customer.store()
        assert sorted(_loaded()) == sorted(before)


async def test_keys_are_locked_during_an_upgrade_but_seen():
    cabinet = _cabinet(quiet_s=5)
    async with Running(cabinet) as customer:
        cabinet.upgrading(100)
        press("A")
        await asyncio.sleep_ms(100)
        assert customer.screens == ["upgrading"]
        assert cabinet.idle_blocker() == "session"
        cabinet.ready()
        await customer.sees("idle_storage")
        await customer.sees("door_open")


async def test_upgrade_does_not_disturb_a_session():
    cabinet = _cabinet()
    async with Running(cabinet) as customer:
        press("A")
        await customer.sees("door_open")
        cabinet.upgrading(100)
        assert cabinet.idle_blocker() == "session"
        cabinet.ready()
        await customer.opens(1)
        await customer.sees("code_set")


async def test_trial_serves_nobody_until_it_is_ready():
    cabinet = _cabinet(trial=True)
    async with Running(cabinet) as customer:
        press("B")
        await asyncio.sleep_ms(100)
        assert "door_number" not in customer.screens
        cabinet.ready()
        press("B")
        await customer.sees("door_number")


async def test_keys_pressed_during_a_trial_begin_no_session():
    cabinet = _cabinet(trial=True)
    async with Running(cabinet) as customer:
        press("B")
        await asyncio.sleep_ms(100)
        cabinet.ready()
        await asyncio.sleep_ms(100)
        assert "door_number" not in customer.screens
        assert cabinet.idle_blocker() != "session"


async def test_session_that_crashes_ends_the_task():
    cabinet = _cabinet()
    cabinet.setting = None
    asyncio.get_event_loop().set_exception_handler(lambda _loop, _context: None)
    task = asyncio.create_task(cabinet.run(lambda: None))
    press("A")
    try:
        await task
        raise AssertionError("the crash went unnoticed")
    except TypeError:
        assert relay_levels() == [0] * 4


async def test_session_that_has_no_memory_waits_for_some():
    cabinet = _cabinet()
    tries = []

    class Hungry:
        @staticmethod
        def Visit(_cabinet):  # noqa: N802
            tries.append(cabinet.idle_blocker())
            raise MemoryError("memory allocation failed")

    async with Running(cabinet) as customer:
        sys.modules["locker.visit"] = sys.modules["locker"].visit = Hungry
        press("B")
        await customer.sees("door_number")
        assert tries == ["session"]


class Starving:
    """Stands in for `locker.visit` once: a visit whose session finds no memory."""

    def __init__(self, take_key=False):
        self.take_key = take_key
        sys.modules["locker.visit"] = sys.modules["locker"].visit = self

    def Visit(self, cabinet):  # noqa: N802
        del sys.modules["locker.visit"]
        visit = __import__("locker.visit").visit
        return visit.Visit(cabinet, run=self._run)

    async def _run(self, cabinet):
        if self.take_key:
            cabinet.typed = ""
        raise MemoryError("memory allocation failed")


async def test_session_that_finds_no_memory_at_its_start_begins_anew():
    cabinet = _cabinet()
    async with Running(cabinet) as customer:
        Starving()
        press("B")
        await customer.sees("door_number")


async def test_session_that_ends_without_memory_leaves_the_cabinet_ready():
    cabinet = _cabinet()
    async with Running(cabinet) as customer:
        Starving(take_key=True)
        press("B")
        await customer.sees("idle_storage")
        assert cabinet.idle_blocker() != "session"
        press("B")
        await customer.sees("door_number")


async def test_cabinet_whose_sessions_never_find_memory_starts_anew():
    cabinet = _cabinet()
    cabinet._failures = 9
    Starving()
    await asyncio.sleep_ms(100)
    press("B")
    try:
        await cabinet.run(lambda: None)
        raise AssertionError("it goes on without memory")
    except MemoryError:
        assert relay_levels() == [0] * 4


async def test_forced_door_is_kept_as_an_event():
    cabinet = _cabinet()
    async with Running(cabinet):
        await asyncio.sleep_ms(60)
        set_door(3, is_open=True)
        while cabinet.events or not _events(cabinet):
            await asyncio.sleep_ms(20)
        assert _events(cabinet) == [("forced_open", 3)]


async def test_door_that_service_has_put_out_of_order_stays_so_after_a_reset():
    cabinet = _cabinet()
    _change(cabinet, lambda kept: kept.disable(1, True))
    cabinet = _cabinet()
    assert cabinet.doors.door(1).out_of_order == "by service"
    async with Running(cabinet) as customer:
        press("A")
        await customer.sees("door_open")
        await customer.opens(2)


async def test_lock_out_begins_anew_after_a_reset():
    _keeper().set_tries(5)
    cabinet = _cabinet(lockout_s=30)
    async with Running(cabinet) as customer:
        press("B1#")
        await customer.sees("locked_out")


async def test_lock_out_that_is_over_does_not_come_back_when_the_ticks_wrap():
    cabinet = _cabinet(lockout_s=1)
    cabinet.locked_until_ms = time.ticks_add(time.ticks_ms(), 60)
    async with Running(cabinet):
        await asyncio.sleep_ms(20)
        assert cabinet.locked_until_ms is not None
        await asyncio.sleep_ms(150)
        assert cabinet.locked_until_ms is None


async def test_cabinet_without_wrong_tries_is_not_locked():
    assert _cabinet().locked_until_ms is None


async def test_cabinet_whose_data_was_lost_gives_no_door_away():
    os.remove("/data/new")
    cabinet = _cabinet()
    assert [_state(cabinet, door) for door in (1, 4)] == [LOST, LOST]
    async with Running(cabinet) as customer:
        press("A")
        await customer.sees("all_full")


async def test_cabinet_is_in_order_again_when_its_ledger_can_be_read():
    cabinet = _cabinet()
    cabinet.flaw = "[Errno 5] EIO"
    async with Running(cabinet) as customer:
        press("B")
        await customer.sees("door_number")
        press("*")
        await customer.sees("idle_storage")


async def test_cabinet_that_can_not_read_its_ledger_is_out_of_order_and_says_so():
    cabinet = _cabinet()

    def grow(kept):
        kept.raw[4] = 2
        struct.pack_into("<I", kept.raw, 64, crc32(kept.raw[:64]))

    _change(cabinet, grow)
    cabinet = _cabinet()
    faults = {name: check() for name, check in cabinet.checks()}
    assert faults["codes"] == "ledger of an unknown version"
    async with Running(cabinet) as customer:
        press("A")
        await customer.sees("out_of_order")
        assert cabinet.idle_blocker() in (None, "session")


def test_sound_cabinet_passes_the_check_of_its_codes():
    assert dict(_cabinet().checks())["codes"]() is None
