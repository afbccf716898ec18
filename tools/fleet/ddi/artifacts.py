"""The boards' endpoints for artifacts: listing, bytes, MD5."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fleet.actions import CANCELING
from fleet.context import fleet_of, now_ms
from fleet.ddi import messages
from fleet.ddi.boards import Board, for_board
from fleet.downloads import File, file_response, is_partial
from fleet.errors import RefusedError
from fleet.history import active_actions
from fleet.reports import note_download
from fleet.store.boards import Action, Target
from fleet.store.models import Artifact, SetModule
from fleet.web import json_response

_MD5 = ".MD5SUM"


@dataclass(frozen=True)
class Granted:
    """An artifact that a board may have, and the action that gives it the right."""

    artifact: Artifact
    action: Action


async def list_artifacts(request: Request, board: Board) -> Response:
    """The files of a module that is in an active action of the board, or installed there."""
    module_id: int = request.path_params["module_id"]

    def answer(session: Session) -> list[dict[str, object]]:
        if not _offered(session, board, module_id) and not _installed(session, board, module_id):
            raise RefusedError(404)
        found = session.scalars(
            select(Artifact).where(Artifact.module_id == module_id).order_by(Artifact.id)
        )
        return [messages.artifact(board.place, module_id, each) for each in found]

    return json_response(request, await fleet_of(request).database.read(answer))


async def download(request: Request, board: Board) -> Response:
    """The bytes, only while an action of the board that needs them is active."""
    fleet = fleet_of(request)
    module_id: int = request.path_params["module_id"]
    name: str = request.path_params["name"]
    granted = await fleet.database.read(lambda session: _grant(session, board, module_id, name))
    artifact, action = granted.artifact, granted.action
    if not is_partial(request):
        await fleet.database.write(
            lambda session: note_download(
                session, session.get_one(Action, action.id), name, now_ms()
            )
        )
    file = File(
        fleet.content.path(artifact.sha256),
        artifact.filename,
        artifact.size,
        artifact.sha1,
        artifact.created_at,
    )
    board_id, release = board.place.controller_id, action.set.version
    return file_response(
        request, file, lambda count: fleet.traffic.sent(board_id, action.id, release, count)
    )


async def md5sum(request: Request, board: Board) -> Response:
    """The MD5 of a file in the form of md5sum(1)."""
    module_id: int = request.path_params["module_id"]
    name: str = request.path_params["name"].removesuffix(_MD5)
    granted = await fleet_of(request).database.read(
        lambda session: _grant(session, board, module_id, name)
    )
    headers = {"content-disposition": f"attachment;filename={name}{_MD5}"}
    return PlainTextResponse(f"{granted.artifact.md5}  {name}", headers=headers)


async def by_name(request: Request, board: Board) -> Response:
    """A file, or the MD5 of one."""
    wants_md5 = request.path_params["name"].endswith(_MD5)
    return await (md5sum if wants_md5 else download)(request, board)


def artifact_routes() -> list[Route]:
    base = "/{tenant}/controller/v1/{controller_id}/softwaremodules/{module_id:id}/artifacts"
    return [Route(base + "/{name}", for_board(by_name)), Route(base, for_board(list_artifacts))]


def _grant(session: Session, board: Board, module_id: int, name: str) -> Granted:
    """Raises RefusedError (404) for what the board has no right to, as for what is not there."""
    actions = _offered(session, board, module_id)
    artifact = session.scalars(
        select(Artifact).where(Artifact.module_id == module_id, Artifact.filename == name)
    ).first()
    if not actions or artifact is None:
        raise RefusedError(404)
    return Granted(artifact, actions[0])


def _offered(session: Session, board: Board, module_id: int) -> list[Action]:
    """Active actions of the board whose set holds the module."""
    active = [each for each in active_actions(session, board.id) if each.status not in CANCELING]
    return [each for each in active if _holds(session, each.set_id, module_id)]


def _installed(session: Session, board: Board, module_id: int) -> bool:
    installed = session.get_one(Target, board.id).installed_set_id
    return installed is not None and _holds(session, installed, module_id)


def _holds(session: Session, set_id: int, module_id: int) -> bool:
    return session.get(SetModule, (set_id, module_id)) is not None
