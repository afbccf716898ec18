"""What follows by itself in a rollout: groups begin, pass, fail; a stop reaches its boards.

Each step is one short transaction, so that boards' reports come in between, and a server that
is killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from fleet.actions import CANCELING, Status
from fleet.assignments import Terms, begin, cancel
from fleet.audit import record
from fleet.channels import wanted_of
from fleet.followers import effective_channel
from fleet.history import active_actions, end, note
from fleet.judging import judge_boards
from fleet.offers import Judgement, Verdict
from fleet.policies import judge_anew
from fleet.rollout_rules import (
    BUSY,
    GroupStatus,
    Outcomes,
    RolloutStatus,
    SuccessAction,
    is_over,
    passes,
    too_many_errors,
)
from fleet.rollouts import next_group, outcomes
from fleet.store.boards import Action, Target
from fleet.store.content import ContentStore
from fleet.store.policies import Channel
from fleet.store.rollouts import Rollout, RolloutGroup, RolloutTarget
from fleet.tenant import Tenant

# Boards in one transaction.
CHUNK = 100
_SERVER = "the server"


def busy_rollouts(session: Session, now_ms: int) -> Sequence[int]:
    """Those in which something may have to be done."""
    waits = (Rollout.status == RolloutStatus.READY) & (
        Rollout.start_at_ms.is_(None) | (Rollout.start_at_ms > now_ms)
    )
    busy = select(Rollout.id).where(Rollout.status.in_(BUSY), ~waits, Rollout.deleted.is_(False))
    return session.scalars(busy.order_by(Rollout.id)).all()


def step(
    session: Session, content: ContentStore, tenant: Tenant, rollout_id: int, now_ms: int
) -> bool:
    """Do the next thing; whether there is more to do at once."""
    rollout = session.get(Rollout, rollout_id)
    if rollout is None or rollout.deleted:
        return False
    if rollout.status is RolloutStatus.READY:
        rollout.status = RolloutStatus.STARTING
        record(session, _SERVER, "start", f"rollout:{rollout.name}", now_ms, "its time has come")
        return True
    if rollout.status is RolloutStatus.STARTING:
        _schedule(session, rollout, now_ms)
        return True
    if rollout.status is RolloutStatus.STOPPING:
        return _stop_some(session, rollout, now_ms)
    if rollout.status is RolloutStatus.RUNNING:
        return _run(session, content, tenant, rollout, now_ms)
    return False


def _schedule(session: Session, rollout: Rollout, now_ms: int) -> None:
    """An action for each board, none of them active; then the first group begins."""
    table = Action.__table__.c
    for group in rollout.groups:
        values = {
            "target_id": RolloutTarget.target_id,
            "set_id": literal(rollout.set_id),
            "rollout_id": literal(rollout.id),
            "group_id": literal(group.id),
            "active": literal(False),
            "status": literal(Status.SCHEDULED, table.status.type),
            "force_type": literal(rollout.force_type, table.force_type.type),
            "force_time_ms": literal(rollout.force_time_ms, table.force_time_ms.type),
            "weight": literal(rollout.weight),
            "created_by": literal(rollout.created_by),
            "created_at": literal(now_ms),
            "modified_by": literal(rollout.created_by),
            "modified_at": literal(now_ms),
        }
        members = select(*values.values()).where(RolloutTarget.group_id == group.id)
        session.execute(
            insert(Action).from_select(list(values), members.order_by(RolloutTarget.target_id))
        )
        group.status = GroupStatus.SCHEDULED
    rollout.status = RolloutStatus.RUNNING
    rollout.groups[0].status = GroupStatus.RUNNING


def _run(
    session: Session, content: ContentStore, tenant: Tenant, rollout: Rollout, now_ms: int
) -> bool:
    running = [each for each in rollout.groups if each.status is GroupStatus.RUNNING]
    for group in running:
        if _begin_some(session, content, tenant, group, now_ms):
            return True
    found = outcomes(session, rollout.id)
    changed = [_weigh(session, group, found[group.id], now_ms) for group in running]
    if next_group(rollout) is None and any(each.finished for each in found.values()):
        _call_waiting(session, rollout)
    if rollout.status is RolloutStatus.RUNNING and _is_finished(rollout):
        _end(session, rollout, RolloutStatus.FINISHED)
    return any(changed) and rollout.status is RolloutStatus.RUNNING


def _begin_some(
    session: Session, content: ContentStore, tenant: Tenant, group: RolloutGroup, now_ms: int
) -> bool:
    """Offer the next boards of a group that has begun what it is about; whether there were any."""
    rollout = group.rollout
    actions = session.scalars(
        select(Action)
        .where(
            Action.rollout_id == rollout.id,
            Action.group_id == group.id,
            Action.status == Status.SCHEDULED,
        )
        .order_by(Action.id)
        .limit(CHUNK)
    ).all()
    judged = _judged(session, content, rollout, actions)
    terms = Terms.usual(tenant, confirmation=group.confirmation)
    for action in actions:
        _begin_one(session, action, judged.get(action.target_id), terms, now_ms)
    return bool(actions)


def _begin_one(
    session: Session, action: Action, judged: Judgement | None, terms: Terms, now_ms: int
) -> None:
    target = action.target
    if _is_given(session, action):
        text = "Left out: the board is being given it already."
        note(session, action, Status.CANCELED, text, now_ms)
        end(action, Status.CANCELED)
    elif target.assigned_set_id == action.set_id or _runs(judged):
        note(session, action, Status.FINISHED, "The board has it already.", now_ms)
        end(action, Status.FINISHED)
    elif target.held or (judged and judged.verdict is not Verdict.OFFERED):
        why = judged.text if judged else "is held at what it runs"
        note(session, action, Status.CANCELED, f"Left out: the board {why}.", now_ms)
        end(action, Status.CANCELED)
    else:
        begin(session, action, _its_turn(action), now_ms, terms)
        if judged:
            target.verdict, target.verdict_text = judged.verdict, judged.text


def _is_given(session: Session, action: Action) -> bool:
    """Whether the board has the set by another way, and has not ended with it: no success yet."""
    if action.target.assigned_set_id != action.set_id:
        return False
    return any(each.set_id == action.set_id for each in active_actions(session, action.target_id))


def _its_turn(action: Action) -> str:
    return f"Its turn in rollout {action.rollout.name if action.rollout else ''}."


def _runs(judged: Judgement | None) -> bool:
    return judged is not None and judged.verdict in (Verdict.CURRENT, Verdict.NEWER)


def _judged(
    session: Session, content: ContentStore, rollout: Rollout, actions: Sequence[Action]
) -> dict[int, Judgement]:
    """What the channel says about its boards, if the rollout moves one."""
    channel = session.get(Channel, rollout.channel) if rollout.channel and actions else None
    wanted = wanted_of(session, content, channel) if channel else None
    if channel is None or wanted is None or channel.set_id != rollout.set_id:
        return {}
    boards = [each.target for each in actions]
    return judge_boards(session, boards, wanted, rollout.set_id, planned=True)


def _weigh(session: Session, group: RolloutGroup, found: Outcomes, now_ms: int) -> bool:
    """Whether a group fails, passes or ends; hawkBit asks in this very order."""
    if against := _against(group, found):
        group.status = GroupStatus.ERROR
        _pause(session, group.rollout, f"{group.name}: {against}", now_ms)
        return True
    changed = False
    if passes(found, group.success_percent, group.total):
        changed = _pass(session, group, now_ms)
    if is_over(found):
        group.status = GroupStatus.FINISHED
        changed = True
    return changed


def _against(group: RolloutGroup, found: Outcomes) -> str | None:
    """Why the next group must not begin by itself any more."""
    if too_many_errors(found, group.error_percent):
        return f"{found.error} of {found.total} failed, {group.error_percent} % may"
    passed = passes(found, group.success_percent, group.total)
    if is_over(found) and not passed and _following(group):
        return f"{found.finished} of {group.total} succeeded, all must"
    return None


def _pass(session: Session, group: RolloutGroup, now_ms: int) -> bool:
    """The next group's turn, if this is the one before it."""
    rollout = group.rollout
    following = _following(group)
    if following is None:
        return False
    if group.success_action is SuccessAction.PAUSE:
        _pause(session, rollout, f"{group.name} has gone through", now_ms)
    else:
        following.status = GroupStatus.RUNNING
    return True


