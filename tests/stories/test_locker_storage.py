"""Self-storage, told through keypad, doors and screen."""

from __future__ import annotations

import json

from cabinet import Cabinet, MakeCabinet
from people import MODEL, Person, cabinet_for_people

from lockerctl.profiles import load_profile


def switched_on(cabinet: Cabinet) -> Person:
    """Somebody in front of a cabinet that has just been switched on."""
    person = Person(cabinet)
    cabinet.board.power_on()
    person.is_ready()
    return person


def two_doors() -> dict[str, bytes]:
    """The profile of a cabinet that has a small and a large door only."""
    profile = load_profile(MODEL).document
    small, _, large = profile["doors"]
    profile["doors"] = [{**small, "count": 1}, {**large, "count": 1}]
    return {"/profile.json": json.dumps(profile).encode()}


def test_what_is_stored_is_fetched(make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet)
    customer = switched_on(cabinet)
    customer.stores(1, "471147")
    customer.fetches(1, "471147")
    assert [len(door.pulses) for door in cabinet.board.world.doors] == [2, *[0] * 15]
    customer.asks_for(1)
    customer.sees("Wrong code")
    assert "471147" not in cabinet.board.console.text


def test_wrong_codes_slow_down_and_lock_out_over_a_power_cut(make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet, lockout_s=36)
    customer = switched_on(cabinet)
    customer.stores(8, size="2")
    customer.asks_for(8, "11")
    customer.sees("Wrong code | 4 tries left")
    customer.sees("Your code")
    customer.types("22#")
    customer.sees("3 tries left")
    customer.types("33#")
    customer.sees("2 tries left")
    customer.sees("Please wait | ")
    customer.sees("Your code")
    cabinet.board.power_off()
    customer = switched_on(cabinet)
    customer.asks_for(8, "44")
    customer.sees("1 tries left")
    cabinet.board.power_off()
    customer = switched_on(cabinet)
    customer.asks_for(8, "55")
    customer.sees("Too many tries | wait 1 minutes")
    customer.is_ready()
    cabinet.board.power_off()
    customer = switched_on(cabinet)
    customer.begins("B", "Door number")
    customer.types("8#")
    customer.sees("Too many tries")
    assert len(cabinet.board.world.door(8).pulses) == 1


def test_all_doors_full(make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet, files=two_doors())
    customer = switched_on(cabinet)
    customer.stores(1)
    customer.stores(2, size="", opens=15)
    customer.begins("A", "All doors | are taken")
    customer.is_ready()
    customer.fetches(1)
    customer.stores(1, size="")


def test_a_stuck_door_is_told_and_another_one_opens(make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet)
    cabinet.board.world.door(1).is_jammed = True
    customer = switched_on(cabinet)
    customer.begins("A", "Choose a size")
    customer.types("1")
    customer.sees("Open door 1")
    customer.sees("Door 1 stuck")
    customer.sees("Choose a size")
    customer.types("1")
    customer.sees("Open door 2")
    customer.opens(2)
    customer.sees("Choose a code")
    customer.types("47#47#")
    customer.sees("Door 2 is open")
    customer.shuts(2)
    customer.sees("Stored: door 2")
    assert len(cabinet.board.world.door(1).pulses) == 2, "tried again by its profile"


def test_who_walks_away_leaves_a_sane_cabinet(make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet, patience_s=2)
    customer = switched_on(cabinet)
    customer.begins("A", "Choose a size")
    customer.is_ready()
    customer.begins("A", "Choose a size")
    customer.types("1")
    customer.sees("Choose a code")
    customer.types("4")
    customer.is_ready()
    assert cabinet.board.world.door(1).is_open
    customer.stores(2)
    customer.shuts(1)
    customer.stores(1, "12")


def test_an_expander_that_dies_while_things_are_taken_out(make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet)
    sensors = cabinet.board.world.expander(2)
    customer = switched_on(cabinet)
    customer.stores(1)
    customer.asks_for(1)
    customer.sees("Door 1 is open")
    sensors.is_dead = True
    cabinet.says("expander 0x21 does not answer")
    customer.is_ready()
    customer.shuts(1)
    sensors.is_dead = False
    cabinet.says("expander 0x21 answers")
    customer.fetches(1)
    assert cabinet.board.causes == [1]
