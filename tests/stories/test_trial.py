"""Trials that are cut: by the power, by a network that is away, or both."""

from __future__ import annotations

import pytest
from cabinet import PATIENCE_S, Cabinet, Fleet, MakeCabinet
from workshop import Patches

from lockerctl.header import is_set
from lockerctl.release_dir import Release
from virtualboard.board import State

COMMITTED_AT = 24
RETRY = ("_RETRY_S = const(5)", "_RETRY_S = const(1)")
HASTY: Patches = {
    "ota/trial.py": RETRY,
    "ota/returned.py": ("_RETRY_S = 5", "_RETRY_S = 1"),
    "net/wifi.py": ("_PATIENCE_MS = const(20_000)", "_PATIENCE_MS = const(2_000)"),
}


@pytest.fixture(scope="module")
def hasty_base(fleet: Fleet) -> Release:
    """Software that is less patient with a network that is away."""
    return fleet.workshop.build("1.0.0-hasty", HASTY, sequence=1)


def offline_in_trial(cabinet: Cabinet) -> None:
    """Let the server be away from each switch on."""
    cabinet.after_switch(cabinet.offline)


def cut_in_trial(cabinet: Cabinet) -> None:
    """Cut the power in the trial, which waits for the server."""
    seen = len(cabinet.board.console)
    cabinet.says("on trial", seen)
    cabinet.says("^trial: ", seen)
    cabinet.board.cut_power()
    cabinet.online()


def test_a_power_cut_in_the_trial_is_tried_again_without_a_download(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-cut-once")
    cabinet = make_cabinet()
    offline_in_trial(cabinet)
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cut_in_trial(cabinet)
    downloaded = cabinet.downloaded(release)
    cabinet.when("trial: ", cabinet.online)
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    # The manifest is asked for again, and nothing else.
    assert cabinet.downloaded(release) == downloaded + len(release.data)
    assert cabinet.said("reset: activating") == 2


def test_a_trial_that_lost_the_power_three_times_has_failed(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-cut-always")
    cabinet = make_cabinet()
    offline_in_trial(cabinet)
    action = cabinet.assign(release)
    for _ in range(3):
        cabinet.board.power_on()
        cut_in_trial(cabinet)
    cabinet.board.power_on()
    report = cabinet.ends(action, "error")
    assert report.lines[-1] == "reverted: 3 trials: power was cut"
    assert cabinet.board.running == "ota_0"


def test_a_release_that_finds_no_server_is_reverted_when_the_old_one_does(
    fleet: Fleet, make_cabinet: MakeCabinet, hasty_base: Release
) -> None:
    """Its WiFi never comes up; the WiFi of the old slot does."""
    release = fleet.release("1.1.0-deaf", HASTY, previous=hasty_base)
    cabinet = make_cabinet(hasty_base)
    cabinet.after_switch(cabinet.board.wifi.drop)
    cabinet.when("boot: reset: no server", cabinet.board.wifi.restore)
    action = cabinet.assign(release)
    cabinet.board.power_on()
    report = cabinet.ends(action, "error")
    assert report.lines[-1] == "reverted: no server"
    assert cabinet.said("reset: activating") == 1
    assert cabinet.board.running == "ota_0"
    assert cabinet.committed(0)


def test_the_doors_serve_while_a_trial_looks_for_the_server(
    fleet: Fleet, make_cabinet: MakeCabinet, hasty_base: Release
) -> None:
    release = fleet.release("1.1.0-doors", HASTY, previous=hasty_base)
    cabinet = make_cabinet(hasty_base)
    offline_in_trial(cabinet)
    cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("on trial")
    seen = len(cabinet.board.console)
    cabinet.says("^trial: ", seen)
    assert "screen: Ready" in cabinet.board.console.lines(seen)


def test_a_network_that_was_away_for_both_slots_does_not_count_three_times(
    fleet: Fleet, make_cabinet: MakeCabinet, hasty_base: Release
) -> None:
    release = fleet.release("1.1.0-away", HASTY, previous=hasty_base)
    cabinet = make_cabinet(hasty_base, settings={"trial_s": 1})
    offline_in_trial(cabinet)
    # The old slot has given up looking; it goes on as ever.
    cabinet.when("agent: LinkError", cabinet.online)
    action = cabinet.assign(release)
    cabinet.board.power_on()
    report = cabinet.ends(action, "error")
    assert cabinet.said("reset: activating") == 3
    assert report.lines[-1] == "reverted: 3 trials: no server"
    assert cabinet.downloaded(release) < 4 * len(release.data) + len(release.artifacts["app"])


def test_a_cut_before_the_committed_word_costs_nothing(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """The slot is marked valid, and not committed: it is tried again where it is."""
    release = fleet.release("1.1.0-word")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.before_programming(cabinet.address("store_1") + COMMITTED_AT, cabinet.cut_power_next)
    cabinet.board.wait_for_state(State.OFF, timeout=PATIENCE_S)
    header = cabinet.header(1)
    assert header is not None
    assert not is_set(header.committed)
    assert cabinet.states() == ("VALID", "VALID")
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    assert cabinet.board.running == "ota_1"
    assert cabinet.committed(1)
    assert cabinet.said("reset: activating") == 1


def test_a_cut_while_a_slot_is_marked_valid_is_tried_again(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """Its entry in otadata is erased, and not written: the old slot boots."""
    release = fleet.release("1.1.0-valid")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("on trial")
    cabinet.before_programming(cabinet.address("otadata") + 4096, cabinet.cut_power_next)
    cabinet.board.wait_for_state(State.OFF, timeout=PATIENCE_S)
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    assert cabinet.said("reset: activating") == 2
    assert cabinet.board.running == "ota_1"
    assert cabinet.committed(1)


def test_a_core_that_was_damaged_after_the_switch_is_not_marked_valid(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """The bootloader runs the old slot, and otadata still names the other one."""
    release = fleet.release("1.4.0-damaged", core="second")
    cabinet = make_cabinet()
    place = cabinet.address("ota_1") + 0x200  # in its data, not in padding

    damaged: list[bool] = []

    def damage() -> None:
        if not damaged:
            damaged.append(True)
            cabinet.board.flash.program(place, bytes(16))

    cabinet.after_switch(damage)
    first = cabinet.assign(release)
    cabinet.board.power_on()
    report = cabinet.ends(first, "error")
    assert report.lines[-1] == "reverted: the bootloader did not start the new core"
    assert cabinet.board.running == "ota_0"
    assert "VALID" not in cabinet.states()[1]
    cabinet.ends(cabinet.assign(release), "finished")
    assert cabinet.board.running == "ota_1"
    assert cabinet.committed(1)
