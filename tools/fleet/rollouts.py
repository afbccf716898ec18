"""Rollouts as operators steer them. What follows by itself is in rollout_steps.

Each function works in the transaction it is given and writes the audit log. All raise
RefusedError: 404 for a rollout that does not exist, 400 for a state that does not allow it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from fleet.actions import Status
from fleet.assignments import check_assignable
from fleet.audit import record
from fleet.errors import CONSTRAINT, EXISTS, NOT_FOUND, QUOTA, ROLLOUT_STATE, RefusedError
from fleet.fields import TARGET
from fleet.history import end_canceled, note
from fleet.queries import conditions_of
from fleet.releases import facts_of
from fleet.rollout_plans import (
    MAX_GROUP_BOARDS,
    MAX_GROUPS,
    Dealt,
    RolloutPlan,
    deal,
    with_first_group,
)
from fleet.rollout_rules import OVER, STOPPABLE, GroupStatus, Outcomes, RolloutStatus
from fleet.store.boards import Action, Target, TargetAttribute
from fleet.store.content import ContentStore
from fleet.store.models import DistributionSet
from fleet.store.policies import Channel
from fleet.store.rollouts import Rollout, RolloutGroup, RolloutTarget
from fleet.tenant import Tenant

_CLASSES = {
    Status.SCHEDULED: Outcomes(scheduled=1),
    Status.FINISHED: Outcomes(finished=1),
    Status.DOWNLOADED: Outcomes(finished=1),
    Status.ERROR: Outcomes(error=1),
    Status.CANCELED: Outcomes(cancelled=1),
}
_UNMADE = (GroupStatus.CREATING, GroupStatus.READY)
_STOPPED = (RolloutStatus.STOPPING, RolloutStatus.STOPPED)


def create(
    session: Session,
    content: ContentStore,
    plan: RolloutPlan,
    tenant: Tenant,
    user: str,
    now_ms: int,
    boards: Sequence[int] | None = None,
) -> Rollout:
    """A rollout that is ready, or waits for approval. `boards`: instead of those of the query.

    A release with a core that some of its boards do not run yet gets a small first group.
    """
    chosen = session.get(DistributionSet, plan.set_id)
    if chosen is None:
        raise RefusedError(NOT_FOUND, f"Distribution set {plan.set_id} does not exist.")
    check_assignable(chosen)
    check_name(session, plan.name)
    dealt = _dealt(session, content, plan, boards)
    rollout = Rollout(
        name=plan.name,
        description=plan.description,
        set_id=chosen.id,
        query=plan.query,
        status=RolloutStatus.WAITING_FOR_APPROVAL if tenant.approval else RolloutStatus.READY,
        force_type=plan.force_type,
        force_time_ms=plan.force_time_ms,
        start_at_ms=plan.start_at_ms,
        weight=plan.weight,
        channel=plan.channel,
        total=sum(len(each.boards) for each in dealt),
    )
    rollout.stamp(user, now_ms)
    session.add(rollout)
    session.flush()
    for position, each in enumerate(dealt):
        _add_group(session, rollout, position, each, user, now_ms)
    if tenant.implicit_lock:
        chosen.lock()
    record(session, user, "create", _subject(rollout), now_ms, f"{rollout.total} boards")
    return rollout


def start(session: Session, rollout_id: int, user: str, now_ms: int) -> Rollout:
    rollout = _in_state(session, rollout_id, "started", RolloutStatus.READY)
    rollout.status = RolloutStatus.STARTING
    return _noted(session, rollout, "start", user, now_ms)


def pause(session: Session, rollout_id: int, user: str, now_ms: int) -> Rollout:
    """No further group begins; boards that have begun go on."""
    rollout = _in_state(session, rollout_id, "paused", RolloutStatus.RUNNING)
    rollout.status = RolloutStatus.PAUSED
    return _noted(session, rollout, "pause", user, now_ms)


def resume(session: Session, rollout_id: int, user: str, now_ms: int) -> Rollout:
    """What a threshold had paused goes on with the next group."""
    rollout = _in_state(session, rollout_id, "resumed", RolloutStatus.PAUSED)
    rollout.status = RolloutStatus.RUNNING
    if rollout.why:
        _begin_next(rollout)
        rollout.why = None
    return _noted(session, rollout, "resume", user, now_ms)


def trigger_next(session: Session, rollout_id: int, user: str, now_ms: int) -> Rollout:
    """Begin the next group whatever the one before has come to."""
    rollout = _in_state(session, rollout_id, "moved on", RolloutStatus.RUNNING)
    if not _begin_next(rollout):
        raise RefusedError(ROLLOUT_STATE, f"Rollout {rollout_id} has no further group.")
    return _noted(session, rollout, "next group", user, now_ms)


def stop(session: Session, rollout_id: int, user: str, now_ms: int) -> Rollout:
    """For good: what has not begun never will, and boards that have are asked to give up."""
    rollout = _in_state(session, rollout_id, "stopped", *STOPPABLE)
    rollout.status = RolloutStatus.STOPPING
    return _noted(session, rollout, "stop", user, now_ms)


def decide(
    session: Session, rollout_id: int, approved: bool, remark: str | None, user: str, now_ms: int
) -> Rollout:
    """Approve or deny."""
    waiting = RolloutStatus.WAITING_FOR_APPROVAL
    rollout = _in_state(session, rollout_id, "decided about", waiting)
    rollout.status = RolloutStatus.READY if approved else RolloutStatus.APPROVAL_DENIED
    rollout.decided_by, rollout.remark = user, remark
    return _noted(session, rollout, "approve" if approved else "deny", user, now_ms)


def remove(session: Session, rollout_id: int, user: str, now_ms: int) -> None:
    """Forget it; if boards have begun it stays in the records, and they are told nothing more.

    What holds a channel's boards back stays.
    """
    rollout = find_rollout(session, rollout_id)
    channels = session.scalars(select(Channel).where(Channel.rollout_id == rollout_id)).all()
    if channels and rollout.status is not RolloutStatus.FINISHED:
        text = f"Rollout {rollout.name} moves channel {channels[0].name}: move that first."
        raise RefusedError(ROLLOUT_STATE, text)
    session.execute(
        delete(Action).where(Action.rollout_id == rollout_id, Action.status == Status.SCHEDULED)
    )
    for channel in channels:
        channel.rollout_id = None
    begun = session.scalars(select(Action).where(Action.rollout_id == rollout_id)).all()
    for action in begun:
        if action.active:
            note(session, action, Status.CANCELED, f"Its rollout was deleted by {user}.", now_ms)
            end_canceled(session, action)
    _noted(session, rollout, "delete", user, now_ms)
    if begun:
        rollout.deleted = True
        if rollout.status not in OVER:
            rollout.status = RolloutStatus.STOPPED
        return
    session.execute(delete(RolloutGroup).where(RolloutGroup.rollout_id == rollout_id))
    session.execute(delete(Rollout).where(Rollout.id == rollout_id))


def outcomes(session: Session, rollout_id: int) -> dict[int, Outcomes]:
    """How the boards of each group stand, by the group's id."""
    groups = session.execute(
        select(RolloutGroup.id, RolloutGroup.total, RolloutGroup.status, Rollout.status)
        .join(Rollout, Rollout.id == RolloutGroup.rollout_id)
        .where(RolloutGroup.rollout_id == rollout_id)
    )
    rows = session.execute(
        select(Action.group_id, Action.status, func.count())
        .where(Action.rollout_id == rollout_id, Action.group_id.is_not(None))
        .group_by(Action.group_id, Action.status)
    )
    counted: dict[int, Outcomes] = {}
    for group_id, status, count in rows:
        assert group_id is not None
        these = _times(_CLASSES.get(status, Outcomes(running=1)), count)
        counted[group_id] = counted.get(group_id, Outcomes()) + these
    found = {}
    for group_id, total, group, rollout in groups:
        # Boards without an action were deleted, unless it is not made yet, or a stop took it.
        waits = group in _UNMADE or rollout in _STOPPED
        found[group_id] = counted.get(group_id, Outcomes(notstarted=total if waits else 0))
    return found


