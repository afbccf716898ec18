"""Moving a channel to another release, and its boards there by rollouts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet import rollouts
from fleet.assignments import check_assignable
from fleet.audit import record
from fleet.channels import BY_ITSELF, ENDED_BADLY, find_channel, wanted_of
from fleet.errors import CONSTRAINT, EXISTS, NOT_FOUND, RefusedError
from fleet.followers import effective_channel
from fleet.judging import STANDING, judge_boards
from fleet.offers import Verdict, Wanted
from fleet.policies import judge_anew
from fleet.rollout_plans import GroupPlan, RolloutPlan, equal_groups
from fleet.rollout_rules import OVER, RolloutStatus, first_group_limit
from fleet.store.boards import Target
from fleet.store.content import ContentStore
from fleet.store.models import DistributionSet
from fleet.store.policies import CHANNEL_LENGTH, Channel, Follow
from fleet.store.rollouts import Rollout
from fleet.tenant import Tenant
from fleet.versions import rank

# In percent of a channel's boards, behind a first group of a few.
PRESET_STAGES = (10.0, 100.0)
# Boards that are away keep nobody waiting for ever, and a few odd ones stop nothing.
_SUCCESS_PERCENT = 80
_ERROR_PERCENT = 10
# hawkBit's quota of boards in a group is 20,000: what remains goes in parts of this.
_PART = 10_000
_CHUNK = 5000


def move_channel(
    session: Session,
    content: ContentStore,
    tenant: Tenant,
    name: str,
    set_id: int,
    user: str,
    now_ms: int,
    stages: Sequence[float] | None = PRESET_STAGES,
) -> Rollout | None:
    """The channel names a release from now on, and a rollout brings its boards there.

    That begins at once, unless rollouts need approval. None if no board is behind. Without
    `stages` all its groups begin at once, which a new core forbids. RefusedError: 404 for the
    set, 400 if it is no release of ours.
    """
    chosen = session.get(DistributionSet, set_id)
    if chosen is None:
        raise RefusedError(NOT_FOUND, f"Distribution set {set_id} does not exist.")
    check_assignable(chosen)
    channel = session.get(Channel, name) or _new_channel(session, name)
    former = session.get(Rollout, channel.rollout_id) if channel.rollout_id else None
    # The same release again: once more if its rollout was given up.
    if channel.set_id == set_id and not (former and former.status in ENDED_BADLY):
        return former
    _end_former(session, channel, user, now_ms)
    channel.set, channel.rollout_id = chosen, None
    channel.stamp(user, now_ms)
    session.flush()
    wanted = wanted_of(session, content, channel)
    if wanted is None or rank(wanted.version) is None:
        text = f"{chosen.name}:{chosen.version} has no manifest that says who may run it."
        raise RefusedError(CONSTRAINT, text)
    behind = list(_behind(session, wanted, set_id, planned=True))
    if stages is None and rollouts.brings_new_core(session, content, set_id, behind):
        text = f"{wanted.version} brings a new core: that goes to a few boards first, by stages."
        raise RefusedError(CONSTRAINT, text)
    rollout = None
    if behind:
        groups = _groups(len(behind), stages) if stages is not None else _at_once(len(behind))
        plan = _plan(session, channel, wanted, groups)
        rollout = _roll(session, content, tenant, channel, plan, behind, user, now_ms)
    if tenant.implicit_lock:
        chosen.lock()
    judge_anew(session, effective_channel() == name)
    record(session, user, "move", f"channel:{name}", now_ms, f"to {wanted.version}")
    return rollout


def bring_along(
    session: Session, content: ContentStore, tenant: Tenant, name: str, now_ms: int
) -> None:
    """A rollout by stages for boards that came to a channel later, many at a time."""
    channel = find_channel(session, name)
    wanted = wanted_of(session, content, channel)
    if wanted is None or channel.set_id is None:
        return
    # What they are busy with goes on: nobody has moved the channel.
    behind = list(_behind(session, wanted, channel.set_id, planned=False))
    if behind:
        plan = _plan(session, channel, wanted, _groups(len(behind), PRESET_STAGES))
        user = BY_ITSELF.format(name)
        _roll(session, content, tenant, channel, plan, behind, user, now_ms)


def add_channel(session: Session, name: str, user: str, now_ms: int) -> Channel:
    """One that names no release yet. RefusedError (409) if it is there."""
    if session.get(Channel, name) is not None:
        raise RefusedError(EXISTS, f"Channel {name} exists.")
    channel = _new_channel(session, name)
    channel.stamp(user, now_ms)
    record(session, user, "create", f"channel:{name}", now_ms)
    return channel


def remove_channel(session: Session, name: str, user: str, now_ms: int) -> None:
    """RefusedError: 404, and 409 while somebody follows it."""
    channel = session.get(Channel, name)
    if channel is None:
        raise RefusedError(NOT_FOUND, f"There is no channel {name}.")
    if session.scalar(select(Follow.kind).where(Follow.channel == name).limit(1)) is not None:
        raise RefusedError(EXISTS, f"Channel {name} is followed: let its boards follow another.")
    _end_former(session, channel, user, now_ms)
    session.delete(channel)
    record(session, user, "delete", f"channel:{name}", now_ms)


def _new_channel(session: Session, name: str) -> Channel:
    if not name or len(name) > CHANNEL_LENGTH or not name.replace("-", "").isalnum():
        text = f"A channel's name has 1 to {CHANNEL_LENGTH} letters, digits and hyphens."
        raise RefusedError(CONSTRAINT, text)
    channel = Channel(name=name)
    session.add(channel)
    session.flush()
    return channel


def _end_former(session: Session, channel: Channel, user: str, now_ms: int) -> None:
    former = session.get(Rollout, channel.rollout_id) if channel.rollout_id else None
    if former and former.status not in (*OVER, RolloutStatus.STOPPING):
        rollouts.stop(session, former.id, user, now_ms)


def _behind(session: Session, wanted: Wanted, set_id: int, *, planned: bool) -> Iterator[int]:
    """The boards that follow the channel and could go there, who was heard of last first.

    `planned`: also those that are busy with something else.
    """
    follow = STANDING.where(
        effective_channel() == wanted.channel, Target.assigned_set_id.is_distinct_from(set_id)
    ).order_by(func.coalesce(Target.last_contact_ms, 0).desc(), Target.id)
    boards = session.execute(follow).all()
    for start in range(0, len(boards), _CHUNK):
        chunk = boards[start : start + _CHUNK]
        judged = judge_boards(session, chunk, wanted, set_id, planned=planned)
        yield from (key for key, each in judged.items() if each.verdict is Verdict.OFFERED)


def _plan(
    session: Session, channel: Channel, wanted: Wanted, groups: tuple[GroupPlan, ...]
) -> RolloutPlan:
    return RolloutPlan(
        name=_free_name(session, f"{channel.name} {wanted.version}"),
        set_id=channel.set_id or 0,
        query=f"channel=={channel.name}",
        groups=groups,
        description=f"Moves channel {channel.name} to {wanted.version}",
        channel=channel.name,
    )


def _roll(
    session: Session,
    content: ContentStore,
    tenant: Tenant,
    channel: Channel,
    plan: RolloutPlan,
    boards: Sequence[int],
    user: str,
    now_ms: int,
) -> Rollout:
    """From now on this is the channel's rollout; it begins unless it needs approval."""
    rollout = rollouts.create(session, content, plan, tenant, user, now_ms, boards)
    channel.rollout_id = rollout.id
    if rollout.status is RolloutStatus.READY:
        rollouts.start(session, rollout.id, user, now_ms)
    return rollout


