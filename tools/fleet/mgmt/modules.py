"""Software modules and their metadata."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.context import now_ms
from fleet.errors import EXISTS, NOT_FOUND, QUOTA, RefusedError
from fleet.fields import MODULE, MODULE_METADATA
from fleet.mgmt import messages
from fleet.mgmt.lists import list_response
from fleet.mgmt.operators import BASE, Operator, for_operator, read_body
from fleet.payload import boolean, objects, required_text, text
from fleet.settings import MAX_METADATA
from fleet.store.models import Module, ModuleMetadata, ModuleType
from fleet.web import json_response

_MAX_AT_ONCE = 100


async def create_modules(request: Request, operator: Operator) -> Response:
    given = objects(await read_body(request), _MAX_AT_ONCE)

    def create(session: Session) -> list[messages.Json]:
        made = [_new_module(session, each, operator.name) for each in given]
        return [messages.module(operator.root, each) for each in made]

    return json_response(request, await operator.write(create), 201)


async def list_modules(request: Request, operator: Operator) -> Response:
    return await list_response(
        request, operator, MODULE, lambda _session, each: messages.module(operator.root, each)
    )


async def get_module(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]

    def answer(session: Session) -> messages.Json:
        return messages.module(operator.root, find_module(session, number))

    return json_response(request, await operator.fleet.database.read(answer))


async def create_metadata(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]
    given = objects(await read_body(request), MAX_METADATA)

    def create(session: Session) -> list[messages.Json]:
        find_module(session, number)
        made = [_new_metadata(session, number, each) for each in given]
        return [messages.module_metadata(each) for each in made]

    return json_response(request, await operator.write(create), 201)


async def list_metadata(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]
    await operator.fleet.database.read(lambda session: find_module(session, number))
    return await list_response(
        request,
        operator,
        MODULE_METADATA,
        lambda _session, each: messages.module_metadata(each),
        ModuleMetadata.module_id == number,
    )


async def get_metadata(request: Request, operator: Operator) -> Response:
    number, key = request.path_params["id"], request.path_params["key"]

    def answer(session: Session) -> messages.Json:
        found = session.get(ModuleMetadata, (number, key))
        if found is None:
            raise RefusedError(NOT_FOUND, f"Module {number} has no metadata {key}.")
        return messages.module_metadata(found)

    return json_response(request, await operator.fleet.database.read(answer))


async def put_metadata(request: Request, operator: Operator) -> Response:
    """Change the value of a key, or make it."""
    number, key = request.path_params["id"], request.path_params["key"]
    given = objects(await read_body(request), 1)[0]

    def put(session: Session) -> None:
        find_module(session, number)
        session.merge(_metadata(number, {**given, "key": key}))

    await operator.write(put)
    return Response(status_code=204)


def module_routes() -> list[Route]:
    base = BASE + "/softwaremodules"
    metadata = base + "/{id:id}/metadata"
    return [
        Route(base, for_operator(list_modules)),
        Route(base, for_operator(create_modules), methods=["POST"]),
        Route(base + "/{id:id}", for_operator(get_module)),
        Route(metadata, for_operator(list_metadata)),
        Route(metadata, for_operator(create_metadata), methods=["POST"]),
        Route(metadata + "/{key}", for_operator(get_metadata)),
        Route(metadata + "/{key}", for_operator(put_metadata), methods=["PUT"]),
    ]


def find_module(session: Session, number: int) -> Module:
    """Raises RefusedError (404)."""
    found = session.get(Module, number)
    if found is None:
        raise RefusedError(NOT_FOUND, f"Software module {number} does not exist.")
    return found


def _new_module(session: Session, given: dict[str, Any], user: str) -> Module:
    key = required_text(given, "type", 64)
    kind = session.scalars(select(ModuleType).where(ModuleType.key == key)).first()
    if kind is None:
        raise RefusedError(NOT_FOUND, f"Software module type {key} does not exist.")
    made = Module(
        type=kind,
        name=required_text(given, "name", 128),
        version=required_text(given, "version", 64),
        description=text(given, "description", 512),
        vendor=text(given, "vendor", 256),
    )
    taken = select(Module.id).where(
        Module.type_id == kind.id, Module.name == made.name, Module.version == made.version
    )
    with session.no_autoflush:
        if session.scalar(taken) is not None:
            raise RefusedError(EXISTS, f"Module {made.name}:{made.version} exists.")
    made.stamp(user, now_ms())
    session.add(made)
    session.flush()
    return made


def _new_metadata(session: Session, number: int, given: dict[str, Any]) -> ModuleMetadata:
    made = _metadata(number, given)
    if session.get(ModuleMetadata, (number, made.key)) is not None:
        raise RefusedError(EXISTS, f"Module {number} has metadata {made.key} already.")
    count = select(func.count()).where(ModuleMetadata.module_id == number)
    if (session.scalar(count) or 0) >= MAX_METADATA:
        raise RefusedError(QUOTA, f"A module has at most {MAX_METADATA} metadata entries.")
    session.add(made)
    session.flush()
    return made


def _metadata(number: int, given: dict[str, Any]) -> ModuleMetadata:
    return ModuleMetadata(
        module_id=number,
        key=required_text(given, "key", 128),
        value=text(given, "value", 4000) or "",
        target_visible=boolean(given, "targetVisible"),
    )
