"""A deployment as a board is told of it: modules, artifacts, handling, history."""

from __future__ import annotations

from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fleet.actions import Gate, Pending, Status
from fleet.context import Fleet, now_ms
from fleet.ddi import messages
from fleet.ddi.boards import Board
from fleet.errors import RefusedError
from fleet.history import SERVER_MESSAGE
from fleet.settings import MAX_HISTORY
from fleet.store.boards import Action, ActionStatus
from fleet.store.models import Module, SetModule


def own_action(session: Session, board: Board, action_id: int) -> Action:
    """An action of this board. RefusedError (404) for anybody else's, and for one to come."""
    action = session.get(Action, action_id)
    if action is None or action.target_id != board.id or action.status is Status.SCHEDULED:
        raise RefusedError(404)
    return action


def gate_of(fleet: Fleet, board: Board, action: Action) -> Gate:
    """Whether the board may install it now."""
    pending = _pending(action)
    site = action.target.group
    return fleet.steering.rules.gate(board.place.controller_id, site, pending.window, now_ms())


def _pending(action: Action) -> Pending:
    return Pending(
        action.id,
        action.status,
        action.weight,
        action.force_type,
        action.force_time_ms,
        action.window_schedule,
        action.window_duration,
        action.window_zone,
    )


def deployment_of(
    session: Session,
    board: Board,
    action: Action,
    gate: Gate,
    history: int,
    member: str = "deployment",
) -> dict[str, object]:
    """deploymentBase and installedBase; with another `member`, confirmationBase."""
    modules = session.scalars(
        select(Module)
        .join(SetModule, SetModule.module_id == Module.id)
        .where(SetModule.set_id == action.set_id)
        .order_by(Module.id)
        .options(selectinload(Module.artifacts), selectinload(Module.meta))
    ).all()
    pending = _pending(action)
    texts = _history(session, action.id, history) if history else []
    handling = pending.handling(gate, now_ms())
    return messages.deployment(board.place, pending, modules, texts, handling, member)


def _history(session: Session, action_id: int, count: int) -> list[str]:
    """The newest texts of an action that are not the server's own, newest first."""
    wanted = MAX_HISTORY if count < 0 else min(count, MAX_HISTORY)
    entries = session.scalars(
        select(ActionStatus.messages)
        .where(ActionStatus.action_id == action_id)
        .order_by(ActionStatus.id.desc())
    )
    texts = (text for entry in entries for text in reversed(entry))
    return list(islice((text for text in texts if not text.startswith(SERVER_MESSAGE)), wanted))
