"""How boards stand to a channel's release, found out from what is known of many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from fleet.actions import CANCELING, Status
from fleet.offers import Judgement, Past, Running, Wanted, judge
from fleet.store.boards import Action, Target
from fleet.store.models import DistributionSet


class Standing(Protocol):
    """What has to be known of a board: a Target, or a row of STANDING."""

    @property
    def id(self) -> int: ...
    @property
    def model(self) -> str | None: ...
    @property
    def revision(self) -> int | None: ...
    @property
    def release(self) -> str | None: ...
    @property
    def sequence(self) -> int | None: ...
    @property
    def held(self) -> bool: ...
    @property
    def fell_from(self) -> str | None: ...
    @property
    def forgiven_action_id(self) -> int | None: ...


# For very many: entities take ten times as long.
STANDING = select(
    Target.id,
    Target.model,
    Target.revision,
    Target.release,
    Target.sequence,
    Target.held,
    Target.fell_from,
    Target.forgiven_action_id,
)
_Deed = Row[int, int, int, bool, Status, str, str]
_DEEDS = (
    select(
        Action.target_id,
        Action.id,
        Action.set_id,
        Action.active,
        Action.status,
        DistributionSet.name,
        DistributionSet.version,
    )
    .join(DistributionSet, DistributionSet.id == Action.set_id)
    .where(Action.status != Status.SCHEDULED)
    .order_by(Action.id)
)


def judge_boards(
    session: Session,
    boards: Sequence[Standing],
    wanted: Wanted,
    set_id: int,
    *,
    planned: bool = False,
) -> dict[int, Judgement]:
    """How boards stand to a release, by their ids.

    `planned`: it is their turn in a rollout, which ends what else they are busy with.
    """
    deeds = _deeds_of(session, [each.id for each in boards], set_id)
    return {
        each.id: judge(_running(each), wanted, _past(each, deeds.get(each.id, ()), set_id, planned))
        for each in boards
    }


def _deeds_of(session: Session, ids: Sequence[int], set_id: int) -> Mapping[int, list[_Deed]]:
    """Actions that are active, and those of the set, the oldest first."""
    concerned = Action.active | (Action.set_id == set_id)
    found: dict[int, list[_Deed]] = {}
    for deed in session.execute(_DEEDS.where(Action.target_id.in_(ids), concerned)):
        found.setdefault(deed.target_id, []).append(deed)
    return found


def _running(board: Standing) -> Running:
    return Running(board.model, board.revision, board.release, board.sequence)


def _past(board: Standing, deeds: Iterable[_Deed], set_id: int, planned: bool) -> Past:
    busy = tried = None
    again = False
    for deed in deeds:
        if deed.active:
            again |= deed.set_id == set_id and deed.status not in CANCELING
            if not planned and deed.set_id != set_id and deed.status not in CANCELING:
                busy = f"{deed.name}:{deed.version}"
        elif deed.id > (board.forgiven_action_id or 0):
            tried = _ended(deed)
    if again:  # by whoever gave it another chance
        return Past(board.held, busy)
    return Past(board.held, busy, tried, board.fell_from)


def _ended(deed: _Deed) -> str | None:
    if deed.status is Status.ERROR:
        return f"{deed.version} failed there (action {deed.id})"
    if deed.status is Status.CANCELED:
        return f"{deed.version} was canceled there (action {deed.id})"
    return None
