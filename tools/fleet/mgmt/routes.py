"""All endpoints of the Mgmt API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.context import fleet_of
from fleet.mgmt.actions import action_routes
from fleet.mgmt.artifacts import artifact_routes
from fleet.mgmt.configs import config_routes
from fleet.mgmt.filters import filter_routes
from fleet.mgmt.modules import module_routes
from fleet.mgmt.operators import BASE, Operator, for_operator
from fleet.mgmt.rollouts import rollout_routes
from fleet.mgmt.set_targets import set_target_routes
from fleet.mgmt.sets import set_routes
from fleet.mgmt.targets import target_routes
from fleet.mgmt.types import type_routes
from fleet.web import json_response


async def user_info(request: Request, operator: Operator) -> Response:
    """Who the credentials stand for: a client's way to check them."""
    tenant = fleet_of(request).settings.tenant
    return json_response(request, {"tenant": tenant, "username": operator.name})


def mgmt_routes() -> list[Route]:
    return [
        Route(BASE + "/userinfo", for_operator(user_info)),
        *type_routes(),
        *module_routes(),
        *artifact_routes(),
        *set_routes(),
        *target_routes(),
        *action_routes(),
        *rollout_routes(),
        *filter_routes(),
        *config_routes(),
        *set_target_routes(),
    ]