def _following(group: RolloutGroup) -> RolloutGroup | None:
    """The group behind this one, if its turn has not come yet."""
    following = next_group(group.rollout)
    return following if following and following.position == group.position + 1 else None


def _pause(session: Session, rollout: Rollout, why: str, now_ms: int) -> None:
    rollout.status, rollout.why = RolloutStatus.PAUSED, why
    record(session, _SERVER, "pause", f"rollout:{rollout.name}", now_ms, why)


def _call_waiting(session: Session, rollout: Rollout) -> None:
    """All groups have begun: boards that came later need not wait for one that is away."""
    following = select(Channel.name).where(Channel.rollout_id == rollout.id).scalar_subquery()
    waiting = (Target.verdict == Verdict.IN_ROLLOUT, effective_channel() == following)
    if rollout.channel and rollout.status is RolloutStatus.RUNNING:
        judge_anew(session, and_(*waiting))


def _is_finished(rollout: Rollout) -> bool:
    open_states = (GroupStatus.RUNNING, GroupStatus.SCHEDULED)
    return not any(each.status in open_states for each in rollout.groups)


def _stop_some(session: Session, rollout: Rollout, now_ms: int) -> bool:
    session.execute(
        delete(Action).where(Action.rollout_id == rollout.id, Action.status == Status.SCHEDULED)
    )
    active = session.scalars(
        select(Action)
        .where(
            Action.rollout_id == rollout.id, Action.active, Action.status.not_in(list(CANCELING))
        )
        .limit(CHUNK)
    ).all()
    for action in active:
        cancel(session, action, f"rollout {rollout.name}", now_ms)
    if not active:
        for group in rollout.groups:
            group.status = GroupStatus.FINISHED
        _end(session, rollout, RolloutStatus.STOPPED)
    return bool(active)


def _end(session: Session, rollout: Rollout, status: RolloutStatus) -> None:
    """Boards that had to wait for it learn what that means for them."""
    rollout.status, rollout.why = status, None
    if rollout.channel:
        session.execute(
            update(Target)
            .where(Target.verdict == Verdict.IN_ROLLOUT)
            .values(due=True)
            .execution_options(synchronize_session=False)
        )
