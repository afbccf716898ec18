"""What operators change about a board's actions: assigning, cancelling, forcing the end."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fleet.actions import CANCELING, ForceType, Status, TargetState
from fleet.errors import INCOMPLETE, NOT_CANCELABLE, NOT_FORCE_QUITABLE, RefusedError
from fleet.history import active_actions, end_canceled, note
from fleet.store.boards import Action, Target
from fleet.store.models import DistributionSet


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
    check_assignable(chosen)
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
    _add(session, action, user, now_ms)
    target.state = TargetState.PENDING
    note(session, action, Status.RUNNING, f"Assigned by {user}.", now_ms)
    return action


def record_installed(
    session: Session, target: Target, chosen: DistributionSet, user: str, now_ms: int
) -> Action | None:
    """Note that a board runs a set that came to it by another way.

    None, and nothing changed, if it is assigned that set already or has an update under way.
    Raises RefusedError when the set is incomplete.
    """
    check_assignable(chosen)
    if target.assigned_set_id == chosen.id or target.state is TargetState.PENDING:
        return None
    action = Action(target=target, set=chosen, active=False, status=Status.FINISHED)
    _add(session, action, user, now_ms)
    target.installed_set_id = chosen.id
    target.installed_action_id = action.id
    target.installed_at_ms = now_ms
    target.state = TargetState.IN_SYNC
    note(session, action, Status.FINISHED, f"Reported as installed by {user}.", now_ms)
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
    note(session, action, Status.CANCELED, f"Ended by {user} without the board.", now_ms)
    end_canceled(session, action)


def check_assignable(chosen: DistributionSet) -> None:
    """Raises RefusedError (400) unless boards can be given this set."""
    if not chosen.complete or not chosen.valid:
        raise RefusedError(INCOMPLETE, f"Set {chosen.name}:{chosen.version} is incomplete.")


def _add(session: Session, action: Action, user: str, now_ms: int) -> None:
    """From now on the set is what somebody was promised."""
    action.stamp(user, now_ms)
    session.add(action)
    session.flush()
    action.set.lock()
    action.target.assigned_set_id = action.set_id


def _ask_to_cancel(session: Session, action: Action, text: str, now_ms: int) -> None:
    action.status = Status.CANCELING
    note(session, action, Status.CANCELING, text, now_ms)
