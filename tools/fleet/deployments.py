"""The order of things in the life of an action: what is written when, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.actions import (
    CANCELING,
    Effect,
    ForceType,
    Outcome,
    Report,
    Status,
    TargetState,
    cancel_effect,
    deployment_effect,
)
from fleet.errors import INCOMPLETE, NOT_CANCELABLE, NOT_FORCE_QUITABLE, QUOTA, RefusedError
from fleet.settings import MAX_STATUS_ENTRIES
from fleet.store.boards import Action, ActionStatus, Target
from fleet.store.models import DistributionSet

# What starts so is ours: boards do not get it back as history.
SERVER_MESSAGE = "Update Server: "


def take_deployment_report(session: Session, action: Action, report: Report, now_ms: int) -> None:
    """A board's feedback on a deployment. Raises RefusedError: 410 when the action is over."""
    if not action.active:
        raise RefusedError(410)
    if action.status is Status.WAIT_FOR_CONFIRMATION:
        raise RefusedError(404)
    effect = deployment_effect(report.execution, report.result, action.force_type)
    _record(session, action, effect, report, now_ms)
    if effect.outcome is Outcome.FINISHED:
        _finish(action, report, now_ms)
    elif effect.outcome is Outcome.DOWNLOADED:
        _end(action, Status.DOWNLOADED)
        action.target.state = TargetState.IN_SYNC
        action.target.request_attributes = True
    elif effect.outcome is Outcome.FAILED:
        _end(action, Status.ERROR)
        _lose_assignment(session, action)


def take_cancel_report(session: Session, action: Action, report: Report, now_ms: int) -> None:
    """A board's feedback on a cancellation. Raises RefusedError: 405 when none is asked for."""
    if action.status is not Status.CANCELING:
        raise RefusedError(405)
    effect = cancel_effect(report.execution, report.result)
    _record(session, action, effect, report, now_ms)
    if effect.outcome is Outcome.CANCELED:
        _end_canceled(session, action)
    elif effect.outcome is Outcome.CANCEL_REFUSED:
        action.status = Status.RUNNING


def note_retrieved(session: Session, action: Action, now_ms: int) -> None:
    """The board has fetched its deployment; said once, not at every poll."""
    newest = session.scalars(
        select(ActionStatus.status)
        .where(ActionStatus.action_id == action.id)
        .order_by(ActionStatus.id.desc())
        .limit(1)
    ).first()
    if not action.active or newest is Status.RETRIEVED:
        return
    _note(session, action, Status.RETRIEVED, "The board has retrieved the deployment.", now_ms)
    if action.status not in CANCELING:
        action.status = Status.RETRIEVED


def note_download(session: Session, action: Action, filename: str, now_ms: int) -> None:
    """The board downloads a whole artifact in one go."""
    _check_quota(session, action)
    _note(session, action, Status.DOWNLOAD, f"The board downloads {filename}.", now_ms)


def assign(
    session: Session,
    target: Target,
    chosen: DistributionSet,
    user: str,
    now_ms: int,
    *,
    force_type: ForceType = ForceType.FORCED,
    force_time_ms: int | None = None,
    weight: int = 1000,
) -> Action | None:
    """Give a board a set: a new action, or None if that set is what it is assigned already.

    Older actions of the board are asked to end. Raises RefusedError when the set is incomplete.
    """
    if not chosen.complete or not chosen.valid:
        raise RefusedError(INCOMPLETE, f"Set {chosen.name}:{chosen.version} is incomplete.")
    if target.assigned_set_id == chosen.id:
        return None
    for older in active_actions(session, target.id):
        if older.status not in CANCELING and not older.set.required_migration_step:
            _ask_to_cancel(session, older, f"Superseded by {chosen.name}:{chosen.version}.", now_ms)
    action = Action(
        target=target,
        set=chosen,
        active=True,
        status=Status.RUNNING,
        force_type=force_type,
        force_time_ms=force_time_ms,
        weight=weight,
    )
    action.stamp(user, now_ms)
    session.add(action)
    session.flush()
    chosen.lock()
    target.assigned_set_id = chosen.id
    target.state = TargetState.PENDING
    _note(session, action, Status.RUNNING, f"Assigned by {user}.", now_ms)
    return action


