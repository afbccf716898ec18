"""The poll: the one request that every board makes all the time, answered by one read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from fleet.actions import CANCELING, Gate, Pending, Status, TargetState, first_of
from fleet.assignments import cancel_windowless
from fleet.context import Fleet, fleet_of, now_ms
from fleet.ddi import messages
from fleet.ddi.boards import check_credentials, place_of, register
from fleet.ddi.messages import Place, PollFacts
from fleet.sealing import Seal
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
        Target.group,
        Action.id,
        Action.status,
        Action.weight,
        Action.force_type,
        Action.force_time_ms,
        Action.window_schedule,
        Action.window_duration,
        Action.window_zone,
    )
    .outerjoin(Action, (Action.target_id == Target.id) & Action.active)
    .where(Target.controller_id == bindparam("board"))
)


@dataclass(frozen=True)
class Polled:
    """A target as a poll finds it. `sealed` is its token as it is kept."""

    target_id: int
    sealed: str
    state: TargetState
    site: str | None
    facts: PollFacts


async def poll(request: Request) -> Response:
    """The root resource. A board that only a gateway knows becomes a target here."""
    fleet = fleet_of(request)
    place = place_of(request)
    polled = await fleet.database.read_indexed(lambda db: _polled(db, place.controller_id))
    check_credentials(request, place, polled.sealed if polled else None)
    now = now_ms()
    if polled is None:
        polled = await fleet.database.write(
            lambda session: _register(session, fleet.seal, place.controller_id, now)
        )
    fleet.contacts.note(polled.target_id, now)
    if polled.state is TargetState.UNKNOWN:
        await fleet.contacts.greet(polled.target_id)
    facts, sleep_s = polled.facts, fleet.steering.rules.tenant.polling_s
    if facts.pending is not None:
        facts, sleep_s = await _gated(fleet, place, polled, now)
    return json_response(request, messages.poll(place, facts, sleep_s, now))


async def _gated(fleet: Fleet, place: Place, polled: Polled, now: int) -> tuple[PollFacts, int]:
    """What the board may do about its action now, and when it shall come again."""
    pending = polled.facts.pending
    assert pending is not None
    rules, board, site = fleet.steering.rules, place.controller_id, polled.site
    own = pending.window
    if own and own.span(now) is None and pending.status not in CANCELING:
        await fleet.database.write(lambda session: cancel_windowless(session, pending.id, now))
        canceling = replace(pending, status=Status.CANCELING)
        return replace(polled.facts, pending=canceling), rules.tenant.polling_s
    gate = rules.gate(board, site, own, now)
    closed = gate is Gate.CLOSED
    sleep_s = rules.sleep_s(board, site, own, now) if closed else rules.tenant.polling_s
    return replace(polled.facts, gate=gate), sleep_s


def _polled(db: Connection, controller_id: str) -> Polled | None:
    rows = db.execute(_POLL, {"board": controller_id}).all()
    if not rows:
        return None
    target_id, sealed, state, installed_action_id, wants_attributes, site = rows[0][:6]
    pending = first_of([Pending(*row[6:]) for row in rows if row[6] is not None])
    facts = PollFacts(pending, installed_action_id, wants_attributes)
    return Polled(target_id, sealed, state, site, facts)


def _register(session: Session, seal: Seal, controller_id: str, at_ms: int) -> Polled:
    """The board that a gateway vouched for, as a target."""
    register(session, seal, controller_id, at_ms)
    polled = _polled(session.connection(), controller_id)
    assert polled is not None
    return polled
