"""Pauses, windows, holds and channels of a board, a site or all: list, set, take back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet import policies
from fleet.api.base import BASE
from fleet.assignments import Terms
from fleet.context import now_ms
from fleet.errors import CONSTRAINT, RefusedError
from fleet.mgmt.operators import Endpoint, Operator, for_operator, read_body
from fleet.payload import an_object, required_expression, required_text, text
from fleet.scopes import Scope, parse_scope
from fleet.steering import Rules
from fleet.store.boards import Target
from fleet.web import json_response
from fleet.windows import SCHEDULE_LENGTH, Window, WindowError, parse_window

Json = dict[str, Any]
Change = Callable[[Session, Scope, str, int], int]


@dataclass(frozen=True)
class Policy:
    """A kind of policy: how all of it is told, and how one is made of a body."""

    told: Callable[[Rules], list[Json]]
    put: Callable[[Json], Change]
    delete: Change


def tell_window(window: Window, at_ms: int) -> Json:
    """A window, whether it is open, and when it opens or has opened."""
    return {
        "schedule": window.schedule,
        "duration": window.duration,
        "zone": window.zone,
        "open": window.is_open(at_ms),
        "startsAt": window.next_start_ms(at_ms),
    }


def tell_pauses(rules: Rules) -> list[Json]:
    return [
        {"scope": str(scope), "by": each.by, "at": each.at_ms, "reason": each.reason}
        for scope, each in rules.pauses.items()
    ]


def _tell_windows(rules: Rules) -> list[Json]:
    at_ms = now_ms()
    return [
        {"scope": str(scope), **tell_window(each, at_ms)} for scope, each in rules.windows.items()
    ]


def _tell_follows(rules: Rules) -> list[Json]:
    return [{"scope": str(scope), "channel": name} for scope, name in rules.channels.items()]


def _pause(given: Json) -> Change:
    reason = text(given, "reason", 512) or ""
    return lambda session, scope, user, now: policies.pause(session, scope, user, now, reason)


def _window(given: Json) -> Change:
    schedule = required_expression(given, "schedule", SCHEDULE_LENGTH)
    duration, zone = required_text(given, "duration", 8), required_text(given, "zone", 64)
    try:
        window = parse_window(schedule, duration, zone)
    except WindowError as error:
        raise RefusedError(CONSTRAINT, f"{error}.") from None
    return lambda session, scope, user, now: policies.set_window(session, scope, window, user, now)


def _follow(given: Json) -> Change:
    name = required_text(given, "channel", 64)
    return lambda session, scope, user, now: policies.follow(session, scope, name, user, now)


def _unfollow(session: Session, scope: Scope, user: str, now: int) -> int:
    return policies.follow(session, scope, None, user, now)


_POLICIES = {
    "pauses": Policy(tell_pauses, _pause, policies.resume),
    "windows": Policy(_tell_windows, _window, policies.clear_window),
    "follows": Policy(_tell_follows, _follow, _unfollow),
    "holds": Policy(lambda _rules: [], lambda _given: policies.hold, policies.unhold),
}


async def list_holds(request: Request, operator: Operator) -> Response:
    """Boards that are held at what they run."""

    def answer(session: Session) -> list[Json]:
        held = select(Target.controller_id).where(Target.held).order_by(Target.controller_id)
        return [{"scope": f"board:{each}"} for each in session.scalars(held)]

    return json_response(request, await operator.fleet.database.read(answer))


async def check(request: Request, operator: Operator) -> Response:
    """Ask boards what they run, and decide anew what they are offered."""
    return await _change(request, operator, await _scope(request), policies.check)


async def retry(request: Request, operator: Operator) -> Response:
    """Give boards whose update failed another chance."""
    terms = Terms.usual(operator.fleet.steering.rules.tenant)

    def work(session: Session, scope: Scope, user: str, now: int) -> int:
        return policies.retry(session, scope, terms, user, now)

    return await _change(request, operator, await _scope(request), work)


def policy_routes() -> list[Route]:
    routes = [
        Route(BASE + "/holds", for_operator(list_holds)),
        Route(BASE + "/checks", for_operator(check), methods=["POST"]),
        Route(BASE + "/retries", for_operator(retry), methods=["POST"]),
    ]
    for name, policy in _POLICIES.items():
        one = f"{BASE}/{name}/{{scope:path}}"
        routes += [
            Route(f"{BASE}/{name}", _listing(policy)),
            Route(one, _putting(policy), methods=["PUT"]),
            Route(one, _deleting(policy), methods=["DELETE"]),
        ]
    return routes


def _listing(policy: Policy) -> Endpoint:
    async def handler(request: Request, operator: Operator) -> Response:
        return json_response(request, policy.told(operator.fleet.steering.rules))

    return for_operator(handler)


def _putting(policy: Policy) -> Endpoint:
    async def handler(request: Request, operator: Operator) -> Response:
        scope = parse_scope(request.path_params["scope"])
        has_body = request.headers.get("content-length", "0") != "0"
        given = an_object(await read_body(request)) if has_body else {}
        return await _change(request, operator, scope, policy.put(given))

    return for_operator(handler)


def _deleting(policy: Policy) -> Endpoint:
    async def handler(request: Request, operator: Operator) -> Response:
        scope = parse_scope(request.path_params["scope"])
        return await _change(request, operator, scope, policy.delete)

    return for_operator(handler)


async def _scope(request: Request) -> Scope:
    return parse_scope(required_text(an_object(await read_body(request)), "scope", 300))


async def _change(request: Request, operator: Operator, scope: Scope, change: Change) -> Response:
    """Answered with how many boards it touches."""
    touched = await operator.fleet.steer(
        lambda session: change(session, scope, operator.name, now_ms())
    )
    return json_response(request, {"scope": str(scope), "boards": touched})
