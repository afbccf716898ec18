"""Delivery, told through keypad, doors and screen: a courier and whoever comes for the parcel."""

from __future__ import annotations

import re

from cabinet import Cabinet, Fleet, MakeCabinet
from people import COURIER, Person, cabinet_for_people


def pickup_code(person: Person) -> str:
    """The code on the display; the console has stars for it."""
    person.sees("Pickup, door * | *********")
    found: re.Match[str] | None = None

    def is_drawn() -> bool:  # the whole of it: the display is brought up to date page by page
        nonlocal found
        found = re.fullmatch(
            r"Pickup, door \d+ \| ([1-79]{4}) ([1-79]{4}) \| #: done", person.reads()
        )
        return found is not None

    person.cabinet.until(is_drawn, "drawn: the pickup code")
    assert found
    return found[1] + found[2]


def courier_at(cabinet: Cabinet) -> Person:
    """A courier, who has switched the cabinet on and shown who they are."""
    courier = Person(cabinet)
    cabinet.board.power_on()
    courier.sees("Ready | enter your code")
    courier.begins(COURIER[0], "Your code | *")
    courier.types(COURIER[1:] + "#")
    courier.sees("Courier: size?")
    return courier


def handed_over(fleet: Fleet, cabinet: Cabinet) -> list[tuple[int, str, str]]:
    """Door, size and code of each parcel, as an operator may read them."""
    url = f"{fleet.client.url}/fleet/v1/boards/{cabinet.id}/pickups"
    parcels = fleet.client.call("GET", url).parts()
    return [(each.number("door"), each.text("size"), each.text("code")) for each in parcels]


def test_courier_and_pickup(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet, mode="delivery")
    courier = courier_at(cabinet)
    courier.types("2")
    courier.sees("Open door 8")
    courier.opens(8)
    courier.sees("Door 8 is open")
    courier.shuts(8)
    code = pickup_code(courier)
    courier.types("#")
    courier.sees("Courier: size?")
    courier.types("*")
    courier.is_ready()
    assert code not in cabinet.board.console.text
    cabinet.until(lambda: handed_over(fleet, cabinet) == [(8, "M", code)], "with the server")

    cabinet.board.power_off()
    customer = Person(cabinet)
    cabinet.board.power_on()
    customer.is_ready()
    customer.begins(code[0], "Your code | *")
    customer.types(code[1:] + "#")
    customer.takes_out(8)
    customer.begins(code[0], "Your code | *")
    customer.types(code[1:] + "#")
    customer.sees("Wrong code")
    assert [len(door.pulses) for door in cabinet.board.world.doors if door.pulses] == [2]


def test_courier_takes_a_parcel_back(make_cabinet: MakeCabinet) -> None:
    cabinet = cabinet_for_people(make_cabinet, mode="delivery")
    courier = courier_at(cabinet)
    courier.types("1")
    courier.sees("Door 1 is open")
    courier.shuts(1)
    code = pickup_code(courier)
    courier.types("*")
    courier.sees("take your things")
    courier.shuts(1)
    courier.sees("Courier: size?")
    courier.types("*")
    courier.is_ready()
    courier.begins(code[0], "Your code | *")
    courier.types(code[1:] + "#")
    courier.sees("Wrong code")


def test_an_expander_is_silent_for_a_moment_while_a_parcel_comes_in(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    cabinet = cabinet_for_people(make_cabinet, mode="delivery")
    sensors = cabinet.board.world.expander(2)
    courier = courier_at(cabinet)
    courier.types("1")
    courier.sees("Door 1 is open")
    sensors.is_dead = True
    cabinet.says("expander 0x21 does not answer")
    sensors.is_dead = False
    courier.shuts(1)
    code = pickup_code(courier)
    courier.types("#")
    cabinet.until(lambda: handed_over(fleet, cabinet) == [(1, "S", code)], "with the server")
