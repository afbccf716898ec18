"""Boards that come up broken after all: bad flash, crash loops."""

from __future__ import annotations

import pytest
from cabinet import Cabinet, Fleet, MakeCabinet

from lockerctl.release_dir import Release

_INIT = "        self._upgrading = boot.trial\n"
_TEST = '        if not boot.trial:\n            raise ValueError("worn out")\n'
CRASHES_LATER = {"locker/cabinet.py": (_INIT, _INIT + _TEST)}


def updated(cabinet: Cabinet, release: Release) -> Cabinet:
    """The cabinet, switched off after an update to the release."""
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    cabinet.board.power_off()
    return cabinet


def damage(cabinet: Cabinet, address: int) -> None:
    """Let some bits of the flash be lost."""
    assert any(cabinet.board.flash.read(address, 16))
    cabinet.board.flash.program(address, bytes(16))


def installed(cabinet: Cabinet) -> str:
    """The version of the set that the server takes to be installed."""
    client = cabinet.fleet.client
    return client.call("GET", f"{client.url}/rest/v1/targets/{cabinet.id}/installedDS").text(
        "version"
    )


def wait_until_confirmed(cabinet: Cabinet, slot: int) -> None:
    """Wait until the slot that was fallen back to is no trial any more."""
    cabinet.until(lambda: cabinet.states()[0] == "VALID", f"slot {slot} valid")
    assert cabinet.board.running == f"ota_{slot}"
    assert cabinet.committed(slot)


def test_a_committed_slot_that_crash_loops_falls_back_without_the_server(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    cabinet = updated(make_cabinet(), fleet.release("1.1.0-worn", CRASHES_LATER))
    cabinet.offline()
    cabinet.board.power_on()
    cabinet.says("boot: reset: fell back from slot 1")
    cabinet.says("slot 0 on trial")
    wait_until_confirmed(cabinet, 0)
    assert cabinet.said("boot: reset: ValueError: worn out") == 3
    assert not cabinet.committed(1)


def test_the_server_learns_that_a_board_fell_back(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    fleet.publish(fleet.workshop.base)
    cabinet = updated(make_cabinet(), fleet.release("1.1.0-fell", CRASHES_LATER))
    assert installed(cabinet) == "1.1.0-fell"
    cabinet.board.power_on()
    cabinet.says("boot: reset: fell back from slot 1")
    cabinet.until(
        lambda: "fell back from slot 1" in cabinet.attributes().get("last_reset", ""), "told"
    )
    assert cabinet.attributes()["release"] == "1.0.0"
    cabinet.until(lambda: installed(cabinet) == "1.0.0", "known to be installed: 1.0.0")


@pytest.mark.parametrize("layer", ["app", "assets"])
def test_a_damaged_layer_is_found_at_power_on(
    fleet: Fleet, make_cabinet: MakeCabinet, layer: str
) -> None:
    release = fleet.release(f"1.1.0-bad-{layer}")
    cabinet = updated(make_cabinet(), release)
    found = release.manifest.layer(layer)
    assert found is not None
    damage(cabinet, cabinet.address("store_1") + found.address + found.length // 2)
    cabinet.offline()
    cabinet.board.power_on()
    cabinet.says(f"fall back, layer {layer} is damaged")
    cabinet.says("slot 0 on trial")
    wait_until_confirmed(cabinet, 0)


def test_a_damaged_header_is_found_at_power_on(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    cabinet = updated(make_cabinet(), fleet.release("1.1.0-bad-header"))
    damage(cabinet, cabinet.address("store_1") + 700)
    cabinet.offline()
    cabinet.board.power_on()
    cabinet.says("fall back, slot header is damaged")
    cabinet.says("slot 0 on trial")
    wait_until_confirmed(cabinet, 0)


def test_a_board_with_nothing_sound_left_halts_safely(make_cabinet: MakeCabinet) -> None:
    cabinet = make_cabinet()
    damage(cabinet, cabinet.address("store_0") + 700)
    cabinet.board.power_on()
    cabinet.says("main: no software here can run")
    assert [cabinet.board.pins.level(pin) for pin in (16, 17, 18, 19)] == [0, 0, 0, 0]


def test_a_damaged_core_is_left_for_the_other_slot(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    """The bootloader's own doing: our software in the old slot must live with it, and update."""
    release = fleet.release("1.1.0-bad-core")
    cabinet = updated(make_cabinet(), release)
    damage(cabinet, cabinet.address("ota_1") + 0x200)
    cabinet.board.power_on()
    cabinet.says("slot 0, sequence 1")
    third = fleet.release("1.2.0-after-bad-core", sequence=3)
    cabinet.ends(cabinet.assign(third), "finished")
    assert cabinet.board.running == "ota_1"


def wreck_data(cabinet: Cabinet) -> None:
    """Make an end of both superblocks of `data`."""
    address = cabinet.address("data")
    for sector in range(2):
        cabinet.board.flash.program(address + sector * 4096, bytes(4096))


def test_data_is_formatted_only_after_two_failed_mounts(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    cabinet = updated(make_cabinet(), fleet.release("1.1.0-data"))
    wreck_data(cabinet)
    cabinet.board.power_on()
    cabinet.until(lambda: cabinet.attributes().get("data") == "lost", "told")
    assert cabinet.said("boot: data does not mount") == 2
    assert cabinet.said("boot: reset: data does not mount") == 1
    third = fleet.release("1.2.0-data", sequence=3)
    cabinet.ends(cabinet.assign(third), "finished")


def test_data_that_mounts_at_the_second_try_is_kept(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    cabinet = updated(make_cabinet(), fleet.release("1.1.0-data-again"))
    data, address = cabinet.partition("data"), cabinet.address("data")
    wreck_data(cabinet)

    def heal() -> None:
        for sector in range(address, address + 2 * 4096, 4096):
            cabinet.board.flash.erase_sector(sector)
        cabinet.board.flash.program(address, data[: 2 * 4096])

    cabinet.when("boot: reset: data does not mount", heal)
    cabinet.board.power_on()
    cabinet.says("screen: Ready")
    cabinet.polls(2)
    assert "data" not in cabinet.attributes()
    assert b"1.1.0-data-again" in cabinet.partition("data")
