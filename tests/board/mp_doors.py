"""Doors: what their sensors say becomes events, and what is broken goes out of order."""

import builtins
import gc
import sys
import time

import fake_hardware as hardware
from fake_mcp23017 import Chip

from locker.doors import Doors

_BUS = {"id": 0, "scl": 22, "sda": 21, "freq": 400000}


class Cabinet:
    """Four doors at two expanders, relays at 0x20 and sensors at 0x21, and what became of them."""

    def __init__(self, **options):
        self.relays, self.sensors = Chip(), Chip()
        self.sensors.outside = 0
        hardware.buses[0] = {0x20: self.relays, 0x21: self.sensors}
        self.now_ms = 0
        self.events = []
        self.doors = Doors(self.profile(), self._hear, self.now_ms, **options)

    def profile(self):
        doors = [
            {
                "relay": {"expander": 0, "bit": bit, "on": 1, "pulse_ms": 60},
                "sensor": {"expander": 1, "bit": bit, "closed": 0},
                "closed_for_idle": True,
            }
            for bit in range(4)
        ]
        expanders = [{"chip": "mcp23017", "i2c": 0, "address": at} for at in (0x20, 0x21)]
        expanders[0]["reset"] = 19
        return {"i2c": [_BUS], "expanders": expanders, "doors": doors}

    def _hear(self, door, kind):
        self.events.append((door.number, kind))

    def set(self, number, is_open):
        bit = 1 << (number - 1)
        self.sensors.outside = self.sensors.outside & ~bit | (bit if is_open else 0)

    def go(self, seconds=0.1):
        """Let time pass: the events of that time."""
        self.events.clear()
        for _ in range(round(seconds * 50)):
            self.now_ms = time.ticks_add(self.now_ms, 20)
            self.doors.poll(self.now_ms)
        return list(self.events)

    def long(self, seconds):
        """Let much time pass, a poll a second."""
        self.events.clear()
        for _ in range(seconds):
            self.now_ms = time.ticks_add(self.now_ms, 1000)
            self.doors.poll(self.now_ms)
        return list(self.events)


def test_doors_are_numbered_from_1():
    cabinet = Cabinet()
    assert len(cabinet.doors) == 4
    assert cabinet.doors.door(4).number == 4
    for number in (0, 5):
        try:
            cabinet.doors.door(number)
            raise AssertionError(number)
        except ValueError as error:
            assert str(error) == f"no door {number}"


def test_what_the_profile_says_of_a_door():
    profile = Cabinet().profile()
    profile["doors"][1].update(size="L", relay={"pin": 16, "on": 0, "pulse_ms": 700, "retries": 3})
    doors = Doors(profile, None, 0)
    door, relay = doors.door(2), doors.door(2).relay()
    assert (door.size, door.retries, relay.pulse_ms) == ("L", 3, 700)
    assert (doors.door(1).size, doors.door(1).retries) == ("M", 1)
    assert hardware.pins[16].level == 1
    assert relay.reads_off()


def test_doors_that_are_open_at_the_start_are_no_events():
    cabinet = Cabinet()
    cabinet.set(2, True)
    again = Cabinet()
    hardware.buses[0][0x21].outside = 0b0010
    again.doors = Doors(again.profile(), again._hear, 0)
    assert again.go() == []
    assert [again.doors.door(n).is_open() for n in (1, 2, 3, 4)] == [False, True, False, False]
    assert again.doors.idle_blocker() == 2


def test_door_that_got_a_pulse_is_opened_and_any_other_forced_open():
    cabinet = Cabinet()
    cabinet.doors.door(1).note_pulse()
    cabinet.set(1, True)
    cabinet.set(3, True)
    assert cabinet.go() == [(1, "opened"), (3, "forced open")]
    assert cabinet.doors.idle_blocker() == 1
    cabinet.set(1, False)
    cabinet.set(3, False)
    assert cabinet.go() == [(1, "closed"), (3, "closed")]
    assert cabinet.doors.idle_blocker() == 0
    cabinet.set(1, True)
    assert cabinet.go() == [(1, "forced open")]


def test_left_open_is_told_once_and_after_hours_the_door_blocks_no_more():
    cabinet = Cabinet(left_open_s=30)
    cabinet.set(2, True)
    cabinet.go()
    assert cabinet.long(31) == [(2, "left open")]
    assert cabinet.long(14000) == []
    assert cabinet.doors.idle_blocker() == 2
    assert cabinet.long(400) == [(2, "out of order")]
    assert cabinet.doors.idle_blocker() == 0
    assert "open for 4 hours" in cabinet.doors.door(2).out_of_order
    cabinet.set(2, False)
    assert cabinet.go() == [(2, "closed"), (2, "in order")]
    assert cabinet.doors.door(2).out_of_order is None
    assert cabinet.doors.broken_count == 0


