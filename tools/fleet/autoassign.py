"""Target filters with a set: boards that match are assigned it once, by themselves.

As in hawkBit, a board that ever had an action for the set is left alone (facts: mgmt.md 11). Ours
besides: while nobody has proved a new core, it goes to a few boards at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from fleet.actions import ENDED_WELL, ForceType
from fleet.assignments import Terms, assign, is_assignable
from fleet.fields import TARGET
from fleet.queries import conditions_of
from fleet.releases import facts_of
from fleet.rollout_rules import FIRST_MOST
from fleet.store.boards import Action, Target, TargetAttribute
from fleet.store.content import ContentStore
from fleet.store.models import DistributionSet
from fleet.store.rollouts import TargetFilter
from fleet.tenant import Tenant

CHUNK = 100


def filters(session: Session) -> Sequence[int]:
    """Those that assign a set by themselves."""
    found = select(TargetFilter.id).where(TargetFilter.auto_set_id.is_not(None))
    return session.scalars(found.order_by(TargetFilter.id)).all()


def due_boards(session: Session, content: ContentStore, filter_id: int) -> Sequence[int]:
    """The next boards that match and never had the filter's set, if it can be assigned.

    Raises RefusedError for a query that an older program took.
    """
    assigning = _assigning(session, filter_id)
    if assigning is None:
        return ()
    found, chosen = assigning
    matched = conditions_of(TARGET, found.query)
    limit = _limit(session, content, chosen.id)
    if not limit:
        return ()
    boards = select(Target.id).where(*matched, *_never_had(chosen.id))
    return session.scalars(boards.order_by(Target.id).limit(limit)).all()


def assign_due(
    session: Session, filter_id: int, boards: Sequence[int], tenant: Tenant, now_ms: int
) -> bool:
    """Whether any was given what was found a moment ago, as far as it still holds."""
    assigning = _assigning(session, filter_id)
    if assigning is None:
        return False
    found, chosen = assigning
    terms = replace(
        Terms.usual(tenant, confirmation=found.auto_confirmation),
        force_type=found.auto_type or ForceType.FORCED,
        weight=found.auto_weight if found.auto_weight is not None else 1000,
    )
    still = select(Target).where(Target.id.in_(boards), *_never_had(chosen.id))
    made = [
        assign(session, board, chosen, f"the filter {found.name}", now_ms, terms)
        for board in session.scalars(still).all()
    ]
    return any(made)


def _assigning(session: Session, filter_id: int) -> tuple[TargetFilter, DistributionSet] | None:
    """A filter and its set; None without either, or if boards can't be given the set."""
    found = session.get(TargetFilter, filter_id)
    if found is None or found.auto_set is None or not is_assignable(found.auto_set):
        return None
    return found, found.auto_set


def _never_had(set_id: int) -> tuple[ColumnElement[bool], ...]:
    """Boards that can be given the set, and had no action for it yet."""
    had = exists().where(Action.target_id == Target.id, Action.set_id == set_id)
    return ~had, Target.assigned_set_id.is_distinct_from(set_id), Target.held.is_(False)


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
