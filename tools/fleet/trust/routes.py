"""The repository as static files below /tuf, and the one endpoint to publish into it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fleet.audit import record
from fleet.context import fleet_of, now_ms
from fleet.mgmt.operators import Operator, for_operator
from fleet.trust.bundle import BUNDLE_BYTES, parse_bundle
from fleet.web import read_json
from lockerctl.errors import UserError
from lockerctl.keys.repository import TIMESTAMP_FILE

BASE = "/tuf"
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


async def static_file(request: Request) -> Response:
    """One file. All but the timestamp never change; whether there is a next root may."""
    publisher = fleet_of(request).trust
    name: str = request.path_params["name"]
    data = publisher.read(name) if publisher else None
    if data is None:
        return Response(status_code=404, headers={"cache-control": _ASK_AGAIN})
    caching = _ASK_AGAIN if name == TIMESTAMP_FILE else _FOR_EVER
    return Response(data, headers={"cache-control": caching}, media_type="application/json")


async def publish(request: Request, operator: Operator) -> Response:
    """Take over what an operator has signed: everything, or nothing and one line that says why."""
    publisher = operator.fleet.trust
    if publisher is None:
        return _told(404, "this server offers no TUF repository: start it with --online-keys DIR")
    try:
        published = publisher.take(parse_bundle(await read_json(request, BUNDLE_BYTES)))
    except UserError as error:
        return _told(400, str(error))
    detail = f"root {published.root}, targets {published.targets}"
    await operator.fleet.database.write(
        lambda session: record(session, operator.name, "publish", "trust", now_ms(), detail)
    )
    return JSONResponse({"root": published.root, "targets": published.targets})


def trust_routes() -> list[Route]:
    return [
        Route(BASE, for_operator(publish), methods=["POST"]),
        Route(BASE + "/{name:path}", static_file),
    ]


def _told(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)
