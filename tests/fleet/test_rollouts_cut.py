"""A server that is killed at any step of a rollout goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from fleet import rollouts
from fleet.actions import Status
from fleet.app import build_fleet
from fleet.context import Fleet, now_ms
from fleet.rollout_plans import GroupPlan, RolloutPlan, equal_groups
from fleet.rollout_rules import RolloutStatus
from fleet.rollout_steps import CHUNK, step
from fleet.settings import Settings
from fleet.store.boards import Action, ActionStatus, Target
from fleet.store.models import DistributionSet, Module, ModuleType, SetType
from fleet.store.rollouts import Rollout

_BOARDS = 2 * CHUNK + 10


class CutError(Exception):
    """The power is gone."""


@pytest.fixture
def fleet(tmp_path: Path, database_url: str) -> Iterator[Fleet]:
    made = build_fleet(Settings(tmp_path / "data", database_url=database_url), None, pytest.fail)
    yield made
    made.accounts.close()
    made.database.close()


def _prepare(fleet: Fleet, session: Session) -> int:
    """Boards, a set, and a rollout of it in two groups that is started."""
    rows = [
        {"controller_id": f"b{number:04}", "name": "b", "security_token": "t"}
        for number in range(_BOARDS)
    ]
    session.execute(insert(Target), rows)
    kind = session.scalars(select(SetType).where(SetType.key == "app")).one()
    module_kind = session.scalars(select(ModuleType).where(ModuleType.key == "application")).one()
    module = Module(type=module_kind, name="m", version="1")
    chosen = DistributionSet(type=kind, name="s", version="1", modules=[module])
    session.add(chosen)
    session.flush()
    plan = RolloutPlan("r", chosen.id, "controllerid==*", equal_groups(2, GroupPlan("")))
    tenant = fleet.steering.rules.tenant
    made = rollouts.create(session, fleet.content, plan, tenant, "kim", now_ms())
    rollouts.start(session, made.id, "kim", now_ms())
    return made.id


def _stepping(fleet: Fleet, rollout_id: int, *, cut: bool) -> Callable[[Session], bool]:
    tenant = fleet.steering.rules.tenant

    def work(session: Session) -> bool:
        more = step(session, fleet.content, tenant, rollout_id, now_ms())
        session.flush()
        if cut:
            raise CutError
        return more

    return work


def test_each_board_is_offered_the_release_once_whatever_is_cut(fleet: Fleet) -> None:
    database = fleet.database
    number = database.write_now(lambda session: _prepare(fleet, session))
    cuts, more = 0, True
    while more:
        with pytest.raises(CutError):
            database.write_now(_stepping(fleet, number, cut=True))
        cuts += 1
        more = database.write_now(_stepping(fleet, number, cut=False))

    def found(session: Session) -> tuple[dict[Status, int], int, int, RolloutStatus]:
        counts = session.execute(select(Action.status, func.count()).group_by(Action.status))
        lines = session.scalar(select(func.count(ActionStatus.id))) or 0
        targets = session.scalar(select(func.count(func.distinct(Action.target_id)))) or 0
        states = {row.status: row[1] for row in counts}
        return states, lines, targets, session.get_one(Rollout, number).status

    states, lines, targets, status = database.write_now(found)
    half = _BOARDS // 2
    assert states == {Status.RUNNING: half, Status.SCHEDULED: _BOARDS - half}
    assert (lines, targets, status) == (half, _BOARDS, RolloutStatus.RUNNING)
    assert cuts >= 3
