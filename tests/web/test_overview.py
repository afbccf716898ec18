"""The first screen: is anything wrong, and what is being rolled out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from demo_fleet import BUSY_ROLLOUT, STOPPED_ROLLOUT, fill
from seeded import Made
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from web_world import Person, Shop, wait_for

from fleet.actions import TargetState
from fleet.context import now_ms
from fleet.page import overview
from fleet.page.overview_query import read_summary
from fleet.page.troubles import OwnTroubles, troubles
from fleet.rollout_rules import GroupStatus, RolloutStatus, SuccessAction
from fleet.store.boards import Target
from fleet.store.rollouts import Rollout, RolloutGroup


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "_FRESH_MS", -1)


@pytest.fixture
def viewer(shop: Shop) -> Person:
    return shop.signed_in("viewer")


def _heal(shop: Shop) -> None:
    """Every board is well and was just heard of."""
    well = update(Target).values(state=TargetState.IN_SYNC, last_contact_ms=now_ms())
    shop.write(lambda session: session.execute(well))


def test_a_healthy_fleet_is_told_as_such(shop: Shop, viewer: Person) -> None:
    _heal(shop)
    text = viewer.text("/ui/")
    assert "All is well 120 boards" in text
    assert "Nothing is being rolled out." in text


def test_what_is_wrong_comes_first_and_leads_to_its_boards(shop: Shop, viewer: Person) -> None:
    html = viewer.read("/ui/")
    assert "Something is wrong wrong 2 boards failed the last update look" in viewer.text("/ui/")
    assert 'href="/ui/boards?state=failed"' in html
    _heal(shop)
    silent = update(Target).where(Target.controller_id == "cabinet-0009").values(last_contact_ms=1)
    shop.write(lambda session: session.execute(silent))
    assert "Worth a look look 1 board overdue" in viewer.text("/ui/")


def test_without_boards_it_says_what_to_do(shop: Shop, viewer: Person) -> None:
    shop.write(lambda session: session.execute(delete(Target)))
    assert "No boards yet Make one known with lockerctl fleet add-board ID" in viewer.text("/ui/")


def test_a_fleet_at_work_is_told_in_one_look(tmp_path: Path) -> None:
    with Shop(tmp_path / "fleet") as shop:
        fill(shop, scale=4)
        viewer = shop.signed_in("viewer")
        text = viewer.text("/ui/")
        assert f"Rollout {STOPPED_ROLLOUT} was stopped by failures: a few: 2 of 10 failed" in text
        assert f"{BUSY_ROLLOUT} 1.2.0 running" in text
        assert f"{STOPPED_ROLLOUT} 1.1.0 stopped by failures" in text
        assert "Pool is paused by operator: the hall is being rebuilt" in text
        assert "260 boards" in text
        assert "What boards run" in text
        assert "downloads" in text
        board = viewer.text("/ui/boards?state=failed")
        assert "2 boards found" in board
        rollout = viewer.text("/ui/rollouts")
        assert BUSY_ROLLOUT in rollout


def test_a_stopped_rollout_is_told_however_many_newer_ones_there_are(
    shop: Shop, viewer: Person, made: list[Made]
) -> None:
    _heal(shop)

    def add(session: Session, name: str, status: RolloutStatus, group: GroupStatus) -> None:
        one = RolloutGroup(
            name="all",
            position=0,
            status=group,
            success_percent=50,
            success_action=SuccessAction.NEXTGROUP,
            error_percent=50,
        )
        set_id = made[0].set_id
        session.add(Rollout(name=name, set_id=set_id, query="", status=status, groups=[one]))

    shop.write(lambda db: add(db, "Spring", RolloutStatus.PAUSED, GroupStatus.ERROR))
    denied = RolloutStatus.APPROVAL_DENIED, GroupStatus.READY
    shop.write(lambda db: [add(db, f"Denied {number}", *denied) for number in range(7)])
    assert "Something is wrong wrong Rollout Spring was stopped by failures" in viewer.text("/ui/")


def test_a_task_of_the_server_that_fails_is_told(
    shop: Shop, viewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a secret")

    _heal(shop)
    told = "wrong The server fails at looking for what is to be done: ValueError"
    with monkeypatch.context() as patch:
        patch.setattr("fleet.rollout_steps.busy_rollouts", fail)
        wait_for(lambda: told in viewer.text("/ui/"), "it is not told")
        assert "a secret" not in viewer.text("/ui/")
    wait_for(lambda: "All is well" in viewer.text("/ui/"), "it is still told")


def test_what_endangers_trust_is_told(shop: Shop) -> None:
    summary = shop.write(lambda session: read_summary(session, 0))
    own = OwnTroubles([], [(False, "root 1: good until May"), (True, "other keys")])
    found = [(each.bad, each.text) for each in troubles(summary, (), own)]
    assert found[0] == (True, "Trust: other keys")
    assert (False, "Trust: root 1: good until May") in found


def test_many_who_look_cost_no_more_than_one(
    shop: Shop, viewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "_FRESH_MS", 60_000)
    before = viewer.text("/ui/")
    _heal(shop)
    assert viewer.text("/ui/") == before
    monkeypatch.setattr(overview, "_FRESH_MS", -1)
    time.sleep(0.01)
    assert "All is well" in viewer.text("/ui/")
