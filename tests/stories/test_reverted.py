"""Releases that do not work: the old one comes back, and the server learns why."""

from __future__ import annotations

import dataclasses

from cabinet import Cabinet, Fleet, MakeCabinet, Report

from lockerctl.manifest import dump_manifest
from lockerctl.release_dir import Release

RELAY_ON = {"drivers/relay.py": ("value=not self._on)", "value=self._on)")}
_RUN = "        try:\n            while True:\n                now_ms"
HANGS = {"locker/cabinet.py": (_RUN, "        while True:\n            pass\n" + _RUN)}
_CHECK = '    """A relay that does not read back off."""\n'
HANGS_IN_CHECK = {"locker/health.py": (_CHECK, "    while True:\n        pass\n")}
_INIT = "        self._upgrading = boot.trial\n"
RAISES = {"locker/cabinet.py": (_INIT, _INIT + '        raise ValueError("on purpose")\n')}
TASK_ENDS = {"locker/cabinet.py": (_RUN, "        return\n" + _RUN)}
NO_SYNTAX = {
    "ota/agent.py": ("import asyncio\n", "import asyncio\nimport there_is_no_such_module\n")
}


EXITS = {"locker/cabinet.py": (_INIT, _INIT + '        __import__("sys").exit(1)\n')}
_ALL_BUT_28_KB = '[bytes(1000) for _ in range((__import__("gc").mem_free() - 28_000) // 1024)]'
GREEDY = {"locker/cabinet.py": (_INIT, f"{_INIT}        self.greed = {_ALL_BUT_28_KB}\n")}
HUNGRY = {"locker/cabinet.py": (_INIT, _INIT + "        self.greed = bytes(500_000)\n")}


def assert_back(cabinet: Cabinet, release: Release, action: int) -> Report:
    """The release was tried once, and the old one runs and is settled."""
    report = cabinet.ends(action, "error")
    assert cabinet.board.running == "ota_0"
    assert cabinet.committed(0)
    assert not cabinet.committed(1)
    assert cabinet.states()[1] == "ABORTED"
    boots = len(cabinet.board.causes)
    cabinet.polls(2)
    assert len(cabinet.board.causes) == boots
    assert cabinet.said(f"activating {release.manifest.version} in slot 1") == 1
    return report


def test_a_failing_self_test_is_reverted_and_told(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.2.0-relay", RELAY_ON)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1] == "reverted: check relays: relay 1 reads on"
    assert [cabinet.board.pins.level(pin) for pin in (16, 17, 18, 19)] == [0, 0, 0, 0]


def test_a_reverted_release_is_tried_again_when_the_operator_asks_anew(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.2.0-again", RELAY_ON)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    first = cabinet.assign(release)
    assert_back(cabinet, release, first)
    second = cabinet.assign(release)
    assert second != first
    cabinet.ends(second, "error")
    assert cabinet.said("reset: activating 1.2.0-again") == 2
    assert cabinet.report(second).lines[-1] == "reverted: check relays: relay 1 reads on"


def test_an_application_that_hangs_is_reverted_by_the_watchdog(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.3.0-hangs", HANGS)
    cabinet = make_cabinet(board={"watchdog_speed": 5})
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1] == "reverted: watchdog"


def test_a_check_that_hangs_is_named(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.3.0-check", HANGS_IN_CHECK)
    cabinet = make_cabinet(board={"watchdog_speed": 5})
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1] == "reverted: watchdog: check relays"


def test_an_exception_in_a_trial_is_reverted_and_named(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.3.0-raises", RAISES)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1] == "reverted: crash: ValueError: on purpose"


def test_a_task_that_ends_in_a_trial_is_reverted(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.3.0-ends", TASK_ENDS)
    cabinet = make_cabinet(settings={"prove_s": 2})
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert "task cabinet ended" in report.lines[-1]


def test_an_agent_that_can_not_be_loaded_is_reverted(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.3.0-agent", NO_SYNTAX)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert "there_is_no_such_module" in report.lines[-1]


def test_an_application_that_exits_in_a_trial_is_reverted(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """SystemExit is a soft reset, which the bootloader does not see."""
    release = fleet.release("1.3.0-exits", EXITS)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1].startswith("reverted: crash: SystemExit")


def test_an_application_that_takes_too_much_heap_is_reverted(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.3.0-greedy", GREEDY)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1].startswith("reverted: ")
    assert "heap free" in report.lines[-1] or "MemoryError" in report.lines[-1]


def test_an_application_that_does_not_fit_the_heap_is_reverted(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.3.0-hungry", HUNGRY)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1].startswith("reverted: crash: MemoryError")


def test_the_wrong_core_is_noticed(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    """A release whose name for its core is another one's."""
    made = fleet.workshop.build("1.4.0-other-core", core="second")
    release = fleet.publish(with_image_sha256(made, "ab" * 32))
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = assert_back(cabinet, release, cabinet.assign(release))
    assert report.lines[-1] == "reverted: check core: the running core is another one"


def with_image_sha256(release: Release, image_sha256: str) -> Release:
    """The release with another hash of its core's image."""
    layers = tuple(
        dataclasses.replace(each, image_sha256=image_sha256) if each.partition == "ota" else each
        for each in release.manifest.layers
    )
    manifest = dataclasses.replace(release.manifest, layers=layers)
    return Release(manifest, dump_manifest(manifest), release.artifacts)
