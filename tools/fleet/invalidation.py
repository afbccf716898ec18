"""Calling a release back: nobody is given it any more, and who was is asked to stop."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet import rollouts
from fleet.actions import CANCELING, Status
from fleet.assignments import cancel
from fleet.audit import record
from fleet.followers import effective_channel
from fleet.history import end_canceled, note
from fleet.policies import judge_anew
from fleet.rollout_rules import STOPPABLE
from fleet.store.boards import Action
from fleet.store.models import DistributionSet
from fleet.store.policies import Channel
from fleet.store.rollouts import Rollout, TargetFilter


class Cancelation(StrEnum):
    """What happens to actions of the set that are under way."""

    SOFT = "soft"
    FORCE = "force"
    NONE = "none"


def invalidate(
    session: Session, chosen: DistributionSet, how: Cancelation, user: str, now_ms: int
) -> None:
    """For good: filters and channels offer it no more, and its rollouts stop."""
    chosen.valid = False
    chosen.stamp(user, now_ms)
    for each in session.scalars(select(TargetFilter).where(TargetFilter.auto_set == chosen)):
        each.auto_set = each.auto_type = each.auto_weight = None
    for name in session.scalars(select(Channel.name).where(Channel.set_id == chosen.id)):
        judge_anew(session, effective_channel() == name)
    if how is not Cancelation.NONE:
        _end_all(session, chosen, how, user, now_ms)
    release = f"release:{chosen.name}:{chosen.version}"
    record(session, user, "invalidate", release, now_ms, how.value)


def _end_all(
    session: Session, chosen: DistributionSet, how: Cancelation, user: str, now_ms: int
) -> None:
    going = select(Rollout.id).where(
        Rollout.set_id == chosen.id, Rollout.status.in_(STOPPABLE), Rollout.deleted.is_(False)
    )
    for rollout_id in session.scalars(going).all():
        rollouts.stop(session, rollout_id, user, now_ms)
    active = select(Action).where(Action.set_id == chosen.id, Action.active)
    for action in session.scalars(active).all():
        if how is Cancelation.FORCE:
            note(
                session, action, Status.CANCELED, f"The release was invalidated by {user}.", now_ms
            )
            end_canceled(session, action)
        elif action.status not in CANCELING:
            cancel(session, action, user, now_ms)
