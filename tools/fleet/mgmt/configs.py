"""Settings of the server that admins change while it runs: hawkBit's tenant configuration."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet import tenant
from fleet.errors import CONSTRAINT, RefusedError
from fleet.mgmt.operators import BASE, Operator, for_operator, read_body
from fleet.payload import an_object
from fleet.people.roles import Role
from fleet.web import json_response

_HIDDEN = "***"


async def list_configs(request: Request, operator: Operator) -> Response:
    rules = operator.fleet.steering.rules

    def answer(session: Session) -> dict[str, object]:
        return {
            key: _shape(session, operator, key, value)
            for key, value in tenant.all_shown(rules.tenant).items()
        }

    return json_response(request, await operator.fleet.database.read(answer))


async def get_config(request: Request, operator: Operator) -> Response:
    key: str = request.path_params["key"]
    value = tenant.shown(operator.fleet.steering.rules.tenant, key)
    return json_response(
        request,
        await operator.fleet.database.read(lambda session: _shape(session, operator, key, value)),
    )


async def put_config(request: Request, operator: Operator) -> Response:
    key: str = request.path_params["key"]
    given = an_object(await read_body(request))
    if given.get("value") is None:
        raise RefusedError(CONSTRAINT, "value is missing.")
    await operator.steer(
        lambda session: tenant.change(session, operator.fleet.seal, key, given["value"])
    )
    return Response(status_code=204)


async def delete_config(request: Request, operator: Operator) -> Response:
    """Back to what the server was started with."""
    key: str = request.path_params["key"]
    await operator.steer(lambda session: tenant.reset(session, key))
    return Response(status_code=204)


def config_routes() -> list[Route]:
    base = BASE + "/system/configs"
    one = base + "/{key}"
    return [
        Route(base, for_operator(list_configs)),
        Route(one, for_operator(get_config)),
        Route(one, for_operator(put_config, Role.ADMIN), methods=["PUT"]),
        Route(one, for_operator(delete_config, Role.ADMIN), methods=["DELETE"]),
    ]


def _shape(session: Session, operator: Operator, key: str, value: object) -> dict[str, object]:
    if key in tenant.SECRET_KEYS and not operator.role.may(Role.ADMIN) and value:
        value = _HIDDEN
    return {"value": value, "global": not tenant.is_changed(session, key)}
