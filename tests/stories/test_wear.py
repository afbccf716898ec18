"""Flash that is worn out or full: an update ends in one line, and the cabinet goes on."""

from __future__ import annotations

import pytest
from cabinet import Cabinet, Fleet, MakeCabinet
from workshop import Patches

_INIT = "        self._upgrading = boot.trial\n"
_FILL = """        try:
            with open("/data/junk", "wb") as file:
                while True:
                    file.write(bytes(512))
        except OSError:
            pass
"""
FILLS_DATA: Patches = {"locker/cabinet.py": (_INIT, _INIT + _FILL)}


def wear_out(cabinet: Cabinet, address: int) -> None:
    """The bits of a byte stay as they are."""
    flash = cabinet.board.flash
    program = flash.program

    def worn(at: int, data: bytes) -> None:
        if at <= address < at + len(data):
            data = data[: address - at] + b"\xff" + data[address - at + 1 :]
        program(at, data)

    flash.program = worn  # type: ignore[assignment,method-assign]


def test_a_worn_sector_ends_the_update_in_one_line(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.4.0-worn", core="second")
    cabinet = make_cabinet()
    wear_out(cabinet, cabinet.address("ota_1") + 0x200)
    cabinet.board.power_on()
    report = cabinet.ends(cabinet.assign(release), "error")
    assert report.lines[-1] == "DamagedError: core has a wrong SHA-256"
    assert cabinet.header(1) is None
    assert cabinet.board.causes == [1]


def test_a_worn_header_ends_the_update_in_one_line(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-worn-header")
    cabinet = make_cabinet()
    wear_out(cabinet, cabinet.address("store_1") + 8)
    cabinet.board.power_on()
    report = cabinet.ends(cabinet.assign(release), "error")
    assert report.lines[-1] == "FlashError: slot header does not read back"
    assert cabinet.header(1) is None


@pytest.mark.parametrize("name", ["assets", "core"])
def test_what_can_not_be_copied_is_downloaded(
    fleet: Fleet, make_cabinet: MakeCabinet, name: str
) -> None:
    """The running slot has lost some bits since it was started."""
    release = fleet.release(f"1.1.0-rotten-{name}")
    layer = fleet.workshop.base.manifest.layer(name)
    assert layer is not None
    cabinet = make_cabinet()
    cabinet.board.power_on()
    cabinet.polls(1)
    part = "ota_0" if name == "core" else "store_0"
    place = cabinet.address(part) + layer.address + 0x200
    cabinet.board.flash.program(place, bytes(16))
    cabinet.ends(cabinet.assign(release), "finished")
    assert cabinet.board.running == "ota_1"


def test_a_full_data_partition_stops_neither_doors_nor_polls(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    base = fleet.workshop.build("1.0.0-full", FILLS_DATA, sequence=1)
    release = fleet.release("1.1.0-full", previous=base)
    cabinet = make_cabinet(base)
    cabinet.board.power_on()
    cabinet.assign(release)
    cabinet.polls(8)
    assert cabinet.board.causes == [1]
    assert cabinet.board.running == "ota_0"