def cancel(session: Session, action: Action, user: str, now_ms: int) -> None:
    """Ask the board to give the action up. Raises RefusedError if it is over or asked already."""
    if not action.active or action.status in CANCELING:
        raise RefusedError(NOT_CANCELABLE, f"Action {action.id} cannot be canceled.")
    _ask_to_cancel(session, action, f"Cancellation requested by {user}.", now_ms)


def force_quit(session: Session, action: Action, user: str, now_ms: int) -> None:
    """End a canceling action without its board. Raises RefusedError unless it is canceling."""
    if not action.active or action.status is not Status.CANCELING:
        raise RefusedError(NOT_FORCE_QUITABLE, f"Action {action.id} is not being canceled.")
    _note(session, action, Status.CANCELED, f"Ended by {user} without the board.", now_ms)
    _end_canceled(session, action)


def active_actions(session: Session, target_id: int) -> Sequence[Action]:
    """The actions of a board that have not ended, oldest first."""
    return session.scalars(
        select(Action).where(Action.target_id == target_id, Action.active).order_by(Action.id)
    ).all()


def _record(session: Session, action: Action, effect: Effect, report: Report, now_ms: int) -> None:
    # A final report always gets through, or the action would stay open for ever.
    if effect.outcome is Outcome.NOTED:
        _check_quota(session, action)
    session.add(
        ActionStatus(
            action_id=action.id,
            status=effect.stored,
            occurred_ms=report.occurred_ms,
            reported_ms=now_ms,
            code=report.code,
            messages=list(report.messages),
        )
    )
    if report.code is not None:
        action.last_code = report.code
    action.modified_at = now_ms


def _check_quota(session: Session, action: Action) -> None:
    entries = session.scalar(select(func.count()).where(ActionStatus.action_id == action.id))
    if (entries or 0) >= MAX_STATUS_ENTRIES:
        raise RefusedError(QUOTA, f"Action {action.id} has {MAX_STATUS_ENTRIES} status entries.")


def _note(session: Session, action: Action, status: Status, text: str, now_ms: int) -> None:
    session.add(
        ActionStatus(
            action_id=action.id,
            status=status,
            occurred_ms=now_ms,
            reported_ms=now_ms,
            messages=[SERVER_MESSAGE + text],
        )
    )


def _ask_to_cancel(session: Session, action: Action, text: str, now_ms: int) -> None:
    action.status = Status.CANCELING
    _note(session, action, Status.CANCELING, text, now_ms)


def _end(action: Action, status: Status) -> None:
    action.active = False
    action.status = status


def _finish(action: Action, report: Report, now_ms: int) -> None:
    _end(action, Status.FINISHED)
    target = action.target
    # A board whose clock runs ahead must not shut out what it installs later.
    occurred_ms = min(report.occurred_ms, now_ms)
    if occurred_ms > (target.installed_at_ms or 0):
        target.installed_set_id = action.set_id
        target.installed_action_id = action.id
        target.installed_at_ms = occurred_ms
    if target.assigned_set_id == target.installed_set_id:
        target.state = TargetState.IN_SYNC
    target.request_attributes = True


def _lose_assignment(session: Session, action: Action) -> None:
    """After a failure nothing is assigned, so that the same set can be assigned again.

    Unless a newer assignment waits: that one still holds.
    """
    target = action.target
    others = _others(session, action)
    target.assigned_set_id = others[-1].set_id if others else None
    target.state = TargetState.PENDING if others else TargetState.ERROR


def _end_canceled(session: Session, action: Action) -> None:
    """What is assigned now: the next active action's set, or else what is installed."""
    _end(action, Status.CANCELED)
    target = action.target
    others = _others(session, action)
    target.assigned_set_id = others[-1].set_id if others else target.installed_set_id
    if not others:
        target.state = TargetState.IN_SYNC


def _others(session: Session, action: Action) -> list[Action]:
    """Active actions besides this one, the one that holds last."""
    others = [each for each in active_actions(session, action.target_id) if each is not action]
    return sorted(others, key=lambda each: (each.status not in CANCELING, each.id))
