"""Artifacts of a software module: uploading, listing, downloading."""

from __future__ import annotations

import asyncio
import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.context import now_ms
from fleet.downloads import File, file_response
from fleet.errors import CONSTRAINT, EXISTS, HASH_MISMATCH, LOCKED, NOT_FOUND, QUOTA, RefusedError
from fleet.followers import effective_channel
from fleet.mgmt import messages, uploads
from fleet.mgmt.modules import find_module
from fleet.mgmt.operators import BASE, Operator, for_operator
from fleet.policies import judge_anew
from fleet.settings import MAX_ARTIFACTS
from fleet.store.content import ContentStore, Stored
from fleet.store.models import Artifact, Module, SetModule
from fleet.store.policies import Channel
from fleet.web import json_response

_NAME = re.compile(r"[A-Za-z0-9_.+ ()=@,~!#$&-]{1,256}")
_HASHES = ("md5", "sha1", "sha256")


async def upload(request: Request, operator: Operator) -> Response:
    """Take a file, or the bytes that one has lost; answered once file and row are durable."""
    number = request.path_params["id"]
    fleet = operator.fleet
    await fleet.database.read(lambda session: _check_welcome(session, fleet.content, number))
    with fleet.content.incoming() as incoming:
        form = await uploads.receive(request, incoming, fleet.settings.artifact_bytes)
        given = {**form.fields, **request.query_params}
        name = given.get("filename") or form.filename or ""
        _check(name, given, incoming.stored())
        sha256 = incoming.stored().sha256
        lost = await fleet.database.read(
            lambda session: _find_lost(session, fleet.content, number, name, sha256)
        )
        stored = await asyncio.to_thread(incoming.keep)

    def write(session: Session) -> messages.Json:
        if lost is None:
            return _add(session, number, name, stored, operator)
        return _give_back(session, number, lost, operator)

    made = await operator.write(write)
    fleet.scheduler.wake()
    return json_response(request, made, 201)


async def list_artifacts(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]

    def answer(session: Session) -> list[messages.Json]:
        found = find_module(session, number).artifacts
        return [_shape(operator, each) for each in found]

    return json_response(request, await operator.fleet.database.read(answer))


async def get_artifact(request: Request, operator: Operator) -> Response:
    artifact = await _artifact(request, operator)
    return json_response(request, _shape(operator, artifact))


async def download(request: Request, operator: Operator) -> Response:
    artifact = await _artifact(request, operator)
    file = File(
        operator.fleet.content.path(artifact.sha256),
        artifact.filename,
        artifact.size,
        artifact.sha1,
        artifact.created_at,
    )
    return file_response(request, file)


def artifact_routes() -> list[Route]:
    base = BASE + "/softwaremodules/{id:id}/artifacts"
    return [
        Route(base, for_operator(list_artifacts)),
        Route(base, for_operator(upload), methods=["POST"]),
        Route(base + "/{artifact:id}", for_operator(get_artifact)),
        Route(base + "/{artifact:id}/download", for_operator(download)),
    ]


def _check(name: str, given: dict[str, str], stored: Stored) -> None:
    # It stands in a header and in a path: nothing there may need quoting.
    if not _NAME.fullmatch(name):
        raise RefusedError(CONSTRAINT, "The file's name is missing or not allowed.")
    if not stored.size:
        raise RefusedError(CONSTRAINT, f"{name} is empty.")
    for each in _HASHES:
        claimed = given.get(each + "sum")
        if claimed and claimed.lower() != getattr(stored, each):
            raise RefusedError(HASH_MISMATCH[each], f"{name} has another {each} than given.")


def _shape(operator: Operator, each: Artifact) -> messages.Json:
    lost = not operator.fleet.content.has(each.sha256)
    return messages.artifact(operator.root, each, lost=lost)


def _check_welcome(session: Session, content: ContentStore, number: int) -> None:
    """Whether the module may take any file. Raises RefusedError: 404, and as _check_open."""
    module = find_module(session, number)
    if all(content.has(each.sha256) for each in module.artifacts):
        _check_open(session, module)


def _check_open(session: Session, module: Module) -> None:
    """Raises RefusedError: 423 for a module that was handed out, 429 for a full one."""
    if module.locked:
        raise RefusedError(LOCKED, f"Software module {module.id} is locked.")
    count = select(func.count()).where(Artifact.module_id == module.id)
    if (session.scalar(count) or 0) >= MAX_ARTIFACTS:
        raise RefusedError(QUOTA, f"A module has at most {MAX_ARTIFACTS} artifacts.")


def _check_new(session: Session, number: int, name: str) -> None:
    """Whether the module may take a new file. Raises RefusedError: 404, 409, 423, 429."""
    _check_open(session, find_module(session, number))
    if _find_named(session, number, name) is not None:
        raise RefusedError(EXISTS, f"Software module {number} has {name} already.")


def _find_named(session: Session, number: int, name: str) -> Artifact | None:
    named = select(Artifact).where(Artifact.module_id == number, Artifact.filename == name)
    return session.scalars(named).first()


def _find_lost(
    session: Session, content: ContentStore, number: int, name: str, sha256: str
) -> int | None:
    """The file that lacks these very bytes, None if they make a new one.

    A locked module takes them too: it stays what was handed out. Raises as _check_new.
    """
    found = _find_named(session, number, name)
    if found and found.sha256 == sha256 and not content.has(sha256):
        return found.id
    _check_new(session, number, name)
    return None


def _give_back(session: Session, number: int, lost: int, operator: Operator) -> messages.Json:
    """A file's bytes are here again. Channels may not have known a release without them."""
    channels = select(Channel.name).join(SetModule, SetModule.set_id == Channel.set_id)
    for name in session.scalars(channels.where(SetModule.module_id == number)):
        judge_anew(session, effective_channel() == name)
    return messages.artifact(operator.root, session.get_one(Artifact, lost))


def _add(
    session: Session, number: int, name: str, stored: Stored, operator: Operator
) -> messages.Json:
    _check_new(session, number, name)
    made = Artifact(
        module_id=number,
        filename=name,
        size=stored.size,
        md5=stored.md5,
        sha1=stored.sha1,
        sha256=stored.sha256,
    )
    made.stamp(operator.name, now_ms())
    session.add(made)
    session.flush()
    return messages.artifact(operator.root, made)


async def _artifact(request: Request, operator: Operator) -> Artifact:
    number, artifact_id = request.path_params["id"], request.path_params["artifact"]

    def find(session: Session) -> Artifact:
        found = session.get(Artifact, artifact_id)
        if found is None or found.module_id != number:
            raise RefusedError(NOT_FOUND, f"Artifact {artifact_id} does not exist.")
        return found

    return await operator.fleet.database.read(find)
