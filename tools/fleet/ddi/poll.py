"""The poll: the one request that every board makes all the time, answered by one read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from fleet.actions import Pending, TargetState, first_of
from fleet.context import fleet_of, now_ms
from fleet.ddi import messages
from fleet.ddi.boards import check_credentials, place_of, register
from fleet.ddi.messages import PollFacts
from fleet.store.boards import Action, Target
from fleet.web import json_response

# By two indexes; a row for each active action, one if there is none.
# Made once: putting the statement together takes longer than running it.
_POLL: Select[*tuple[Any, ...]] = (
    select(
        Target.id,
        Target.security_token,
        Target.state,
        Target.installed_action_id,
        Target.request_attributes,
        Action.id,
        Action.status,
        Action.weight,
        Action.force_type,
        Action.force_time_ms,
    )
    .outerjoin(Action, (Action.target_id == Target.id) & Action.active)
    .where(Target.controller_id == bindparam("board"))
)


@dataclass(frozen=True)
class Polled:
    """A target as a poll finds it."""

    target_id: int
    token: str
    state: TargetState
    facts: PollFacts


async def poll(request: Request) -> Response:
    """The root resource. A board that only a gateway knows becomes a target here."""
    fleet = fleet_of(request)
    place = place_of(request)
    polled = await fleet.database.read_indexed(lambda db: _polled(db, place.controller_id))
    check_credentials(request, place, polled.token if polled else None)
    now = now_ms()
    if polled is None:
        polled = await fleet.database.write(
            lambda session: _register(session, place.controller_id, now)
        )
    fleet.contacts.note(polled.target_id, now)
    if polled.state is TargetState.UNKNOWN:
        await fleet.database.write(lambda session: _greet(session, polled.target_id))
    return json_response(request, messages.poll(place, polled.facts, fleet.settings.poll_s, now))


def _polled(db: Connection, controller_id: str) -> Polled | None:
    rows = db.execute(_POLL, {"board": controller_id}).all()
    if not rows:
        return None
    target_id, token, state, installed_action_id, wants_attributes = rows[0][:5]
    pending = first_of([Pending(*row[5:]) for row in rows if row[5] is not None])
    facts = PollFacts(pending, installed_action_id, wants_attributes)
    return Polled(target_id, token, state, facts)


def _register(session: Session, controller_id: str, at_ms: int) -> Polled:
    """The board that a gateway vouched for, as a target."""
    register(session, controller_id, at_ms)
    polled = _polled(session.connection(), controller_id)
    assert polled is not None
    return polled


def _greet(session: Session, target_id: int) -> None:
    target = session.get_one(Target, target_id)
    if target.state is TargetState.UNKNOWN:
        target.state = TargetState.REGISTERED