def find_rollout(session: Session, rollout_id: int) -> Rollout:
    """Raises RefusedError (404), also for a deleted one."""
    found = session.get(Rollout, rollout_id)
    if found is None or found.deleted:
        raise RefusedError(NOT_FOUND, f"Rollout {rollout_id} does not exist.")
    return found


def next_group(rollout: Rollout) -> RolloutGroup | None:
    """The first one that has not begun."""
    waiting = (each for each in rollout.groups if each.status is GroupStatus.SCHEDULED)
    return next(waiting, None)


def _begin_next(rollout: Rollout) -> bool:
    group = next_group(rollout)
    if group:
        group.status = GroupStatus.RUNNING
    return group is not None


def _in_state(session: Session, rollout_id: int, what: str, *states: RolloutStatus) -> Rollout:
    rollout = find_rollout(session, rollout_id)
    if rollout.status not in states:
        text = f"Rollout {rollout.name} is {rollout.status}: it cannot be {what}."
        raise RefusedError(ROLLOUT_STATE, text)
    return rollout


def _noted(session: Session, rollout: Rollout, what: str, user: str, now_ms: int) -> Rollout:
    rollout.stamp(user, now_ms)
    record(session, user, what, _subject(rollout), now_ms)
    return rollout


def _subject(rollout: Rollout) -> str:
    return f"rollout:{rollout.name}"


