"""Rollouts and their groups."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet import rollouts
from fleet.context import now_ms
from fleet.errors import NOT_FOUND, ROLLOUT_STATE, RefusedError
from fleet.fields import ROLLOUT, ROLLOUT_GROUP
from fleet.mgmt import rollout_messages as messages
from fleet.mgmt.lists import list_response
from fleet.mgmt.messages import Json
from fleet.mgmt.operators import BASE, Endpoint, Operator, for_operator, read_body
from fleet.mgmt.rollout_requests import parse_rollout
from fleet.mgmt.targets import targets_response
from fleet.payload import an_object, required_text, text
from fleet.rollout_plans import GroupPlan, RolloutPlan, equal_groups
from fleet.rollout_rules import RolloutStatus
from fleet.store.boards import Target
from fleet.store.rollouts import Rollout, RolloutGroup, RolloutTarget
from fleet.web import json_response

Command = Callable[[Session, int, str, int], object]


async def create(request: Request, operator: Operator) -> Response:
    plan = parse_rollout(await read_body(request))
    return await _create(request, operator, lambda _session: plan)


async def list_rollouts(request: Request, operator: Operator) -> Response:
    full = request.query_params.get("representation") == "full"

    def shape(session: Session, each: Rollout) -> Json:
        found = rollouts.outcomes(session, each.id) if full else None
        return messages.rollout(operator.root, each, found)

    return await list_response(request, operator, ROLLOUT, shape, Rollout.deleted.is_(False))


async def get_rollout(request: Request, operator: Operator) -> Response:
    number: int = request.path_params["id"]

    def answer(session: Session) -> Json:
        return _full(session, operator, rollouts.find_rollout(session, number))

    return json_response(request, await operator.fleet.database.read(answer))


async def put_rollout(request: Request, operator: Operator) -> Response:
    """Another name or description."""
    number: int = request.path_params["id"]
    given = an_object(await read_body(request))

    def change(session: Session) -> Json:
        found = rollouts.find_rollout(session, number)
        name = text(given, "name", 128) or found.name
        if name != found.name:
            rollouts.check_name(session, name)
        found.name = name
        if (description := text(given, "description", 512)) is not None:
            found.description = description
        found.stamp(operator.name, now_ms())
        return _full(session, operator, found)

    return json_response(request, await operator.write(change))


async def delete_rollout(request: Request, operator: Operator) -> Response:
    return await _command(request, operator, rollouts.remove)


async def retry(request: Request, operator: Operator) -> Response:
    """A new rollout for the boards that failed in one that is over."""
    number: int = request.path_params["id"]

    def plan(session: Session) -> RolloutPlan:
        failed = rollouts.find_rollout(session, number)
        if failed.status not in (RolloutStatus.FINISHED, RolloutStatus.STOPPED):
            raise RefusedError(ROLLOUT_STATE, f"Rollout {failed.name} is not over.")
        return RolloutPlan(
            name=f"{failed.name[:110]}_retry_{now_ms() // 1000}",
            set_id=failed.set_id,
            query=f"failedrollout=={number}",
            groups=equal_groups(1, GroupPlan("")),
            description=failed.description,
            force_type=failed.force_type,
            weight=failed.weight,
        )

    return await _create(request, operator, plan)


async def list_groups(request: Request, operator: Operator) -> Response:
    number: int = request.path_params["id"]
    full = request.query_params.get("representation") == "full"

    def shape(session: Session, each: RolloutGroup) -> Json:
        found = rollouts.outcomes(session, number)[each.id] if full else None
        return messages.group(operator.root, each, found)

    await operator.fleet.database.read(lambda session: rollouts.find_rollout(session, number))
    return await list_response(
        request, operator, ROLLOUT_GROUP, shape, RolloutGroup.rollout_id == number
    )


async def get_group(request: Request, operator: Operator) -> Response:
    def answer(session: Session) -> Json:
        group = _group(session, request)
        found = rollouts.outcomes(session, group.rollout_id)[group.id]
        return messages.group(operator.root, group, found)

    return json_response(request, await operator.fleet.database.read(answer))


async def list_group_targets(request: Request, operator: Operator) -> Response:
    group = await operator.fleet.database.read(lambda session: _group(session, request))
    members = select(RolloutTarget.target_id).where(RolloutTarget.group_id == group.id)
    return await targets_response(request, operator, Target.id.in_(members))


def rollout_routes() -> list[Route]:
    base = BASE + "/rollouts"
    one = base + "/{id:id}"
    groups = one + "/deploygroups"
    commands: dict[str, Command] = {
        "start": rollouts.start,
        "pause": rollouts.pause,
        "resume": rollouts.resume,
        "stop": rollouts.stop,
        "triggerNextGroup": rollouts.trigger_next,
    }
    return [
        Route(base, for_operator(list_rollouts)),
        Route(base, for_operator(create), methods=["POST"]),
        Route(one, for_operator(get_rollout)),
        Route(one, for_operator(put_rollout), methods=["PUT"]),
        Route(one, for_operator(delete_rollout), methods=["DELETE"]),
        Route(one + "/retry", for_operator(retry), methods=["POST"]),
        Route(one + "/approve", _deciding(approved=True), methods=["POST"]),
        Route(one + "/deny", _deciding(approved=False), methods=["POST"]),
        *(
            Route(f"{one}/{name}", _commanding(command), methods=["POST"])
            for name, command in commands.items()
        ),
        Route(groups, for_operator(list_groups)),
        Route(groups + "/{group:id}", for_operator(get_group)),
        Route(groups + "/{group:id}/targets", for_operator(list_group_targets)),
    ]


def _commanding(command: Command) -> Endpoint:
    async def handler(request: Request, operator: Operator) -> Response:
        return await _command(request, operator, command)

    return for_operator(handler)


def _deciding(*, approved: bool) -> Endpoint:
    async def handler(request: Request, operator: Operator) -> Response:
        given = dict(request.query_params)
        remark = required_text(given, "remark", 512) if given.get("remark") else None

        def decide(session: Session, number: int, user: str, now: int) -> object:
            return rollouts.decide(session, number, approved, remark, user, now)

        return await _command(request, operator, decide)

    return for_operator(handler)


async def _command(request: Request, operator: Operator, command: Command) -> Response:
    number: int = request.path_params["id"]
    await operator.fleet.database.write(
        lambda session: command(session, number, operator.name, now_ms())
    )
    operator.fleet.scheduler.wake()
    return Response(status_code=204)


async def _create(
    request: Request, operator: Operator, plan: Callable[[Session], RolloutPlan]
) -> Response:
    fleet = operator.fleet

    def work(session: Session) -> Json:
        tenant = fleet.steering.rules.tenant
        made = rollouts.create(
            session, fleet.content, plan(session), tenant, operator.name, now_ms()
        )
        return _full(session, operator, made)

    return json_response(request, await fleet.database.write(work), 201)


def _full(session: Session, operator: Operator, each: Rollout) -> Json:
    return messages.rollout(operator.root, each, rollouts.outcomes(session, each.id))


def _group(session: Session, request: Request) -> RolloutGroup:
    number: int = request.path_params["group"]
    rollout = rollouts.find_rollout(session, request.path_params["id"])
    found = session.get(RolloutGroup, number)
    if found is None or found.rollout_id != rollout.id:
        raise RefusedError(NOT_FOUND, f"Rollout {rollout.name} has no group {number}.")
    return found
