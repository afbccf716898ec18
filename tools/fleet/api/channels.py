"""Channels: which release they name, and moving them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.api.base import BASE
from fleet.channel_moves import PRESET_STAGES, add_channel, move_channel, remove_channel
from fleet.channels import find_channel
from fleet.context import now_ms
from fleet.errors import CONSTRAINT, RefusedError
from fleet.mgmt.operators import Operator, for_operator, read_body
from fleet.payload import an_object, boolean, required_integer
from fleet.store.policies import Channel
from fleet.store.rollouts import Rollout
from fleet.web import json_response

Json = dict[str, Any]
_MAX_STAGES = 20


async def list_channels(request: Request, operator: Operator) -> Response:
    def answer(session: Session) -> list[Json]:
        found = session.scalars(select(Channel).order_by(Channel.name))
        return [_shape(session, each) for each in found]

    return json_response(request, await operator.fleet.database.read(answer))


async def get_channel(request: Request, operator: Operator) -> Response:
    name: str = request.path_params["name"]
    return json_response(
        request,
        await operator.fleet.database.read(
            lambda session: _shape(session, find_channel(session, name))
        ),
    )


async def put_channel(request: Request, operator: Operator) -> Response:
    """Make a channel, or move it to a release; its boards follow by stages."""
    fleet, name = operator.fleet, request.path_params["name"]
    given = an_object(await read_body(request))
    stages = None if boolean(given, "atOnce") else _stages(given)

    def work(session: Session) -> Json:
        if given.get("set") is None:
            return _shape(session, add_channel(session, name, operator.name, now_ms()))
        set_id, tenant = required_integer(given, "set"), fleet.steering.rules.tenant
        move_channel(session, fleet.content, tenant, name, set_id, operator.name, now_ms(), stages)
        return _shape(session, find_channel(session, name))

    return json_response(request, await fleet.steer(work))


async def delete_channel(request: Request, operator: Operator) -> Response:
    name: str = request.path_params["name"]
    await operator.fleet.steer(
        lambda session: remove_channel(session, name, operator.name, now_ms())
    )
    return Response(status_code=204)


def channel_routes() -> list[Route]:
    one = BASE + "/channels/{name}"
    return [
        Route(BASE + "/channels", for_operator(list_channels)),
        Route(one, for_operator(get_channel)),
        Route(one, for_operator(put_channel), methods=["PUT"]),
        Route(one, for_operator(delete_channel), methods=["DELETE"]),
    ]


def _stages(given: Json) -> tuple[float, ...]:
    stages = given.get("stages")
    if stages is None:
        return PRESET_STAGES
    numbers = isinstance(stages, list) and 0 < len(stages) <= _MAX_STAGES
    if not numbers or not all(
        isinstance(each, int | float) and not isinstance(each, bool) and 0 < each <= 100
        for each in stages
    ):
        raise RefusedError(CONSTRAINT, f"stages are 1 to {_MAX_STAGES} percentages up to 100.")
    return tuple(float(each) for each in stages)


def _shape(session: Session, channel: Channel) -> Json:
    body: Json = {"name": channel.name}
    if channel.set:
        body["set"] = channel.set.id
        body["release"] = f"{channel.set.name}:{channel.set.version}"
    rollout = session.get(Rollout, channel.rollout_id) if channel.rollout_id else None
    if rollout:
        body["rollout"], body["rolloutName"] = rollout.id, rollout.name
        body["rolloutStatus"] = rollout.status.value
    return body
