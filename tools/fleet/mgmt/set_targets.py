"""Which targets a distribution set was given to, and calling one back."""

from __future__ import annotations

from sqlalchemy.orm import InstrumentedAttribute, Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.context import now_ms
from fleet.invalidation import Cancelation, invalidate
from fleet.mgmt.operators import BASE, Endpoint, Operator, for_operator, read_body
from fleet.mgmt.sets import find_set
from fleet.mgmt.targets import targets_response
from fleet.payload import an_enum, an_object
from fleet.store.boards import Target


async def call_back(request: Request, operator: Operator) -> Response:
    """A set that nobody shall be given any more."""
    number: int = request.path_params["id"]
    how = an_enum(Cancelation, an_object(await read_body(request)), "actionCancelationType")

    def work(session: Session) -> None:
        invalidate(session, find_set(session, number), how, operator.name, now_ms())

    await operator.fleet.database.write(work)
    operator.fleet.scheduler.wake()
    return Response(status_code=204)


def set_target_routes() -> list[Route]:
    one = BASE + "/distributionsets/{id:id}"
    return [
        Route(one + "/assignedTargets", _listing(Target.assigned_set_id)),
        Route(one + "/installedTargets", _listing(Target.installed_set_id)),
        Route(one + "/invalidate", for_operator(call_back), methods=["POST"]),
    ]


def _listing(column: InstrumentedAttribute[int | None]) -> Endpoint:
    async def handler(request: Request, operator: Operator) -> Response:
        number: int = request.path_params["id"]
        await operator.fleet.database.read(lambda session: find_set(session, number))
        return await targets_response(request, operator, column == number)

    return for_operator(handler)
