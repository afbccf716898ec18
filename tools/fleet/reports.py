"""What boards' reports change: the rules' outcome, written down in one transaction."""

from __future__ import annotations

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
from fleet.errors import RefusedError
from fleet.history import (
    check_quota,
    end,
    end_canceled,
    newest_status,
    note,
    note_report,
    remaining,
)
from fleet.store.boards import Action


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
        end(action, Status.DOWNLOADED)
        action.target.state = TargetState.IN_SYNC
        action.target.request_attributes = True
    elif effect.outcome is Outcome.FAILED:
        end(action, Status.ERROR)
        _lose_assignment(session, action)


def take_cancel_report(session: Session, action: Action, report: Report, now_ms: int) -> None:
    """A board's feedback on a cancellation. Raises RefusedError: 405 when none is asked for."""
    if action.status is not Status.CANCELING:
        raise RefusedError(405)
    effect = cancel_effect(report.execution, report.result)
    _record(session, action, effect, report, now_ms)
    if effect.outcome is Outcome.CANCELED:
        end_canceled(session, action)
    elif effect.outcome is Outcome.CANCEL_REFUSED:
        action.status = Status.RUNNING


def note_retrieved(session: Session, action: Action, now_ms: int) -> None:
    """The board has fetched its deployment; said once, not at every poll."""
    if not action.active or newest_status(session, action) is Status.RETRIEVED:
        return
    note(session, action, Status.RETRIEVED, "The board has retrieved the deployment.", now_ms)
    if action.status not in CANCELING:
        action.status = Status.RETRIEVED


def note_download(session: Session, action: Action, filename: str, now_ms: int) -> None:
    """The board downloads a whole artifact in one go. Raises RefusedError (429)."""
    check_quota(session, action)
    note(session, action, Status.DOWNLOAD, f"The board downloads {filename}.", now_ms)


def _record(session: Session, action: Action, effect: Effect, report: Report, now_ms: int) -> None:
    # A final report always gets through, or the action would stay open for ever.
    if effect.outcome is Outcome.NOTED:
        check_quota(session, action)
    note_report(session, action, effect.stored, report, now_ms)


def _finish(action: Action, report: Report, now_ms: int) -> None:
    end(action, Status.FINISHED)
    target = action.target
    target.request_attributes = True
    # A board whose clock runs ahead must not shut out what it installs later.
    occurred_ms = min(report.occurred_ms, now_ms)
    if target.installed_at_ms is not None and occurred_ms <= target.installed_at_ms:
        return
    target.installed_set_id = action.set_id
    target.installed_action_id = action.id
    target.installed_at_ms = occurred_ms
    if action.force_type is ForceType.DOWNLOADONLY:
        target.assigned_set_id = action.set_id
    if target.assigned_set_id == action.set_id:
        target.state = TargetState.IN_SYNC


def _lose_assignment(session: Session, action: Action) -> None:
    """After a failure nothing is assigned, so that the same set can be assigned again.

    Unless a newer assignment waits: that one still holds.
    """
    target = action.target
    others = remaining(session, action)
    target.assigned_set_id = others[-1].set_id if others else None
    target.state = TargetState.PENDING if others else TargetState.ERROR
