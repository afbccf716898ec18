"""Channels: the newest release of a kind, and the boards that follow it there by themselves.

A channel that is moved brings its boards along by a staged rollout. Boards that come later, or
that fell behind, are offered the release one by one, once that rollout has gone through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fleet.assignments import Terms, assign
from fleet.errors import NOT_FOUND, RefusedError
from fleet.followers import effective_channel
from fleet.judging import judge_boards
from fleet.offers import Judgement, Verdict, Wanted
from fleet.releases import facts_of
from fleet.rollout_rules import RolloutStatus
from fleet.store.boards import Action, Target
from fleet.store.content import ContentStore
from fleet.store.policies import Channel
from fleet.store.rollouts import Rollout, RolloutGroup, RolloutTarget

_BY_ITSELF = "the channel {}"


@dataclass(frozen=True)
class Found:
    """A channel's release, and the rollout that moves its boards there, if there was one.

    Of the boards in question `under_way` are being given the release already, and `members` take
    part in the rollout.
    """

    channel: Channel
    wanted: Wanted
    rollout: Rollout | None
    under_way: frozenset[int]
    members: frozenset[int]


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
    session: Session, content: ContentStore, boards: Sequence[Target], terms: Terms, now_ms: int
) -> None:
    """Find out what their channels make of boards, and offer what there is to offer."""
    channels = _channels_of(session, boards)
    for name in {*channels.values()}:
        follow = [each for each in boards if channels[each.id] == name]
        found = _found(session, content, name, [each.id for each in follow]) if name else None
        if found is None:
            _note_all(follow, _without(name))
            continue
        judged = judge_boards(session, follow, found.wanted, found.channel.set_id or 0)
        for board in follow:
            _settle_one(session, board, found, judged[board.id], terms, now_ms)


def _settle_one(
    session: Session, board: Target, found: Found, judged: Judgement, terms: Terms, now_ms: int
) -> None:
    if judged.verdict is Verdict.OFFERED and board.id not in found.under_way:
        if waits := _waits(board, found):
            judged = Judgement(Verdict.IN_ROLLOUT, waits)
        elif found.channel.set:
            user = _BY_ITSELF.format(found.channel.name)
            assign(session, board, found.channel.set, user, now_ms, terms)
    _note(board, judged)


def _waits(board: Target, found: Found) -> str | None:
    """Why a board that suits has to wait for the rollout that moves its channel."""
    rollout = found.rollout
    if rollout is None or rollout.status is RolloutStatus.FINISHED:
        return None
    if rollout.status is RolloutStatus.STOPPED:
        return f"rollout {rollout.name} was stopped"
    if board.id in found.members:
        return f"waits for its group in rollout {rollout.name}"
    return f"waits until rollout {rollout.name} has gone through"


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
    return Found(channel, wanted, rollout, under_way, members)


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
