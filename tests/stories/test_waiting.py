"""Customers first."""

from __future__ import annotations

import time

from cabinet import Fleet, MakeCabinet


def test_no_block_is_fetched_while_somebody_presses_keys(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-keys")
    cabinet = make_cabinet(settings={"quiet_s": 2})
    action = cabinet.assign(release)
    cabinet.board.link.delay_s = 0.1
    cabinet.board.power_on()
    cabinet.says("fetched [23]0 %")
    cabinet.board.world.key(1).press()
    cabinet.says("waiting: key pressed")
    seen = len(cabinet.board.console)
    pressed, downloaded = time.monotonic(), cabinet.downloaded(release)
    cabinet.says("fetched", seen)
    assert time.monotonic() - pressed > 1
    assert downloaded < len(release.data) + len(release.artifacts["app"]) / 2
    cabinet.ends(action, "finished")


def test_an_open_door_holds_up_the_switch(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-door")
    cabinet = make_cabinet()
    door = cabinet.board.world.door(2)
    action = cabinet.assign(release)
    cabinet.when("fetched 90 %", lambda: door.open(force=True))
    cabinet.board.power_on()
    cabinet.says("waiting: door 2 open")
    cabinet.polls(2)
    assert cabinet.board.causes == [1]
    door.close()
    cabinet.ends(action, "finished")


def test_who_comes_in_at_the_last_moment_is_still_seen(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-moment")
    cabinet = make_cabinet(settings={"quiet_s": 1})
    action = cabinet.assign(release)
    press = cabinet.board.world.key(1).press
    cabinet.when("Upgrading", press)
    cabinet.board.power_on()
    cabinet.says("Upgrading")
    seen = len(cabinet.board.console)
    cabinet.says("Ready", seen)
    assert cabinet.board.causes == [1]
    cabinet.ends(action, "finished")


def test_a_door_that_is_open_before_holds_up_the_download(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-open")
    cabinet = make_cabinet()
    door = cabinet.board.world.door(4)
    door.open(force=True)
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("waiting: door 4 open")
    assert cabinet.header(1) is None
    assert cabinet.downloaded(release) == len(release.data)
    door.close()
    report = cabinet.ends(action, "finished")
    assert "waiting: door 4 open" in report.lines


def test_a_slot_that_has_not_proven_itself_is_not_followed_by_another(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """The other slot is the way back until then."""
    release = fleet.release("1.1.0-young")
    cabinet = make_cabinet(settings={"healthy_s": 3600})
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("waiting: slot 0 runs for less than 3600 s")
    cabinet.polls(2)
    assert cabinet.downloaded(release) == len(release.data)
    assert cabinet.report(action).active
