"""confirmationBase: boards at which a person has to agree to an update."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.actions import Status
from fleet.confirmations import Confirmation, activate, deactivate, take_confirmation
from fleet.context import fleet_of, now_ms
from fleet.ddi import messages
from fleet.ddi.boards import Board, for_board
from fleet.ddi.deployments import deployment_of, gate_of, own_action
from fleet.ddi.requests import details_of
from fleet.errors import RefusedError
from fleet.history import active_actions
from fleet.payload import an_enum, an_object, integer, text
from fleet.settings import FEEDBACK_BYTES
from fleet.store.boards import Target
from fleet.web import json_response, query_int, read_json

_MEMBER = "confirmation"


async def confirmation_base(request: Request, board: Board) -> Response:
    """Whether the board confirms by itself, and what waits for somebody to agree."""

    def answer(session: Session) -> dict[str, object]:
        waiting = [
            each.id
            for each in active_actions(session, board.id)
            if each.status is Status.WAIT_FOR_CONFIRMATION
        ]
        target = session.get_one(Target, board.id)
        return messages.confirmation_base(board.place, target, waiting[0] if waiting else None)

    return json_response(request, await fleet_of(request).database.read(answer))


async def get_confirmation(request: Request, board: Board) -> Response:
    """What is to be agreed to, as deploymentBase would tell it."""
    fleet = fleet_of(request)
    action_id: int = request.path_params["action_id"]
    history = query_int(request, "actionHistory", 0)

    def answer(session: Session) -> dict[str, object]:
        action = own_action(session, board, action_id)
        if action.status is not Status.WAIT_FOR_CONFIRMATION:
            raise RefusedError(404)
        gate = gate_of(fleet, board, action)
        return deployment_of(session, board, action, gate, history, _MEMBER)

    return json_response(request, await fleet.database.read(answer))


async def feedback(request: Request, board: Board) -> Response:
    """Somebody has agreed, or not."""
    action_id: int = request.path_params["action_id"]
    given = an_object(await read_json(request, FEEDBACK_BYTES))
    said = an_enum(Confirmation, given, "confirmation")
    code, details = integer(given, "code"), tuple(details_of(given))

    def take(session: Session) -> None:
        action = own_action(session, board, action_id)
        take_confirmation(session, action, said, code, details, now_ms())

    await fleet_of(request).database.write(take)
    return Response()


async def activate_auto(request: Request, board: Board) -> Response:
    """From now on the board agrees to everything."""
    has_body = request.headers.get("content-length", "0") != "0"
    given = an_object(await read_json(request, FEEDBACK_BYTES)) if has_body else {}
    initiator = text(given, "initiator", 64) or board.place.controller_id
    remark = text(given, "remark", 512)
    await fleet_of(request).database.write(
        lambda session: activate(
            session, session.get_one(Target, board.id), initiator, remark, now_ms()
        )
    )
    return Response()


async def deactivate_auto(request: Request, board: Board) -> Response:
    await fleet_of(request).database.write(
        lambda session: deactivate(session.get_one(Target, board.id))
    )
    return Response()


def confirmation_routes() -> list[Route]:
    base = "/{tenant}/controller/v1/{controller_id}/confirmationBase"
    one = base + "/{action_id:id}"
    posts = ["POST"]
    return [
        Route(base, for_board(confirmation_base, registers=True)),
        Route(base + "/activateAutoConfirm", for_board(activate_auto), methods=posts),
        Route(base + "/deactivateAutoConfirm", for_board(deactivate_auto), methods=posts),
        Route(one, for_board(get_confirmation)),
        Route(one + "/feedback", for_board(feedback), methods=posts),
    ]
