"""One board with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.errors import NOT_FOUND, RefusedError
from fleet.page.boards_query import read_lines
from fleet.page.progress import PlanStep, Progress, plan, progress
from fleet.store.boards import Action, ActionStatus, Target, TargetAttribute
from fleet.store.models import DistributionSet

ACTIONS = 10
_LINES = 100
_LAYER = "layer."


@dataclass(frozen=True)
class Update:
    """An action with its history, newest line first; `plan` and `progress` while it is active."""

    action: Action
    lines: Sequence[ActionStatus]
    plan: Sequence[PlanStep] = ()
    progress: Progress | None = None


@dataclass(frozen=True)
class BoardView:
    """`updates`: newest first; `older`: from which action on there are more of them."""

    board: Target
    attributes: Mapping[str, str]
    active: Sequence[Update]
    updates: Sequence[Update]
    older: int | None
    installed: DistributionSet | None
    assigned: DistributionSet | None

    @property
    def layers(self) -> Mapping[str, str]:
        """Layers and the versions of them that run."""
        found = self.attributes.items()
        return {key.removeprefix(_LAYER): value for key, value in found if key.startswith(_LAYER)}


def find_board(session: Session, controller_id: str) -> Target:
    """Raises RefusedError (404)."""
    found = session.scalars(select(Target).where(Target.controller_id == controller_id)).first()
    if found is None:
        raise RefusedError(NOT_FOUND, f"There is no board {controller_id[:80]}.")
    return found


def read_board(session: Session, controller_id: str, before: int | None) -> BoardView:
    """A board, and its updates older than the action `before`. Raises RefusedError (404)."""
    board = find_board(session, controller_id)
    attributes = session.scalars(
        select(TargetAttribute)
        .where(TargetAttribute.target_id == board.id)
        .order_by(TargetAttribute.key)
    )
    rows = select(Action).where(Action.target_id == board.id).order_by(Action.id.desc())
    if before is not None:
        rows = rows.where(Action.id < before)
    actions = list(session.scalars(rows.limit(ACTIONS + 1)))
    active = session.scalars(
        select(Action).where(Action.target_id == board.id, Action.active).order_by(Action.id)
    )
    return BoardView(
        board,
        {each.key: each.value for each in attributes},
        [_under_way(session, each) for each in active],
        [Update(each, _lines(session, each)) for each in actions[:ACTIONS]],
        actions[ACTIONS - 1].id if len(actions) > ACTIONS else None,
        board.installed_set,
        board.assigned_set,
    )


def _under_way(session: Session, action: Action) -> Update:
    newest = read_lines(session, [action.id], most=_LINES).get(action.id, [])
    return Update(action, [], plan(newest), progress(action.status, newest))


def _lines(session: Session, action: Action) -> list[ActionStatus]:
    return list(
        session.scalars(
            select(ActionStatus)
            .where(ActionStatus.action_id == action.id)
            .order_by(ActionStatus.id.desc())
            .limit(_LINES)
        )
    )
