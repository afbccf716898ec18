"""Who an operator is, and what every handler of the Mgmt API begins and ends with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from fleet.context import Fleet, fleet_of
from fleet.settings import JSON_BYTES
from fleet.web import origin, read_json

BASE = "/rest/v1"
_JSON_TYPES = ("application/json", "application/hal+json")


@dataclass(frozen=True)
class Operator:
    """A person who has signed in. `root` is the API's address as that person reached it."""

    name: str
    root: str
    fleet: Fleet


Handler = Callable[[Request, Operator], Coroutine[Any, Any, Response]]


def for_operator(handler: Handler) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """A handler that is called for signed-in operators alone."""

    async def checked(request: Request) -> Response:
        fleet = fleet_of(request)
        user = fleet.accounts.user_of(request.headers.get("authorization"))
        if user is None:
            return Response(status_code=401, headers={"www-authenticate": 'Basic realm="hawkBit"'})
        return await handler(request, Operator(user, origin(request) + BASE, fleet))

    return checked


async def read_body(request: Request) -> Any:
    """The JSON of a request. Raises RefusedError."""
    return await read_json(request, JSON_BYTES, _JSON_TYPES)
