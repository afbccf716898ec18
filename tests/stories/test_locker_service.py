"""What service asks of the update agent, which sleeps for minutes when nobody is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cabinet import Cabinet, Fleet, factory_flash
from people import MODEL, SERVICE, Person, for_people

_SELDOM_S = 300
_SPARE_WIFI = "Hall"
_CONFIRMATION = "/rest/v1/system/configs/user.confirmation.flow.enabled"


@pytest.fixture(scope="module")
def seldom(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A server that wants to be asked every five minutes."""
    with Fleet(tmp_path_factory.mktemp("seldom"), fleet.workshop, poll_s=_SELDOM_S) as made:
        yield made


@pytest.fixture
def cabinet(seldom: Fleet, tmp_path: Path) -> Iterator[Cabinet]:
    """A cabinet whose agent has asked once, and sleeps."""
    board_id = seldom.new_board()
    path = tmp_path / "flash.bin"
    settings = {"patience_s": 20}
    path.write_bytes(
        factory_flash(seldom, board_id, seldom.workshop.base, **for_people(**settings))
    )
    with Cabinet(seldom, board_id, path, MODEL) as made:
        made.board.wifi.networks[_SPARE_WIFI] = ""
        made.board.power_on()
        made.until(lambda: "release" in made.attributes(), "reported: what it runs")
        yield made


def chooses(cabinet: Cabinet, entry: str) -> Person:
    """Service, who has chosen this entry of the menu."""
    person = Person(cabinet)
    person.begins("#", "Your code")
    person.types(SERVICE + "#")
    while person.sees(entry, "Service menu") != entry:
        person.types("*")
    person.types("#")
    person.sees("Please wait")
    return person


def leaves(person: Person) -> None:
    """Close what the menu has shown, and the menu."""
    person.types("#")
    while person.sees("leave", "Service menu") != "leave":
        person.types("*")
    person.types("#")
    person.is_ready()


def test_service_looks_for_an_update(seldom: Fleet, cabinet: Cabinet) -> None:
    release = seldom.release("1.1.0-asked-for")
    action = cabinet.assign(release)
    person = chooses(cabinet, "look for update")
    person.sees("Update to")
    leaves(person)
    cabinet.says("fetched")
    assert cabinet.report(action).active


def test_service_confirms_an_update(seldom: Fleet, cabinet: Cabinet) -> None:
    release = seldom.release("1.1.0-confirmed")
    seldom.client.call("PUT", f"{seldom.client.url}{_CONFIRMATION}", json={"value": True})
    action = cabinet.assign(release)
    person = chooses(cabinet, "look for update")
    person.sees("An update waits")
    person.types("#")
    person.sees("look for update")
    person.types("*")
    person.sees("confirm update")
    person.types("#")
    person.sees("Done")
    leaves(person)
    cabinet.says("fetched")
    assert cabinet.report(action).active


def test_service_changes_the_wifi(cabinet: Cabinet) -> None:
    person = chooses(cabinet, "change WiFi")
    while person.sees(_SPARE_WIFI, "WiFi | ") != _SPARE_WIFI:
        person.types("*")
    person.types("#")
    person.sees("WiFi key")
    person.types("#")
    person.sees("WiFi works")
    cabinet.board.power_off()
    cabinet.board.wifi.networks = {_SPARE_WIFI: ""}
    heard = cabinet.board.link.bytes_from_board
    cabinet.board.power_on()
    cabinet.until(lambda: cabinet.board.link.bytes_from_board > heard, "connected")
