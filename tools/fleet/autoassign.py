"""Target filters with a set: boards that match are assigned it once, by themselves.

As in hawkBit, a board that ever had an action for the set is left alone (facts: mgmt.md 11). Ours
besides: while nobody has proved a new core, it goes to a few boards at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from fleet.actions import ENDED_WELL, ForceType
from fleet.assignments import Terms, assign
from fleet.errors import RefusedError
from fleet.fields import TARGET
from fleet.queries import conditions_of
from fleet.releases import facts_of
from fleet.rollout_rules import FIRST_MOST
from fleet.store.boards import Action, Target, TargetAttribute
from fleet.store.content import ContentStore
from fleet.store.rollouts import TargetFilter
from fleet.tenant import Tenant

CHUNK = 100


@dataclass(frozen=True)
class Due:
    """Boards that a filter has something for."""

    filter_id: int
    boards: tuple[int, ...]


def due_boards(session: Session, content: ContentStore) -> list[Due]:
    """For each filter with a set the next boards that match and never had it."""
    found = []
    filters = session.scalars(select(TargetFilter).where(TargetFilter.auto_set_id.is_not(None)))
    for each in filters:
        try:
            matched = conditions_of(TARGET, each.query)
        except RefusedError:  # a query that an older program took
            continue
        limit = _limit(session, content, each.auto_set_id or 0)
        had = exists().where(Action.target_id == Target.id, Action.set_id == each.auto_set_id)
        boards = select(Target.id).where(*matched, ~had, Target.held.is_(False))
        ids = tuple(session.scalars(boards.order_by(Target.id).limit(limit))) if limit else ()
        found += [Due(each.id, ids)] if ids else []
    return found


def assign_due(session: Session, due: Due, tenant: Tenant, now_ms: int) -> None:
    """What was found a moment ago, as far as it still holds."""
    found = session.get(TargetFilter, due.filter_id)
    if found is None or found.auto_set is None:
        return
    terms = replace(
        Terms.usual(tenant, confirmation=found.auto_confirmation),
        force_type=found.auto_type or ForceType.FORCED,
        weight=found.auto_weight if found.auto_weight is not None else 1000,
    )
    for board in _still(session, due.boards, found.auto_set.id):
        name = f"the filter {found.name}"
        try:
            assign(session, board, found.auto_set, name, now_ms, terms)
        except RefusedError:  # the set was invalidated
            return


def _still(session: Session, boards: Sequence[int], set_id: int) -> Sequence[Target]:
    had = exists().where(Action.target_id == Target.id, Action.set_id == set_id)
    return session.scalars(
        select(Target).where(Target.id.in_(boards), ~had, Target.held.is_(False))
    ).all()


def _limit(session: Session, content: ContentStore, set_id: int) -> int:
    """How many more boards may be given the set now."""
    facts = facts_of(session, content, set_id)
    if facts is None:
        return CHUNK
    core = facts.core
    proved = select(func.count()).where(
        TargetAttribute.key == f"layer.{core.name}", TargetAttribute.value == core.version
    )
    if (session.scalar(proved) or 0) >= FIRST_MOST:
        return CHUNK
    unproved = select(func.count()).where(Action.set_id == set_id, Action.status.not_in(ENDED_WELL))
    return max(FIRST_MOST - (session.scalar(unproved) or 0), 0)
