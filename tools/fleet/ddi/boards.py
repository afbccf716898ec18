"""Who a board is: its token, or the gateway's, against the path it asks for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from fleet.actions import TargetState
from fleet.context import Fleet, fleet_of, now_ms
from fleet.ddi.messages import Place
from fleet.errors import CONSTRAINT, NOT_FOUND, RefusedError
from fleet.people.credentials import same
from fleet.sealing import Seal
from fleet.settings import MAX_CONTROLLER_ID
from fleet.store.boards import Target
from fleet.tokens import keep_token, new_token
from fleet.web import origin


@dataclass(frozen=True)
class Board:
    """A board that has proved who it is, and the way it reached the server."""

    id: int
    place: Place


Handler = Callable[[Request, Board], Coroutine[Any, Any, Response]]
_TOKEN = select(Target.id, Target.security_token).where(Target.controller_id == bindparam("board"))


def for_board(
    handler: Handler, *, registers: bool = False
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """A handler that is called for boards alone. Others get 401.

    A board that only a gateway knows gets 404, or `registers`: becomes a target.
    """

    async def checked(request: Request) -> Response:
        fleet = fleet_of(request)
        place = place_of(request)
        row = await fleet.database.read_indexed(lambda db: _find(db, place.controller_id))
        check_credentials(request, place, row[1] if row else None)
        board_id = row[0] if row else None
        if board_id is None and registers:
            board_id = await fleet.database.write(
                lambda session: register(session, fleet.seal, place.controller_id, now_ms())
            )
        if board_id is None:
            raise RefusedError(NOT_FOUND, f"Target {place.controller_id} does not exist.")
        fleet.contacts.note(board_id, now_ms())
        return await handler(request, Board(board_id, place))

    return checked


def place_of(request: Request) -> Place:
    """A path of ours names no tenant: there is one."""
    params = request.path_params
    tenant = params.get("tenant", fleet_of(request).settings.tenant)
    return Place(origin(request), tenant, params["controller_id"])


def check_credentials(request: Request, place: Place, kept: str | None) -> None:
    """Raises RefusedError: 401 unless the request proves to come from that board; 400 for its id.

    `kept` is the board's token as it is kept, None if the server does not know the board: then
    only a gateway can vouch for it. 429 for an address that asks too often.
    """
    fleet = fleet_of(request)
    _check_flood(request, fleet)
    tenant = fleet.steering.rules.tenant
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    proved = False
    if scheme == "TargetToken" and tenant.target_tokens and kept:
        proved = fleet.seal.matches(kept, given, place.controller_id)
    elif scheme == "GatewayToken" and tenant.gateway_tokens and tenant.gateway_token:
        proved = same(given, tenant.gateway_token)
    if not proved or place.tenant != fleet.settings.tenant:
        raise RefusedError(401)
    if len(place.controller_id) > MAX_CONTROLLER_ID:
        raise RefusedError(CONSTRAINT, f"A controllerId has up to {MAX_CONTROLLER_ID} characters.")


def _check_flood(request: Request, fleet: Fleet) -> None:
    address = request.client.host if request.client else ""
    reads = request.method in ("GET", "HEAD")
    if fleet.flood.is_too_much(address, reads=reads, now_s=now_ms() // 1000):
        raise RefusedError(429)


def _find(db: Connection, controller_id: str) -> tuple[int, str] | None:
    row = db.execute(_TOKEN, {"board": controller_id}).first()
    return (row[0], row[1]) if row else None


def register(session: Session, seal: Seal, controller_id: str, at_ms: int) -> int:
    """Make a target of a board that a gateway vouched for, unless there is one by now: its id."""
    known = session.scalar(select(Target.id).where(Target.controller_id == controller_id))
    if known is not None:
        return known
    target = Target(
        controller_id=controller_id,
        name=controller_id,
        description=f"Plug and Play target: {controller_id}",
        state=TargetState.REGISTERED,
    )
    keep_token(seal, target, new_token())
    target.stamp("CONTROLLER_PLUG_AND_PLAY", at_ms)
    session.add(target)
    session.flush()
    return target.id
