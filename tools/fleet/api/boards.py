"""Why a board gets what it gets, who did what, and boards' tokens for another server."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fleet.api.base import BASE, SERVER
from fleet.api.policies import tell_window
from fleet.audit import record
from fleet.context import fleet_of, now_ms
from fleet.fields import AUDIT
from fleet.mgmt.lists import list_response
from fleet.mgmt.operators import Operator, for_operator
from fleet.mgmt.targets import find_target
from fleet.people.roles import Role
from fleet.pickups import parcels_of
from fleet.steering import Rules
from fleet.store.boards import Target
from fleet.store.policies import AuditEntry
from fleet.tokens import all_tokens
from fleet.web import json_response

Json = dict[str, Any]


async def server_info(request: Request, _operator: Operator) -> Response:
    """By this a client tells our server from a hawkBit."""
    return json_response(request, SERVER)


async def health(request: Request) -> Response:
    """Whether the server and its database are there; nothing else is said without a password."""
    await fleet_of(request).database.read(lambda session: session.execute(select(1)).all())
    return JSONResponse({"status": "up"}, headers={"cache-control": "no-store"})


async def get_board(request: Request, operator: Operator) -> Response:
    """What holds for a board, and why it is offered what it is offered."""
    name: str = request.path_params["board"]
    rules = operator.fleet.steering.rules
    return json_response(
        request,
        await operator.fleet.database.read(
            lambda session: _shape(find_target(session, name), rules)
        ),
    )


async def list_pickups(request: Request, operator: Operator) -> Response:
    """Pickup codes of a board, in clear: who reads them is written down."""
    name: str = request.path_params["board"]
    fleet = operator.fleet

    def answer(session: Session) -> list[Json]:
        target = find_target(session, name)
        record(session, operator.name, "read codes", f"board:{name}", now_ms())
        return [
            {"ref": each.ref, "door": each.door, "size": each.size, "code": each.code}
            | {"at": each.at_s}
            for each in parcels_of(session, fleet.seal, target)
        ]

    return json_response(request, await fleet.database.write(answer))


async def export_tokens(request: Request, operator: Operator) -> Response:
    """All boards' tokens in clear, for another server; who takes them is written down."""
    fleet = operator.fleet

    def answer(session: Session) -> dict[str, str]:
        record(session, operator.name, "export tokens", "all", now_ms())
        return all_tokens(session, fleet.seal)

    return json_response(request, await fleet.database.write(answer))


async def list_audit(request: Request, operator: Operator) -> Response:
    """The newest first."""
    return await list_response(request, operator, AUDIT, lambda _session, each: _told(each))


def board_routes() -> list[Route]:
    return [
        Route("/health", health),
        Route(BASE, for_operator(server_info)),
        Route(BASE + "/boards/{board}", for_operator(get_board)),
        Route(BASE + "/boards/{board}/pickups", for_operator(list_pickups, Role.OPERATOR)),
        Route(BASE + "/tokens", for_operator(export_tokens, Role.ADMIN)),
        Route(BASE + "/audit", for_operator(list_audit)),
    ]


def _shape(target: Target, rules: Rules) -> Json:
    place = target.controller_id, target.group
    pause, window = rules.pause_of(*place), rules.window_of(*place)
    return {
        "board": target.controller_id,
        "site": target.group,
        "channel": rules.channel_of(*place),
        "verdict": target.verdict,
        "why": target.verdict_text,
        "held": target.held,
        "fellBackFrom": target.fell_from,
        "paused": {"scope": str(pause.scope), "by": pause.by, "reason": pause.reason}
        if pause
        else None,
        "window": tell_window(window, now_ms()) if window else None,
    }


def _told(each: AuditEntry) -> Json:
    return {
        "id": each.id,
        "at": each.at_ms,
        "who": each.who,
        "what": each.what,
        "subject": each.subject,
        "detail": each.detail,
    }
