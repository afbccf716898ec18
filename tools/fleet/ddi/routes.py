"""The boards' endpoints besides poll and artifacts: configData, deployments, feedback."""

from __future__ import annotations

from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.actions import CANCELING, Gate, Pending, Status
from fleet.assignments import record_installed
from fleet.context import Fleet, fleet_of, now_ms
from fleet.ddi import messages
from fleet.ddi.boards import Board, for_board
from fleet.ddi.poll import poll
from fleet.ddi.requests import ConfigData, parse_config_data, parse_report
from fleet.errors import NOT_FOUND, QUOTA, RefusedError
from fleet.history import SERVER_MESSAGE
from fleet.payload import an_object, required_text
from fleet.reports import note_retrieved, take_cancel_report, take_deployment_report
from fleet.settings import FEEDBACK_BYTES, JSON_BYTES, MAX_ATTRIBUTES, MAX_HISTORY
from fleet.store.boards import Action, ActionStatus, Target, TargetAttribute
from fleet.store.models import DistributionSet, Module, SetModule
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
        action = _own_action(session, board, action_id)
        if action.status in CANCELING or action.status is Status.WAIT_FOR_CONFIRMATION:
            raise RefusedError(404)
        note_retrieved(session, action, now_ms())
        return _deployment(session, board, action, _gate(fleet, board, action), history)

    return json_response(request, await fleet.database.write(answer))


async def installed_base(request: Request, board: Board) -> Response:
    """What was installed by an action that has ended."""
    action_id: int = request.path_params["action_id"]
    history = query_int(request, "actionHistory", 0)

    def answer(session: Session) -> dict[str, object]:
        action = _own_action(session, board, action_id)
        if action.active or action.status in (*CANCELING, Status.SCHEDULED):
            raise RefusedError(404)
        return _deployment(session, board, action, Gate.FREE, history)

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
        take_deployment_report(session, _own_action(session, board, action_id), report, now_ms())

    await fleet_of(request).database.write(take)
    return Response()


async def cancel_action(request: Request, board: Board) -> Response:
    """Which action to stop."""
    action_id: int = request.path_params["action_id"]

    def answer(session: Session) -> dict[str, object]:
        if _own_action(session, board, action_id).status not in CANCELING:
            raise RefusedError(404)
        return messages.cancellation(action_id)

    return json_response(request, await fleet_of(request).database.read(answer))


async def cancel_feedback(request: Request, board: Board) -> Response:
    """A report on a cancellation; durable before it is answered."""
    action_id: int = request.path_params["action_id"]
    report = parse_report(await read_json(request, FEEDBACK_BYTES), now_ms())

    def take(session: Session) -> None:
        take_cancel_report(session, _own_action(session, board, action_id), report, now_ms())

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
    ]


def _configure(session: Session, board: Board, config: ConfigData) -> None:
    known = session.scalars(
        select(TargetAttribute).where(TargetAttribute.target_id == board.id)
    ).all()
    present = {each.key: each.value for each in known}
    wanted = config.applied_to(present)
    if len(wanted) > MAX_ATTRIBUTES:
        raise RefusedError(QUOTA, f"A target has at most {MAX_ATTRIBUTES} attributes.")
    for each in known:
        if each.key not in wanted:
            session.delete(each)
    for key, value in wanted.items():
        if present.get(key) != value:
            session.merge(TargetAttribute(target_id=board.id, key=key, value=value))
    session.get_one(Target, board.id).request_attributes = False


def _own_action(session: Session, board: Board, action_id: int) -> Action:
    """An action of this board. Raises RefusedError (404) for anybody else's."""
    action = session.get(Action, action_id)
    if action is None or action.target_id != board.id:
        raise RefusedError(404)
    return action


def _gate(fleet: Fleet, board: Board, action: Action) -> Gate:
    pending = _pending(action)
    site = action.target.group
    return fleet.steering.rules.gate(board.place.controller_id, site, pending.window, now_ms())


def _pending(action: Action) -> Pending:
    return Pending(
        action.id,
        action.status,
        action.weight,
        action.force_type,
        action.force_time_ms,
        action.window_schedule,
        action.window_duration,
        action.window_zone,
    )


def _deployment(
    session: Session,
    board: Board,
    action: Action,
    gate: Gate,
    history: int,
    member: str = "deployment",
) -> dict[str, object]:
    modules = session.scalars(
        select(Module)
        .join(SetModule, SetModule.module_id == Module.id)
        .where(SetModule.set_id == action.set_id)
        .order_by(Module.id)
        .options(selectinload(Module.artifacts), selectinload(Module.meta))
    ).all()
    pending = _pending(action)
    texts = _history(session, action.id, history) if history else []
    handling = pending.handling(gate, now_ms())
    return messages.deployment(board.place, pending, modules, texts, handling, member)


def _history(session: Session, action_id: int, count: int) -> list[str]:
    """The newest texts of an action that are not the server's own, newest first."""
    wanted = MAX_HISTORY if count < 0 else min(count, MAX_HISTORY)
    entries = session.scalars(
        select(ActionStatus.messages)
        .where(ActionStatus.action_id == action_id)
        .order_by(ActionStatus.id.desc())
    )
    texts = (text for entry in entries for text in reversed(entry))
    return list(islice((text for text in texts if not text.startswith(SERVER_MESSAGE)), wanted))
