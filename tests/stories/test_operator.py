"""Operators who change their minds."""

from __future__ import annotations

from cabinet import Fleet, MakeCabinet


def test_a_cancel_before_the_download_leaves_everything(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-never")
    cabinet = make_cabinet()
    cabinet.board.world.door(1).open(force=True)
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("waiting: door 1 open")
    before = cabinet.partition("store_1")
    fleet.client.cancel(cabinet.id, action)
    cabinet.ends(action, "canceled")
    cabinet.board.world.door(1).close()
    cabinet.polls(2)
    assert cabinet.partition("store_1") == before
    assert cabinet.board.causes == [1]


def test_a_cancel_during_the_download_stops_it(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-stopped", core="second")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.board.link.delay_s = 0.1
    cabinet.board.power_on()
    cabinet.says("fetched [23]0 %")
    fleet.client.cancel(cabinet.id, action)
    cabinet.ends(action, "canceled")
    downloaded = cabinet.downloaded(release)
    assert downloaded < len(release.artifacts["core"])
    cabinet.board.link.delay_s = 0
    again = cabinet.assign(release)
    cabinet.ends(again, "finished")
    whole = sum(len(release.artifacts[name]) for name in ("core", "app"))
    assert cabinet.downloaded(release) == whole + 2 * len(release.data)


def test_a_cancel_while_the_board_is_off_is_answered(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-off")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.board.link.delay_s = 0.1
    cabinet.board.power_on()
    cabinet.says("fetched [23]0 %")
    cabinet.board.cut_power()
    cabinet.board.link.delay_s = 0
    fleet.client.cancel(cabinet.id, action)
    cabinet.board.power_on()
    cabinet.ends(action, "canceled")
    cabinet.polls(2)
    assert cabinet.board.causes == [1, 1]


def test_a_newer_assignment_supersedes_a_download(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    older = fleet.release("1.1.0-older", core="second")
    newer = fleet.release("1.2.0-newer", sequence=3)
    cabinet = make_cabinet()
    first = cabinet.assign(older)
    cabinet.board.link.delay_s = 0.1
    cabinet.board.power_on()
    cabinet.says("fetched [23]0 %")
    second = cabinet.assign(newer)
    cabinet.ends(first, "canceled")
    cabinet.board.link.delay_s = 0
    cabinet.ends(second, "finished")
    assert cabinet.board.causes[1:] == [2]
    assert cabinet.downloaded(older) < len(older.artifacts["core"])


def test_a_cancel_during_the_trial_comes_too_late(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-too-late")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.after_switch(lambda: fleet.client.cancel(cabinet.id, action))
    cabinet.board.power_on()
    cabinet.until(lambda: not cabinet.report(action).active, "over")
    cabinet.polls(2)
    assert cabinet.board.running == "ota_1"
    assert cabinet.committed(1)
    assert cabinet.board.causes == [1, 2]
    assert cabinet.report(action).status == "finished"


def test_an_action_that_the_operator_ends_by_force_is_dropped(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """Its files are gone at once, in the middle of the download."""
    release = fleet.release("1.1.0-forced", core="second")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.board.link.delay_s = 0.1
    cabinet.board.power_on()
    cabinet.says("fetched [23]0 %")
    fleet.client.cancel(cabinet.id, action)
    fleet.client.cancel(cabinet.id, action, force=True)
    cabinet.board.link.delay_s = 0
    assert not cabinet.report(action).active
    newer = fleet.release("1.2.0-forced", sequence=3)
    cabinet.ends(cabinet.assign(newer), "finished")
    assert cabinet.board.causes == [1, 2]


def test_a_release_that_is_only_to_be_downloaded_is_not_started(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-later")
    cabinet = make_cabinet()
    action = cabinet.assign(release, "downloadonly")
    cabinet.board.power_on()
    cabinet.ends(action, "downloaded")
    cabinet.polls(2)
    assert cabinet.board.causes == [1]
    assert cabinet.header(1) is not None


def test_a_board_that_is_removed_and_added_again_goes_on(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-removed")
    cabinet = make_cabinet()
    cabinet.board.power_on()
    cabinet.until(lambda: "release" in cabinet.attributes(), "known")
    fleet.client.delete_target(cabinet.id)
    cabinet.says("agent: StatusError: poll: status 401")
    fleet.add_board(cabinet.id)
    cabinet.ends(cabinet.assign(release), "finished")
    assert cabinet.board.causes == [1, 2]