def _at_once(boards: int) -> tuple[GroupPlan, ...]:
    """As few groups as may be; none waits for the one before."""
    parts = math.ceil(boards / _PART)
    return equal_groups(parts, GroupPlan("", success_percent=0, error_percent=_ERROR_PERCENT))


def _groups(boards: int, stages: Sequence[float]) -> tuple[GroupPlan, ...]:
    """A few boards, then by stages, then all that are left in parts. Each at least one board."""
    few = first_group_limit(boards)
    groups = [GroupPlan("first", few * 100 / boards, success_percent=100, error_percent=0)]
    reached = few
    for stage in sorted({*stages, 100.0}):
        wanted = min(round(boards * stage / 100), boards)
        while reached < wanted:
            part = min(wanted - reached, _PART)
            groups.append(_stage(len(groups), part * 100 / boards))
            reached += part
    return tuple(groups)


def _stage(number: int, percentage: float) -> GroupPlan:
    return GroupPlan(
        f"stage-{number}",
        percentage,
        success_percent=_SUCCESS_PERCENT,
        error_percent=_ERROR_PERCENT,
    )


def _free_name(session: Session, wanted: str) -> str:
    taken = set(session.scalars(select(Rollout.name).where(Rollout.name.startswith(wanted))))
    names = (wanted if number == 1 else f"{wanted} ({number})" for number in range(1, 10**6))
    return next(each for each in names if each not in taken)
