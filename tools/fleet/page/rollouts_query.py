"""Rollouts with how their boards stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, selectinload

from fleet.actions import Status
from fleet.page.pictures import Part, Rect, groups_picture, outcome_parts
from fleet.rollout_rules import OVER, GroupStatus, Outcomes, RolloutStatus
from fleet.rollouts import find_rollout, outcomes
from fleet.store.boards import Action, ActionStatus, Target
from fleet.store.rollouts import Rollout, RolloutGroup

PAGE = 10
FAILURES = 20
_WAITING = (RolloutStatus.PAUSED, RolloutStatus.WAITING_FOR_APPROVAL)
_PRESENT = tuple(each for each in RolloutStatus if each not in OVER)


@dataclass(frozen=True)
class RolloutView:
    """A rollout with the outcomes of its groups, in their order."""

    rollout: Rollout
    groups: Sequence[tuple[RolloutGroup, Outcomes]]

    @property
    def total(self) -> Outcomes:
        return sum((each for _, each in self.groups), Outcomes())

    @property
    def stopped_by_failures(self) -> bool:
        return stopped_by_failures(self.rollout)

    @property
    def parts(self) -> list[Part]:
        return outcome_parts(self.total)

    @property
    def picture(self) -> list[Rect]:
        return groups_picture([(group.name, each) for group, each in self.groups])


@dataclass(frozen=True)
class Failure:
    """A board that a rollout's update has failed on, and what it said last."""

    controller_id: str
    messages: Sequence[str]


def stopped_by_failures(rollout: Rollout) -> bool:
    """Whether it waits for a person because too many boards failed."""
    failed = any(group.status is GroupStatus.ERROR for group in rollout.groups)
    return rollout.status is RolloutStatus.PAUSED and failed


def read_waiting(session: Session, most: int) -> Sequence[Rollout]:
    """Rollouts that go on only when a person says so: those that failed first, then the newest."""
    failed = exists().where(
        RolloutGroup.rollout_id == Rollout.id, RolloutGroup.status == GroupStatus.ERROR
    )
    return session.scalars(
        select(Rollout)
        .where(Rollout.deleted.is_(False), Rollout.status.in_(_WAITING))
        .options(selectinload(Rollout.groups))
        .order_by(failed.desc(), Rollout.id.desc())
        .limit(most)
    ).all()


def read_present(session: Session, most: int) -> list[RolloutView]:
    """Rollouts that are not over, newest first."""
    return _views(session, _listed().where(Rollout.status.in_(_PRESENT)).limit(most))


def read_page(session: Session, before: int | None) -> tuple[list[RolloutView], int | None]:
    """Rollouts older than `before`, newest first; and the id from which more follow."""
    rows = _listed() if before is None else _listed().where(Rollout.id < before)
    views = _views(session, rows.limit(PAGE + 1))
    return views[:PAGE], views[PAGE - 1].rollout.id if len(views) > PAGE else None


def read_rollout(session: Session, rollout_id: int) -> RolloutView:
    """Raises RefusedError (404)."""
    find_rollout(session, rollout_id)
    return _views(session, _listed().where(Rollout.id == rollout_id))[0]


def read_failures(session: Session, rollout_id: int) -> list[Failure]:
    """The newest failures."""
    rows = session.execute(
        select(Action.id, Target.controller_id)
        .join(Target, Target.id == Action.target_id)
        .where(Action.rollout_id == rollout_id, Action.status == Status.ERROR)
        .order_by(Action.id.desc())
        .limit(FAILURES)
    ).all()
    return [Failure(row.controller_id, last_words(session, row.id)) for row in rows]


def last_words(session: Session, action_id: int) -> Sequence[str]:
    """The newest line of an action's history."""
    newest = select(ActionStatus.messages).where(ActionStatus.action_id == action_id)
    return session.scalars(newest.order_by(ActionStatus.id.desc()).limit(1)).first() or ()


def _listed() -> Select[Rollout]:
    return (
        select(Rollout)
        .where(Rollout.deleted.is_(False))
        .options(selectinload(Rollout.groups), selectinload(Rollout.set))
        .order_by(Rollout.id.desc())
    )


def _views(session: Session, rows: Select[Rollout]) -> list[RolloutView]:
    views = []
    for rollout in session.scalars(rows):
        counted = outcomes(session, rollout.id)
        groups = [(group, counted.get(group.id, Outcomes())) for group in rollout.groups]
        views.append(RolloutView(rollout, groups))
    return views
