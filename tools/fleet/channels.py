"""Channels: the newest release of a kind, and the boards that follow it there by themselves.

A channel that is moved brings its boards along by a staged rollout. Boards that come later, or
that fell behind, are offered the release one by one, once that rollout has gone through. Never
more at a time than have succeeded with it: a crowd gets a staged rollout of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from fleet.actions import ENDED_WELL, Status, TargetState
from fleet.assignments import Terms, assign, is_assignable
from fleet.attributes import fall_back
from fleet.errors import NOT_FOUND, RefusedError
from fleet.followers import effective_channel
from fleet.judging import judge_boards
from fleet.offers import Judgement, Verdict, Wanted
from fleet.releases import facts_of
from fleet.rollout_rules import RolloutStatus
from fleet.rollouts import next_group
from fleet.store.boards import Action, Target
from fleet.store.content import ContentStore
from fleet.store.policies import Channel
from fleet.store.rollouts import Rollout, RolloutGroup, RolloutTarget
from fleet.tenant import Tenant

BY_ITSELF = "the channel {}"
_AFTER = "waits until rollout {} has gone through"
# What a rollout comes to that was given up, for people.
ENDED_BADLY = {
    RolloutStatus.STOPPING: "stopped",
    RolloutStatus.STOPPED: "stopped",
    RolloutStatus.APPROVAL_DENIED: "denied",
}


@dataclass(frozen=True)
class Found:
    """A channel's release, and the rollout that moves its boards there, if there was one.

    Of the boards in question `under_way` are being given the release already, `members` take
    part in the rollout, and `turned` have had their turn in it.
    """

    channel: Channel
    wanted: Wanted
    rollout: Rollout | None
    under_way: frozenset[int]
    members: frozenset[int]
    turned: frozenset[int]


def find_channel(session: Session, name: str) -> Channel:
    """Raises RefusedError (404)."""
    found = session.get(Channel, name)
    if found is None:
        raise RefusedError(NOT_FOUND, f"There is no channel {name}.")
    return found


def wanted_of(session: Session, content: ContentStore, channel: Channel) -> Wanted | None:
    """What a channel offers, None if it names nothing (any more)."""
    if channel.set is None or not channel.set.valid:
        return None
    facts = facts_of(session, content, channel.set.id)
    return Wanted(channel.name, facts.version, facts.sequence, facts.boards) if facts else None


def settle(
    session: Session, content: ContentStore, boards: Sequence[Target], tenant: Tenant, now_ms: int
) -> list[str]:
    """Find out what their channels make of boards, and offer what there is to offer.

    The names of channels that have too many boards to offer it to one by one: these boards wait
    for a rollout that has yet to be made.
    """
    channels = _channels_of(session, boards)
    crowded = []
    for name in {*channels.values()}:
        follow = [each for each in boards if channels[each.id] == name]
        found = _found(session, content, name, [each.id for each in follow]) if name else None
        if found is None:
            _note_all(follow, _without(name))
            continue
        judged = judge_boards(session, follow, found.wanted, found.channel.set_id or 0)
        for board in follow:
            _note(board, _considered(session, board, found, judged[board.id], now_ms))
        wanting = [
            each
            for each in follow
            if each.verdict is Verdict.OFFERED and not _was_given(each, found)
        ]
        if wanting and not _offer(session, found, wanting, tenant, now_ms):
            crowded.append(found.channel.name)
    return crowded


def _was_given(board: Target, found: Found) -> bool:
    return board.id in found.under_way or board.assigned_set_id == found.channel.set_id


def _considered(
    session: Session, board: Target, found: Found, judgement: Judgement, now_ms: int
) -> Judgement:
    """The judgement, unless it is that nothing stands against an offer, and something does."""
    if judgement.verdict is not Verdict.OFFERED or board.id in found.under_way:
        return judgement
    if _was_given(board, found):
        return _judge_done(session, board, found, judgement, now_ms)
    waits = _waits(board, found)
    if waits:
        return Judgement(Verdict.IN_ROLLOUT, waits)
    channel = found.channel
    if channel.set is None or not is_assignable(channel.set):
        text = f"channel {channel.name} names a release that is incomplete"
        return Judgement(Verdict.EMPTY_CHANNEL, text)
    return judgement


def _judge_done(
    session: Session, board: Target, found: Found, judgement: Judgement, now_ms: int
) -> Judgement:
    """What to think of a board that has ended the update, and runs an older release.

    It may have yet to say what it runs. Once it has, and still runs the older one, it fell back.
    """
    newest = (
        select(Action.status)
        .where(Action.target_id == board.id, Action.set_id == found.channel.set_id)
        .order_by(Action.id.desc())
    )
    if board.request_attributes or session.scalar(newest.limit(1)) is not Status.FINISHED:
        return judgement
    version = found.wanted.version
    fall_back(session, board, version, now_ms)
    board.assigned_set_id, board.state = None, TargetState.ERROR
    return Judgement(Verdict.TRIED, f"fell back from {version}")


def _offer(
    session: Session, found: Found, boards: Sequence[Target], tenant: Tenant, now_ms: int
) -> bool:
    """Give the release to boards against which nothing stands; False if they need a rollout.

    Which they do when they are too many, and none is under way that has to prove it first.
    """
    channel, rollout = found.channel, found.rollout
    if channel.set and len(boards) <= _room(session, channel.set_id, tenant):
        terms, user = Terms.usual(tenant), BY_ITSELF.format(channel.name)
        for board in boards:
            assign(session, board, channel.set, user, now_ms, terms)
        return True
    proving = rollout if rollout and not _is_proved(session, rollout) else None
    waits = _AFTER.format(proving.name) if proving else "waits for its group"
    _note_all(boards, Judgement(Verdict.IN_ROLLOUT, waits))
    return proving is not None


def _room(session: Session, set_id: int | None, tenant: Tenant) -> int:
    """How many more boards may be given a release one by one.

    As many as have succeeded with it are under way at a time; a first one needs nobody's success,
    but where rollouts need approval it gets that by a rollout. What failed or was given up takes
    the place of a success, until an operator has forgiven it.
    """
    of_it = select(func.count(Action.id)).where(Action.set_id == set_id)
    succeeded = session.scalar(of_it.where(Action.status.in_(ENDED_WELL))) or 0
    open_or_failed = session.scalar(
        of_it.join(Target, Target.id == Action.target_id).where(
            Action.rollout_id.is_(None),
            Action.status.not_in((*ENDED_WELL, Status.SCHEDULED)),
            Action.id > func.coalesce(Target.forgiven_action_id, 0),
        )
    )
    return max(succeeded, 0 if tenant.approval else 1) - (open_or_failed or 0)


def _is_proved(session: Session, rollout: Rollout) -> bool:
    """Whether nothing speaks against another rollout behind this one, of the same release."""
    if rollout.status is RolloutStatus.FINISHED:
        return True
    of_it = select(Action.id).where(Action.rollout_id == rollout.id, Action.status.in_(ENDED_WELL))
    return _has_begun(rollout) and session.scalar(of_it.limit(1)) is not None


def _has_begun(rollout: Rollout) -> bool:
    """Whether all groups have: what is still open are boards that are away."""
    return rollout.status is RolloutStatus.RUNNING and next_group(rollout) is None


def _waits(board: Target, found: Found) -> str | None:
    """Why a board that suits has to wait for the rollout that moves its channel.

    One that has had its turn is asked for again by an operator.
    """
    rollout = found.rollout
    if rollout is None or rollout.status is RolloutStatus.FINISHED:
        return None
    if rollout.status in ENDED_BADLY:
        return f"rollout {rollout.name} was {ENDED_BADLY[rollout.status]}"
    if board.id in found.turned:
        return None
    if board.id in found.members:
        return f"waits for its group in rollout {rollout.name}"
    if _has_begun(rollout):
        return None
    return _AFTER.format(rollout.name)


def _under_way(session: Session, ids: Sequence[int], set_id: int | None) -> frozenset[int]:
    """Of these boards those that are being given the set."""
    active = select(Action.target_id).where(
        Action.target_id.in_(ids), Action.active, Action.set_id == set_id
    )
    return frozenset(session.scalars(active))


def _members(session: Session, ids: Sequence[int], rollout_id: int | None) -> frozenset[int]:
    """Of these boards those that take part in the rollout."""
    part = (
        select(RolloutTarget.target_id)
        .join(RolloutGroup, RolloutGroup.id == RolloutTarget.group_id)
        .where(RolloutTarget.target_id.in_(ids), RolloutGroup.rollout_id == rollout_id)
    )
    return frozenset(session.scalars(part))


def _turned(session: Session, ids: Sequence[int], rollout_id: int | None) -> frozenset[int]:
    """Of these boards those to which it has come in the rollout, whatever became of it."""
    turn = select(Action.target_id).where(
        Action.target_id.in_(ids),
        Action.rollout_id == rollout_id,
        Action.status != Status.SCHEDULED,
    )
    return frozenset(session.scalars(turn))


def _channels_of(session: Session, boards: Sequence[Target]) -> dict[int, str | None]:
    ids = [each.id for each in boards]
    rows = session.execute(
        select(Target.id, effective_channel().label("channel")).where(Target.id.in_(ids))
    )
    return {row.id: row.channel for row in rows}


def _found(session: Session, content: ContentStore, name: str, ids: Sequence[int]) -> Found | None:
    channel = session.get_one(Channel, name, options=[selectinload(Channel.set)])
    wanted = wanted_of(session, content, channel)
    if wanted is None:
        return None
    rollout = session.get(Rollout, channel.rollout_id) if channel.rollout_id else None
    under_way = _under_way(session, ids, channel.set_id)
    members = _members(session, ids, rollout.id) if rollout else frozenset()
    turned = _turned(session, ids, rollout.id) if rollout else frozenset()
    return Found(channel, wanted, rollout, under_way, members, turned)


def _without(name: str | None) -> Judgement:
    if name is None:
        return Judgement(Verdict.NO_CHANNEL, "follows no channel")
    return Judgement(Verdict.EMPTY_CHANNEL, f"channel {name} names no release")


def _note_all(boards: Iterable[Target], judged: Judgement) -> None:
    for each in boards:
        _note(each, judged)


def _note(board: Target, judged: Judgement) -> None:
    board.due = False
    board.verdict, board.verdict_text = judged.verdict, judged.text[:512]