def test_each_opening_has_its_own_time():
    cabinet = Cabinet(left_open_s=30)
    for _ in range(3):
        cabinet.set(2, True)
        cabinet.go()
        assert cabinet.long(20) == []
        cabinet.set(2, False)
        cabinet.go()
        cabinet.doors.door(2).note_pulse()


def test_sensor_that_is_loose_is_soon_listened_to_no_more():
    cabinet = Cabinet()
    events = []
    for _ in range(20):
        for is_open in (True, False):
            cabinet.set(4, is_open)
            events += cabinet.go()
    assert events == [(4, "forced open"), (4, "closed")] * 2 + [
        (4, "forced open"),
        (4, "out of order"),
    ]
    assert cabinet.doors.broken() == [4]
    cabinet.set(4, True)
    cabinet.go()
    assert cabinet.doors.idle_blocker() == 0


def test_regular_opening_forgets_what_was_forced():
    cabinet = Cabinet()
    for _ in range(4):
        for is_open in (True, False):
            cabinet.set(1, is_open)
            cabinet.go()
        cabinet.doors.door(1).note_pulse()
        for is_open in (True, False):
            cabinet.set(1, is_open)
            cabinet.go()
    assert cabinet.doors.broken() == []


def test_doors_of_a_silent_expander_are_out_of_order_until_it_answers():
    cabinet = Cabinet()
    cabinet.set(1, True)
    cabinet.go()
    cabinet.sensors.is_dead = True
    assert cabinet.go() == [(n, "out of order") for n in (1, 2, 3, 4)]
    assert cabinet.doors.broken_count == 4
    assert cabinet.doors.door(1).is_open() is None
    assert cabinet.doors.door(1).out_of_order == "its expander does not answer"
    assert cabinet.doors.idle_blocker() == 0
    cabinet.sensors.is_dead = False
    cabinet.sensors.power_on()
    cabinet.set(1, False)
    assert cabinet.go(11) == [(n, "in order") for n in (1, 2, 3, 4)] + [(1, "closed")]
    assert cabinet.sensors.pair(0x0C) == 0xFFFF, "pull-ups"


def test_expander_that_fails_now_and_then_is_not_lost():
    cabinet = Cabinet()
    for _ in range(10):
        cabinet.sensors.is_dead = True
        assert cabinet.go(0.04) == []
        cabinet.sensors.is_dead = False
        assert cabinet.go(0.04) == []


def test_lost_expander_waits_while_a_coil_is_on():
    cabinet = Cabinet()
    cabinet.sensors.is_dead = True
    cabinet.go(1)
    cabinet.sensors.is_dead = False
    cabinet.doors.pulsing = 1
    assert cabinet.go(20) == []
    cabinet.doors.pulsing = 0
    assert len(cabinet.go(11)) == 4


def test_expander_that_was_silent_at_the_start_comes_in_later():
    cabinet = Cabinet()
    cabinet.relays.is_dead = True
    cabinet.doors = Doors(cabinet.profile(), cabinet._hear, cabinet.now_ms)
    assert len(cabinet.go()) == 4
    cabinet.relays.is_dead = False
    cabinet.relays.power_on()
    assert cabinet.go(11) == [(n, "in order") for n in (1, 2, 3, 4)]
    assert cabinet.relays.pair(0) == 0xFFF0
    assert hardware.pins[19].levels == [0, 1], "its reset line"


def test_expander_whose_supply_has_dipped_is_set_up_again():
    cabinet = Cabinet()
    cabinet.relays.power_on()
    assert cabinet.relays.pair(0) == 0xFFFF
    cabinet.go(3)
    assert cabinet.relays.pair(0) == 0xFFF0


def test_pull_ups_of_sensors_come_back_after_a_dip_of_the_supply():
    cabinet = Cabinet()
    cabinet.sensors.power_on()
    assert cabinet.sensors.pair(0x0C) == 0
    cabinet.go(3)
    assert cabinet.sensors.pair(0x0C) == 0xFFFF


def test_sensors_are_read_again_after_days_of_silence():
    cabinet = Cabinet()
    cabinet.sensors.is_dead = True
    cabinet.go(1)
    for _ in range(7 * 24):
        cabinet.now_ms = time.ticks_add(cabinet.now_ms, 3_600_000)
        cabinet.go(0.02)
    cabinet.sensors.is_dead = False
    cabinet.go(11)
    cabinet.set(2, True)
    assert cabinet.go(1) == [(2, "forced open")]


def test_what_happens_while_memory_is_short_is_told_later():
    cabinet = Cabinet()
    imported = __import__

    def refuse(name, *args):
        if name == "locker" and args[2] and "door" in args[2]:
            raise MemoryError
        return imported(name, *args)

    builtins.__import__ = refuse
    try:
        cabinet.set(3, True)
        assert cabinet.go(2) == []
    finally:
        builtins.__import__ = imported
    assert cabinet.go(1) == [(3, "forced open")]