def _times(one: Outcomes, count: int) -> Outcomes:
    return Outcomes(*(part * count for part in one.__dict__.values()))


def check_name(session: Session, name: str) -> None:
    """Raises RefusedError (409) if there is a rollout of that name."""
    taken = select(Rollout.id).where(Rollout.name == name, Rollout.deleted.is_(False))
    if session.scalar(taken) is not None:
        raise RefusedError(EXISTS, f"Rollout {name} exists.")


def _dealt(
    session: Session, content: ContentStore, plan: RolloutPlan, boards: Sequence[int] | None
) -> list[Dealt]:
    if not 0 < len(plan.groups) <= MAX_GROUPS:
        raise RefusedError(QUOTA, f"A rollout has 1 to {MAX_GROUPS} groups.")
    members = boards if boards is not None else _matching(session, plan.query)
    if not members:
        raise RefusedError(CONSTRAINT, f"No board matches {plan.query}.")
    own = [
        frozenset(_matching(session, each.query)) if each.query else None for each in plan.groups
    ]
    dealt = deal(plan.groups, members, own)
    if left := len(members) - sum(len(each.boards) for each in dealt):
        raise RefusedError(CONSTRAINT, f"The groups leave out {left} of {len(members)} boards.")
    if brings_new_core(session, content, plan.set_id, members):
        first = _newest_contact_first(session, set(members), plan.set_id)
        dealt = with_first_group(dealt, first)
    if any(len(each.boards) > MAX_GROUP_BOARDS for each in dealt):
        raise RefusedError(QUOTA, f"A group has at most {MAX_GROUP_BOARDS} boards.")
    return dealt


def _matching(session: Session, query: str) -> list[int]:
    matched = [*conditions_of(TARGET, query), Target.held.is_(False)]
    return list(session.scalars(select(Target.id).where(*matched).order_by(Target.id)))


def brings_new_core(
    session: Session, content: ContentStore, set_id: int, members: Sequence[int]
) -> bool:
    facts = facts_of(session, content, set_id)
    if facts is None:
        return False
    core = facts.core
    run_it = select(TargetAttribute.target_id).where(
        TargetAttribute.key == f"layer.{core.name}", TargetAttribute.value == core.version
    )
    return not set(members) <= set(session.scalars(run_it))


def _newest_contact_first(session: Session, members: set[int], set_id: int) -> list[int]:
    """Boards that are assigned the set already come last: they prove nothing in a first group."""
    heard = select(Target.id).order_by(
        Target.assigned_set_id.is_not_distinct_from(set_id),
        func.coalesce(Target.last_contact_ms, 0).desc(),
        Target.id,
    )
    return [each for each in session.scalars(heard) if each in members]


def _add_group(
    session: Session, rollout: Rollout, position: int, dealt: Dealt, user: str, now_ms: int
) -> None:
    plan = dealt.plan
    group = RolloutGroup(
        rollout=rollout,
        position=position,
        name=plan.name,
        description=plan.description,
        query=plan.query,
        percentage=plan.percentage,
        status=GroupStatus.READY,
        success_percent=plan.success_percent,
        success_action=plan.success_action,
        error_percent=plan.error_percent,
        confirmation=plan.confirmation,
        total=len(dealt.boards),
    )
    group.stamp(user, now_ms)
    session.add(group)
    session.flush()
    if dealt.boards:
        rows = [{"group_id": group.id, "target_id": each} for each in dealt.boards]
        session.execute(insert(RolloutTarget), rows)
