"""Who an operator is, and what every handler of the Mgmt API begins and ends with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from fleet.audit import record
from fleet.context import Fleet, fleet_of, now_ms
from fleet.errors import Kind, RefusedError
from fleet.people.roles import Role
from fleet.settings import JSON_BYTES
from fleet.web import is_from_elsewhere, origin, read_json

BASE = "/rest/v1"
_JSON_TYPES = ("application/json", "application/hal+json")
T = TypeVar("T")

_READS = ("GET", "HEAD")
_FORBIDDEN = Kind(
    403, "insufficientPermission", "repository.exception.InsufficientPermissionException"
)


@dataclass(frozen=True)
class Operator:
    """A person who has signed in. `root` is the API's address as that person reached it.

    `deed` is what the audit log says of the request: its method, and its path below BASE.
    """

    name: str
    role: Role
    root: str
    fleet: Fleet
    deed: tuple[str, str]

    def need(self, role: Role) -> None:
        """Raises RefusedError (403) unless the person has that role."""
        if not self.role.may(role):
            text = f"That is for {role}s; {self.name} is a {self.role}."
            raise RefusedError(_FORBIDDEN, text)

    async def write(self, work: Callable[[Session], T]) -> T:
        """What Database.write does, with a line in the audit log."""
        return await self.fleet.database.write(self._noted(work))

    async def steer(self, work: Callable[[Session], T]) -> T:
        """What Fleet.steer does, with a line in the audit log."""
        return await self.fleet.steer(self._noted(work))

    def _noted(self, work: Callable[[Session], T]) -> Callable[[Session], T]:
        def both(session: Session) -> T:
            record(session, self.name, *self.deed, now_ms())
            return work(session)

        return both


Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
Handler = Callable[[Request, Operator], Coroutine[Any, Any, Response]]


def for_operator(handler: Handler, role: Role | None = None) -> Endpoint:
    """A handler that is called for people of that role alone.

    Without one viewers may read, and operators do the rest.
    """

    async def checked(request: Request) -> Response:
        fleet = fleet_of(request)
        address = request.client.host if request.client else ""
        person = await fleet.accounts.person_of(request.headers.get("authorization"), address)
        if person is None:
            return Response(status_code=401, headers={"www-authenticate": 'Basic realm="hawkBit"'})
        reads = request.method in _READS
        # A browser that knows the password sends it with what other sites make it send.
        if not reads and is_from_elsewhere(request):
            raise RefusedError(_FORBIDDEN, "That comes from a page of another site.")
        root = origin(request) + BASE
        deed = request.method, request.url.path.removeprefix(BASE)
        operator = Operator(person.name, person.role, root, fleet, deed)
        operator.need(role or (Role.VIEWER if reads else Role.OPERATOR))
        return await handler(request, operator)

    return checked


async def read_body(request: Request) -> Any:
    """The JSON of a request. Raises RefusedError."""
    return await read_json(request, JSON_BYTES, _JSON_TYPES)
