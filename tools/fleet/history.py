"""Rows that both sides of an action write: its history, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from fleet.actions import CANCELING, Report, Status, TargetState
from fleet.errors import QUOTA, RefusedError
from fleet.settings import MAX_STATUS_ENTRIES
from fleet.store.boards import Action, ActionStatus

# What starts so is ours: boards do not get it back as history.
SERVER_MESSAGE = "Update Server: "


def note(session: Session, action: Action, status: Status, text: str, now_ms: int) -> None:
    """A line of the server's own."""
    note_messages(session, action, status, (SERVER_MESSAGE + text,), None, now_ms)


def note_all(
    session: Session, actions: ColumnElement[bool], status: Status, text: str, now_ms: int
) -> None:
    """`note` for all actions that fulfil a condition, in one statement."""
    line: dict[InstrumentedAttribute[Any], object] = {
        ActionStatus.status: status,
        ActionStatus.occurred_ms: now_ms,
        ActionStatus.reported_ms: now_ms,
        ActionStatus.messages: [SERVER_MESSAGE + text],
    }
    values = [literal(value, column.type) for column, value in line.items()]
    lines = select(Action.id, *values).where(actions)
    session.execute(insert(ActionStatus).from_select([ActionStatus.action_id, *line], lines))


def note_messages(
    session: Session,
    action: Action,
    status: Status,
    messages: tuple[str, ...],
    code: int | None,
    now_ms: int,
) -> None:
    """A line that somebody else has said, at the board or for it."""
    session.add(
        ActionStatus(
            action_id=action.id,
            status=status,
            occurred_ms=now_ms,
            reported_ms=now_ms,
            code=code,
            messages=list(messages),
        )
    )


def note_report(
    session: Session, action: Action, status: Status, report: Report, now_ms: int
) -> None:
    """A line that a board has reported."""
    session.add(
        ActionStatus(
            action_id=action.id,
            status=status,
            occurred_ms=report.occurred_ms,
            reported_ms=now_ms,
            code=report.code,
            messages=list(report.messages),
        )
    )
    if report.code is not None:
        action.last_code = report.code


def check_quota(session: Session, action: Action) -> None:
    """Raises RefusedError (429) when the history is full."""
    entries = session.scalar(select(func.count()).where(ActionStatus.action_id == action.id))
    if (entries or 0) >= MAX_STATUS_ENTRIES:
        raise RefusedError(QUOTA, f"Action {action.id} has {MAX_STATUS_ENTRIES} status entries.")


def newest_status(session: Session, action: Action) -> Status | None:
    """The status of the last line."""
    return session.scalars(
        select(ActionStatus.status)
        .where(ActionStatus.action_id == action.id)
        .order_by(ActionStatus.id.desc())
        .limit(1)
    ).first()


def active_actions(session: Session, target_id: int) -> Sequence[Action]:
    """The actions of a board that have not ended, oldest first."""
    return session.scalars(
        select(Action).where(Action.target_id == target_id, Action.active).order_by(Action.id)
    ).all()


def end(action: Action, status: Status) -> None:
    """It is over; the board's channel may have something to say about that."""
    action.active = False
    action.status = status
    action.target.due = True


def end_canceled(session: Session, action: Action) -> None:
    """It is given up: now the next active action's set is assigned, or else what is installed."""
    end(action, Status.CANCELED)
    target = action.target
    others = remaining(session, action)
    target.assigned_set_id = others[-1].set_id if others else target.installed_set_id
    if not others:
        target.state = TargetState.IN_SYNC


def remaining(session: Session, action: Action) -> list[Action]:
    """The board's active actions besides this one; the one that holds comes last."""
    others = [each for each in active_actions(session, action.target_id) if each is not action]
    return sorted(others, key=lambda each: (each.status not in CANCELING, each.id))
