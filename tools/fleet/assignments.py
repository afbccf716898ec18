"""What operators change about a board's actions: assigning, cancelling, forcing the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from fleet.actions import CANCELING, ForceType, Status, TargetState
from fleet.errors import HELD, INCOMPLETE, NOT_CANCELABLE, NOT_FORCE_QUITABLE, RefusedError
from fleet.history import active_actions, end, end_canceled, note, note_all
from fleet.store.boards import Action, Target
from fleet.store.models import DistributionSet
from fleet.tenant import Tenant


@dataclass(frozen=True)
class Terms:
    """How a set is assigned. `window`: schedule, duration and zone of the action's own window.

    `confirm`: a person at the board has to agree first. `autoclose`: what it supersedes is ended
    without asking the board.
    """

    force_type: ForceType = ForceType.FORCED
    force_time_ms: int | None = None
    weight: int = 1000
    window: tuple[str, str, str] | None = None
    confirm: bool = False
    autoclose: bool = False
    lock: bool = True

    @classmethod
    def usual(cls, tenant: Tenant, *, confirmation: bool = True) -> Terms:
        """Forced, at once; what the settings say of the rest."""
        return cls(
            confirm=tenant.confirmation and confirmation,
            autoclose=tenant.autoclose,
            lock=tenant.implicit_lock,
        )


_USUAL = Terms()
_ASSIGNED = "Assigned by {}."
_CANCELED = "Cancellation requested by {}."


def assign(
    session: Session,
    target: Target,
    chosen: DistributionSet,
    user: str,
    now_ms: int,
    terms: Terms = _USUAL,
) -> Action | None:
    """Give a board a set: a new action, or None if that set is what it is assigned already.

    Older actions of the board are asked to end. Raises RefusedError when the set is incomplete,
    or the board is held.
    """
    check_assignable(chosen)
    if target.assigned_set_id == chosen.id:
        return None
    check_not_held(target)
    action = Action(
        target=target, set=chosen, active=False, status=Status.SCHEDULED, **_fields(terms)
    )
    _add(session, action, user, now_ms, lock=terms.lock)
    begin(session, action, _ASSIGNED.format(user), now_ms, terms)
    return action


def assign_idle(
    session: Session,
    boards: ColumnElement[bool],
    chosen: DistributionSet,
    user: str,
    now_ms: int,
    terms: Terms,
) -> None:
    """`assign` for all boards that fulfil a condition, in a few statements.

    None of them may have an action that has not ended. Raises RefusedError if it is incomplete.
    """
    check_assignable(chosen)
    assigned = Target.assigned_set_id
    wanted = and_(boards, Target.held.is_(False), assigned.is_distinct_from(chosen.id))
    waits = and_(literal(terms.confirm), Target.auto_confirm_at_ms.is_(None))
    status = Action.status.type
    values: dict[str, ColumnElement[Any]] = {
        "target_id": Target.id.expression,
        "status": case(
            (waits, literal(Status.WAIT_FOR_CONFIRMATION, status)),
            else_=literal(Status.RUNNING, status),
        ),
    }
    for name, value in {
        "set_id": chosen.id,
        "active": True,
        **_fields(terms),
        **dict.fromkeys(("created_by", "modified_by"), user),
        **dict.fromkeys(("created_at", "modified_at"), now_ms),
    }.items():
        values[name] = literal(value, Action.__table__.c[name].type)
    before = session.scalar(select(func.max(Action.id))) or 0
    made = Action.id > before
    session.execute(insert(Action).from_select([*values], select(*values.values()).where(wanted)))
    for each in (Status.RUNNING, Status.WAIT_FOR_CONFIRMATION):
        note_all(session, and_(made, Action.status == each), each, _ASSIGNED.format(user), now_ms)
    session.execute(
        update(Target)
        .where(Target.id.in_(select(Action.target_id).where(made)))
        .values(assigned_set_id=chosen.id, state=TargetState.PENDING)
        .execution_options(synchronize_session=False)
    )
    if terms.lock:
        chosen.lock()


def _fields(terms: Terms) -> dict[str, Any]:
    """What they make of an action."""
    schedule, duration, zone = terms.window or (None, None, None)
    return {
        "force_type": terms.force_type,
        "force_time_ms": terms.force_time_ms,
        "weight": terms.weight,
        "window_schedule": schedule,
        "window_duration": duration,
        "window_zone": zone,
    }


def begin(session: Session, action: Action, text: str, now_ms: int, terms: Terms) -> None:
    """Offer an action to its board; what the board had to do so far is superseded."""
    target, chosen = action.target, action.set
    superseded = f"Superseded by {chosen.name}:{chosen.version}."
    for older in active_actions(session, target.id):
        if older.status in CANCELING or older.set.required_migration_step:
            continue
        if terms.autoclose:
            note(session, older, Status.CANCELED, superseded, now_ms)
            end(older, Status.CANCELED)
        else:
            _ask_to_cancel(session, older, superseded, now_ms)
    _drop_scheduled(session, action, superseded, now_ms)
    waits = terms.confirm and target.auto_confirm_at_ms is None
    action.active = True
    action.status = Status.WAIT_FOR_CONFIRMATION if waits else Status.RUNNING
    note(session, action, action.status, text, now_ms)
    target.assigned_set_id = chosen.id
    target.state = TargetState.PENDING


def _drop_scheduled(session: Session, action: Action, text: str, now_ms: int) -> None:
    """What rollouts still had in store for the board."""
    others = select(Action).where(
        Action.target_id == action.target_id,
        Action.active.is_(False),
        Action.status == Status.SCHEDULED,
        Action.id != action.id,
    )
    for each in session.scalars(others):
        each.status = Status.CANCELED
        note(session, each, Status.CANCELED, text, now_ms)


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
    target.assigned_set_id = chosen.id
    target.installed_set_id = chosen.id
    target.installed_action_id = action.id
    target.installed_at_ms = now_ms
    target.request_attributes = True
    target.state = TargetState.IN_SYNC
    note(session, action, Status.FINISHED, f"Reported as installed by {user}.", now_ms)
    return action


def cancel(session: Session, action: Action, user: str, now_ms: int) -> None:
    """Ask the board to give the action up. Raises RefusedError if it is over or asked already."""
    if not action.active or action.status in CANCELING:
        raise RefusedError(NOT_CANCELABLE, f"Action {action.id} cannot be canceled.")
    _ask_to_cancel(session, action, _CANCELED.format(user), now_ms)


def cancel_all(session: Session, boards: Select[int], user: str, now_ms: int) -> None:
    """Ask boards, by their ids, to give up all that they have to do.

    What rollouts have in store for them is dropped.
    """
    theirs = Action.target_id.in_(boards)
    going = and_(theirs, Action.active, Action.status.not_in(CANCELING))
    note_all(session, going, Status.CANCELING, _CANCELED.format(user), now_ms)
    scheduled = and_(theirs, Action.active.is_(False), Action.status == Status.SCHEDULED)
    for which, status in ((going, Status.CANCELING), (scheduled, Status.CANCELED)):
        session.execute(
            update(Action)
            .where(which)
            .values(status=status)
            .execution_options(synchronize_session=False)
        )


def force_quit(session: Session, action: Action, user: str, now_ms: int) -> None:
    """End a canceling action without its board. Raises RefusedError unless it is canceling."""
    if not action.active or action.status is not Status.CANCELING:
        raise RefusedError(NOT_FORCE_QUITABLE, f"Action {action.id} is not being canceled.")
    note(session, action, Status.CANCELED, f"Ended by {user} without the board.", now_ms)
    end_canceled(session, action)


def cancel_windowless(session: Session, action_id: int, now_ms: int) -> None:
    """Ask a board to give up what it could never install: no window of it will ever open."""
    action = session.get_one(Action, action_id)
    if action.active and action.status not in CANCELING:
        _ask_to_cancel(session, action, "Its maintenance window will never open again.", now_ms)


def check_not_held(target: Target) -> None:
    """Raises RefusedError (423) for a board that an operator holds at what it runs."""
    if target.held:
        text = f"{target.controller_id} is held at what it runs: let it go first."
        raise RefusedError(HELD, text)


def is_assignable(chosen: DistributionSet) -> bool:
    """Whether boards can be given this set."""
    return chosen.complete and chosen.valid


def check_assignable(chosen: DistributionSet) -> None:
    """Raises RefusedError (400) unless boards can be given this set."""
    if not is_assignable(chosen):
        raise RefusedError(INCOMPLETE, f"Set {chosen.name}:{chosen.version} is incomplete.")


def _add(session: Session, action: Action, user: str, now_ms: int, *, lock: bool = True) -> None:
    """From now on the set is what somebody was promised."""
    action.stamp(user, now_ms)
    session.add(action)
    session.flush()
    if lock:
        action.set.lock()


def _ask_to_cancel(session: Session, action: Action, text: str, now_ms: int) -> None:
    action.status = Status.CANCELING
    note(session, action, Status.CANCELING, text, now_ms)
