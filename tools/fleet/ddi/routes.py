"""The boards' endpoints besides poll and artifacts: configData, deployments, feedback."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.actions import CANCELING, Gate, Status
from fleet.assignments import record_installed
from fleet.attributes import attributes_of, store_attributes
from fleet.context import fleet_of, now_ms
from fleet.ddi import messages
from fleet.ddi.boards import Board, for_board
from fleet.ddi.confirmations import confirmation_routes
from fleet.ddi.deployments import deployment_of, gate_of, own_action
from fleet.ddi.pickups import pickup_routes
from fleet.ddi.poll import poll
from fleet.ddi.requests import ConfigData, parse_config_data, parse_report
from fleet.errors import NOT_FOUND, RefusedError
from fleet.payload import an_object, required_text
from fleet.reports import note_retrieved, take_cancel_report, take_deployment_report
from fleet.settings import FEEDBACK_BYTES, JSON_BYTES
from fleet.store.boards import Target
from fleet.store.models import DistributionSet
from fleet.web import json_response, query_int, read_json


async def config_data(request: Request, board: Board) -> Response:
    """Attributes of a board."""
    config = parse_config_data(await read_json(request, JSON_BYTES))
    await fleet_of(request).database.write(lambda session: _configure(session, board, config))
    return Response()


async def deployment_base(request: Request, board: Board) -> Response:
    """What to install. Fetching it is noted once in the action's history."""
    fleet = fleet_of(request)
    action_id: int = request.path_params["action_id"]
    history = query_int(request, "actionHistory", 0)

    def answer(session: Session) -> dict[str, object]:
        action = own_action(session, board, action_id)
        if action.status in CANCELING or action.status is Status.WAIT_FOR_CONFIRMATION:
            raise RefusedError(404)
        note_retrieved(session, action, now_ms())
        return deployment_of(session, board, action, gate_of(fleet, board, action), history)

    return json_response(request, await fleet.database.write(answer))


async def installed_base(request: Request, board: Board) -> Response:
    """What was installed by an action that has ended."""
    action_id: int = request.path_params["action_id"]
    history = query_int(request, "actionHistory", 0)

    def answer(session: Session) -> dict[str, object]:
        action = own_action(session, board, action_id)
        if action.active or action.status in CANCELING:
            raise RefusedError(404)
        return deployment_of(session, board, action, Gate.FREE, history)

    return json_response(request, await fleet_of(request).database.read(answer))


async def report_installed(request: Request, board: Board) -> Response:
    """What a board runs that came to it by another way: 201 if that is news."""
    given = an_object(await read_json(request, JSON_BYTES))
    name, version = required_text(given, "name", 128), required_text(given, "version", 64)

    def record(session: Session) -> bool:
        chosen = session.scalars(
            select(DistributionSet).where(
                DistributionSet.name == name, DistributionSet.version == version
            )
        ).first()
        if chosen is None:
            raise RefusedError(NOT_FOUND, f"Distribution set {name}:{version} does not exist.")
        target = session.get_one(Target, board.id)
        user = board.place.controller_id
        return record_installed(session, target, chosen, user, now_ms()) is not None

    new = await fleet_of(request).database.write(record)
    return Response(status_code=201 if new else 200)


async def deployment_feedback(request: Request, board: Board) -> Response:
    """A report on a deployment; durable before it is answered."""
    action_id: int = request.path_params["action_id"]
    report = parse_report(await read_json(request, FEEDBACK_BYTES), now_ms())

    def take(session: Session) -> None:
        take_deployment_report(session, own_action(session, board, action_id), report, now_ms())

    await fleet_of(request).database.write(take)
    return Response()


async def cancel_action(request: Request, board: Board) -> Response:
    """Which action to stop."""
    action_id: int = request.path_params["action_id"]

    def answer(session: Session) -> dict[str, object]:
        if own_action(session, board, action_id).status not in CANCELING:
            raise RefusedError(404)
        return messages.cancellation(action_id)

    return json_response(request, await fleet_of(request).database.read(answer))


async def cancel_feedback(request: Request, board: Board) -> Response:
    """A report on a cancellation; durable before it is answered."""
    action_id: int = request.path_params["action_id"]
    report = parse_report(await read_json(request, FEEDBACK_BYTES), now_ms())

    def take(session: Session) -> None:
        take_cancel_report(session, own_action(session, board, action_id), report, now_ms())

    await fleet_of(request).database.write(take)
    return Response()


def ddi_routes() -> list[Route]:
    """Below `/{tenant}/controller/v1/{controller_id}`, the busiest first."""
    base = "/{tenant}/controller/v1/{controller_id}"
    deployment = base + "/deploymentBase/{action_id:id}"
    cancel = base + "/cancelAction/{action_id:id}"
    return [
        Route(base, poll),
        Route(deployment + "/feedback", for_board(deployment_feedback), methods=["POST"]),
        Route(deployment, for_board(deployment_base)),
        Route(base + "/configData", for_board(config_data), methods=["PUT"]),
        Route(cancel + "/feedback", for_board(cancel_feedback), methods=["POST"]),
        Route(cancel, for_board(cancel_action)),
        Route(base + "/installedBase", for_board(report_installed), methods=["PUT"]),
        Route(base + "/installedBase/{action_id:id}", for_board(installed_base)),
        *confirmation_routes(),
        *pickup_routes(),
    ]


def _configure(session: Session, board: Board, config: ConfigData) -> None:
    present = {each.key: each.value for each in attributes_of(session, board.id)}
    target = session.get_one(Target, board.id)
    store_attributes(session, target, config.applied_to(present), now_ms())