def test_sensors_of_an_expander_are_read_once_a_round():
    cabinet = Cabinet()
    cabinet.sensors.reads = cabinet.relays.reads = 0
    cabinet.go(1)
    assert cabinet.sensors.reads == 50
    assert cabinet.relays.reads == 0


def test_door_put_out_of_order_by_hand_stays_so_when_it_closes():
    cabinet = Cabinet()
    cabinet.set(2, True)
    cabinet.go()
    cabinet.doors.door(2).put_out_of_order("hinge")
    assert cabinet.doors.idle_blocker() == 0
    cabinet.set(2, False)
    assert cabinet.go() == []
    assert cabinet.doors.door(2).out_of_order == "hinge"
    cabinet.events.clear()
    cabinet.doors.door(2).put_in_order()
    assert cabinet.events == [(2, "in order")]
    assert cabinet.doors.broken() == []


def test_door_that_the_profile_has_wrong_is_out_of_order():
    profile = Cabinet().profile()
    profile["doors"][2]["relay"]["expander"] = 7
    del profile["doors"][3]["sensor"]
    doors = Doors(profile, None, 0)
    assert doors.flaw == "door 3: IndexError: list index out of range"
    assert doors.broken() == [3, 4]
    assert doors.door(4).out_of_order == "no sensor"
    assert doors.door(3).relay() is None


def test_all_relays_are_switched_off_even_when_an_expander_is_silent():
    profile = Cabinet().profile()
    profile["doors"][3]["relay"] = {"pin": 16, "on": 1, "pulse_ms": 400}
    doors = Doors(profile, None, 0)
    relays = hardware.buses[0][0x20]
    doors.door(1).relay().start()
    doors.door(4).relay().start()
    assert (relays.outputs(), hardware.pins[16].level) == (1, 1)
    doors.switch_off()
    assert (relays.outputs(), hardware.pins[16].level) == (0, 0)
    relays.is_dead = True
    doors.door(4).relay()._pin.value(1)
    doors.switch_off()
    assert hardware.pins[16].level == 0


def test_levels_left_in_a_chip_never_reach_its_relays():
    profile = Cabinet().profile()
    relays = hardware.buses[0][0x20]
    relays.power_on()
    relays.registers[0x14] = 0xFF
    relays.changes.clear()
    Doors(profile, None, 0)
    assert relays.pair(0) == 0xFFF0
    assert not any(relays.changes)


def test_relay_that_is_switched_on_by_a_0_rests_at_1():
    profile = Cabinet().profile()
    profile["doors"][1]["relay"]["on"] = 0
    profile["doors"][1]["sensor"]["closed"] = 1
    relays = hardware.buses[0][0x20]
    doors = Doors(profile, None, 0)
    relay = doors.door(2).relay()
    assert relays.outputs() == 0b0010
    relay.start()
    assert relays.outputs() == 0b0000
    assert not relay.reads_off()
    doors.door(1).relay().start()
    assert relays.outputs() == 0b0011, "every other relay of the chip is off"
    doors.switch_off()
    assert relays.outputs() == 0b0010
    assert doors.door(2).is_open()


def test_sensor_is_out_of_order_with_its_own_expander_alone():
    profile = Cabinet().profile()
    profile["doors"][0]["sensor"] = {"pin": 32, "closed": 1}
    del profile["doors"][1]["sensor"], profile["doors"][1]["closed_for_idle"]
    doors = Doors(profile, Cabinet()._hear, 0)
    hardware.buses[0][0x21].is_dead = True
    for n in range(1, 6):
        doors.poll(20 * n)
    assert doors.broken() == [3, 4]
    assert doors.door(1).is_open() is False
    assert doors.door(2).is_open() is None


def test_what_happens_leaves_no_code_behind():
    cabinet = Cabinet()
    assert "locker.wiring" not in sys.modules
    cabinet.set(1, True)
    assert cabinet.go() == [(1, "forced open")]
    assert "locker.door" not in sys.modules
    cabinet.doors.door(1)
    cabinet.set(1, False)
    assert cabinet.go() == [(1, "closed")]
    assert "locker.door" in sys.modules, "somebody else has loaded it"


def test_forty_eight_doors_take_little_of_the_heap():
    profile = Cabinet().profile()
    profile["doors"] = [dict(profile["doors"][n % 4]) for n in range(48)]
    doors = Doors(profile, None, 0)
    doors = None
    gc.collect()
    before = gc.mem_free()
    doors = Doors(profile, None, 0)
    gc.collect()
    # On a 64-bit host: 4.1 KB of two expanders and the arrays.
    assert before - gc.mem_free() < 5000, before - gc.mem_free()
    assert len(doors) == 48
