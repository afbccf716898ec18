"""Customers come first: they walk up at any moment of an update."""

from __future__ import annotations

from typing import Any

from cabinet import Cabinet, Fleet, MakeCabinet
from people import Person, cabinet_for_people

from lockerctl.release_dir import Release

# A board waits for 20 s for what does not come; nobody in front of it does.
_SERVED_S = 8


def offered(
    release: Release, make_cabinet: MakeCabinet, **settings: Any
) -> tuple[Cabinet, Person, int]:
    """A cabinet that is switched off, somebody in front of it, and the action of its update."""
    cabinet = cabinet_for_people(make_cabinet, **settings)
    return cabinet, Person(cabinet), cabinet.assign(release)


def test_customer_who_walks_up_during_a_download_pauses_it(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-customer")
    cabinet, customer, action = offered(release, make_cabinet, quiet_s=1)
    cabinet.board.link.delay_s = 0.1
    cabinet.board.power_on()
    cabinet.says("fetched [12]0 %")
    customer.stores(1)
    cabinet.board.link.delay_s = 0
    cabinet.ends(action, "finished")
    lines = cabinet.board.console.lines()
    (begins,) = (n for n, line in enumerate(lines) if "Choose a size" in line)
    (stored,) = (n for n, line in enumerate(lines) if "Stored" in line)
    assert not any("fetched" in line for line in lines[begins:stored])
    customer.is_ready()
    customer.fetches(1)
    assert cabinet.downloaded(release) < 1.2 * sum(map(len, release.artifacts.values()))


def test_customer_does_not_wait_for_a_link_that_stalls(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-customer-stalled")
    cabinet, customer, action = offered(release, make_cabinet, quiet_s=1)
    cabinet.when("fetched 10 %", cabinet.board.link.stall)
    cabinet.board.power_on()
    cabinet.says("fetched 10 %")
    customer.types("A")
    customer.sees("Choose a size", timeout=_SERVED_S)
    cabinet.forget_hooks()
    cabinet.board.link.resume()
    customer.types("*")
    customer.is_ready()
    cabinet.ends(action, "finished")


def test_customer_who_walks_up_while_the_update_waits_is_served(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-customer-waiting")
    cabinet, customer, action = offered(release, make_cabinet, quiet_s=0)
    door = cabinet.board.world.door(16)
    cabinet.when("fetched 90 %", lambda: door.open(force=True))
    cabinet.board.power_on()
    cabinet.says("waiting: door 16 open")
    customer.is_ready()
    customer.stores(1)
    door.close()
    cabinet.ends(action, "finished")
    customer.is_ready()
    customer.fetches(1)


def test_customer_of_the_last_second_is_served_before_the_switch(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-customer-second")
    cabinet, customer, action = offered(release, make_cabinet, quiet_s=5)
    keypad = cabinet.board.world.keypad
    assert keypad is not None
    cabinet.when("Upgrading", lambda: keypad.press("A"))
    cabinet.board.power_on()
    customer.sees("Upgrading")
    customer.sees("Choose a size")
    cabinet.forget_hooks()
    keypad.release()
    customer.types("*")
    customer.is_ready()
    customer.stores(1)
    assert cabinet.board.causes == [1]
    cabinet.ends(action, "finished")
    customer.is_ready()
    customer.fetches(1)


def test_service_comes_back_in_a_trial_without_a_server(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-customer-trial")
    cabinet, customer, _ = offered(release, make_cabinet, quiet_s=0, trial_s=600)
    cabinet.after_switch(cabinet.offline)
    cabinet.board.power_on()
    customer.sees("Upgrading")
    cabinet.says("trial: ")
    customer.is_ready()
    customer.stores(1)
    customer.fetches(1)
    assert cabinet.board.running == "ota_1"
    assert not cabinet.committed(1)
