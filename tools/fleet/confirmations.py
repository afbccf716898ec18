"""A person at the board agrees to an update, or has agreed to all of them (facts: ddi.md 10)."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from fleet.actions import CANCELING, Status
from fleet.errors import AUTO_CONFIRM_ACTIVE, RefusedError
from fleet.history import active_actions, check_quota, note, note_messages
from fleet.store.boards import Action, Target

_WAITS = Status.WAIT_FOR_CONFIRMATION


class Confirmation(StrEnum):
    """What that person says."""

    CONFIRMED = "confirmed"
    DENIED = "denied"


def take_confirmation(
    session: Session,
    action: Action,
    given: Confirmation,
    code: int | None,
    messages: tuple[str, ...],
    now_ms: int,
) -> None:
    """Raises RefusedError: 410 when the action is over, 404 when nobody is asked.

    Who has agreed may still take it back; then the board waits anew.
    """
    if not action.active:
        raise RefusedError(410)
    may_deny = given is Confirmation.DENIED and action.status not in CANCELING
    if action.status is not _WAITS and not may_deny:
        raise RefusedError(404)
    check_quota(session, action)
    agreed = given is Confirmation.CONFIRMED
    action.status = Status.RUNNING if agreed else _WAITS
    text = "Confirmed." if agreed else "Denied: waiting to be confirmed."
    note_messages(session, action, action.status, (*messages, text), code, now_ms)


def activate(
    session: Session, target: Target, initiator: str, remark: str | None, now_ms: int
) -> None:
    """From now on every update is agreed to, those that wait as well. RefusedError (409)."""
    if target.auto_confirm_at_ms is not None:
        raise RefusedError(AUTO_CONFIRM_ACTIVE, f"{target.controller_id} confirms all already.")
    target.auto_confirm_at_ms = now_ms
    target.auto_confirm_by, target.auto_confirm_remark = initiator, remark
    for action in active_actions(session, target.id):
        if action.status is _WAITS:
            action.status = Status.RUNNING
            note(session, action, Status.RUNNING, f"Confirmed by itself for {initiator}.", now_ms)


def deactivate(target: Target) -> None:
    target.auto_confirm_at_ms = target.auto_confirm_by = target.auto_confirm_remark = None
