"""Channels: the newest release of a kind, and the boards that follow it there by themselves.

A channel that is moved brings its boards along by a staged rollout. Boards that come later, or
that fell behind, are offered the release one by one, once that rollout has gone through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fleet.actions import CANCELING, Status
from fleet.assignments import Terms, assign
from fleet.errors import NOT_FOUND, RefusedError
from fleet.followers import effective_channel
from fleet.offers import Judgement, Past, Running, Verdict, Wanted, judge
from fleet.releases import facts_of
from fleet.rollout_rules import RolloutStatus
from fleet.store.boards import Action, Target
from fleet.store.content import ContentStore
from fleet.store.policies import Channel
from fleet.store.rollouts import Rollout, RolloutGroup, RolloutTarget

_BY_ITSELF = "the channel {}"


@dataclass(frozen=True)
class Found:
    """A channel's release, and the rollout that moves its boards there, if there was one."""

    channel: Channel
    wanted: Wanted
    rollout: Rollout | None


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


def judge_boards(
    session: Session,
    boards: Iterable[Target],
    wanted: Wanted,
    set_id: int,
    *,
    planned: bool = False,
) -> dict[int, Judgement]:
    """How boards stand to a release, by their ids.

    `planned`: it is their turn in a rollout, which ends what else they are busy with.
    """
    listed = list(boards)
    ids = [each.id for each in listed]
    actions = session.scalars(
        select(Action)
        .where(
            Action.target_id.in_(ids),
            Action.active | (Action.set_id == set_id),
            Action.status != Status.SCHEDULED,
        )
        .order_by(Action.id)
    ).all()
    past: dict[int, list[Action]] = {}
    for action in actions:
        past.setdefault(action.target_id, []).append(action)
    return {
        each.id: judge(_running(each), wanted, _past(each, past.get(each.id, ()), set_id, planned))
        for each in listed
    }


def settle(
    session: Session, content: ContentStore, boards: Iterable[Target], terms: Terms, now_ms: int
) -> None:
    """Find out what their channels make of boards, and offer what there is to offer."""
    channels = _channels_of(session, boards)
    offers = {name: _found(session, content, name) for name in set(channels.values()) if name}
    for name in {*channels.values()}:
        follow = [each for each in boards if channels[each.id] == name]
        found = offers.get(name) if name else None
        if found is None:
            _note_all(follow, _without(name))
            continue
        judged = judge_boards(session, follow, found.wanted, found.channel.set_id or 0)
        for board in follow:
            _settle_one(session, board, found, judged[board.id], terms, now_ms)


def _settle_one(
    session: Session, board: Target, found: Found, judged: Judgement, terms: Terms, now_ms: int
) -> None:
    if judged.verdict is Verdict.OFFERED and not _under_way(session, board, found):
        waits = _waits(session, board, found)
        if waits:
            judged = Judgement(Verdict.IN_ROLLOUT, waits)
        elif found.channel.set:
            user = _BY_ITSELF.format(found.channel.name)
            assign(session, board, found.channel.set, user, now_ms, terms)
    _note(board, judged)


def _under_way(session: Session, board: Target, found: Found) -> bool:
    active = select(Action.id).where(
        Action.target_id == board.id, Action.active, Action.set_id == found.channel.set_id
    )
    return session.scalar(active.limit(1)) is not None


def _waits(session: Session, board: Target, found: Found) -> str | None:
    """Why a board that suits has to wait for the rollout that moves its channel."""
    rollout = found.rollout
    if rollout is None or rollout.status is RolloutStatus.FINISHED:
        return None
    if rollout.status is RolloutStatus.STOPPED:
        return f"rollout {rollout.name} was stopped"
    mine = (
        select(RolloutTarget.group_id)
        .join(RolloutGroup, RolloutGroup.id == RolloutTarget.group_id)
        .where(RolloutTarget.target_id == board.id, RolloutGroup.rollout_id == rollout.id)
    )
    if session.scalar(mine) is not None:
        return f"waits for its group in rollout {rollout.name}"
    return f"waits until rollout {rollout.name} has gone through"


def _channels_of(session: Session, boards: Iterable[Target]) -> dict[int, str | None]:
    ids = [each.id for each in boards]
    rows = session.execute(
        select(Target.id, effective_channel().label("channel")).where(Target.id.in_(ids))
    )
    return {row.id: row.channel for row in rows}


def _found(session: Session, content: ContentStore, name: str) -> Found | None:
    channel = session.get_one(Channel, name, options=[selectinload(Channel.set)])
    wanted = wanted_of(session, content, channel)
    if wanted is None:
        return None
    rollout = session.get(Rollout, channel.rollout_id) if channel.rollout_id else None
    return Found(channel, wanted, rollout)


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


def _running(board: Target) -> Running:
    return Running(board.model, board.revision, board.release, board.sequence)


def _past(board: Target, actions: Iterable[Action], set_id: int, planned: bool) -> Past:
    """`actions`: those that are active, and those of the set, the oldest first."""
    busy = tried = None
    for action in actions:
        if action.active:
            if planned or action.set_id == set_id or action.status in CANCELING:
                continue
            busy = f"{action.set.name}:{action.set.version}"
        elif action.id > (board.forgiven_action_id or 0):
            tried = _ended(action)
    return Past(board.held, busy, tried, board.fell_from)


def _ended(action: Action) -> str | None:
    version = action.set.version
    if action.status is Status.ERROR:
        return f"{version} failed there (action {action.id})"
    if action.status is Status.CANCELED:
        return f"{version} was canceled there (action {action.id})"
    return None
