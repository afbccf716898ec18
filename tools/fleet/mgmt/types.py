"""Software module types and distribution set types."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.context import now_ms
from fleet.errors import EXISTS, NOT_FOUND, RefusedError
from fleet.fields import MODULE_TYPE, SET_TYPE
from fleet.mgmt import messages
from fleet.mgmt.lists import list_response
from fleet.mgmt.operators import BASE, Operator, for_operator, read_body
from fleet.payload import count, objects, required_integer, required_text, text
from fleet.settings import MAX_MODULE_TYPES
from fleet.store.models import ModuleType, SetType, SetTypeElement
from fleet.web import json_response


async def create_module_types(request: Request, operator: Operator) -> Response:
    given = objects(await read_body(request), MAX_MODULE_TYPES)

    def create(session: Session) -> list[messages.Json]:
        made = [_new_module_type(session, each, operator.name) for each in given]
        return [messages.module_type(operator.root, each) for each in made]

    return json_response(request, await operator.write(create), 201)


async def create_set_types(request: Request, operator: Operator) -> Response:
    given = objects(await read_body(request), MAX_MODULE_TYPES)

    def create(session: Session) -> list[messages.Json]:
        made = [_new_set_type(session, each, operator.name) for each in given]
        return [messages.set_type(operator.root, each) for each in made]

    return json_response(request, await operator.write(create), 201)


async def list_module_types(request: Request, operator: Operator) -> Response:
    return await list_response(
        request,
        operator,
        MODULE_TYPE,
        lambda _session, each: messages.module_type(operator.root, each),
    )


async def list_set_types(request: Request, operator: Operator) -> Response:
    return await list_response(
        request, operator, SET_TYPE, lambda _session, each: messages.set_type(operator.root, each)
    )


async def get_module_type(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]

    def answer(session: Session) -> messages.Json:
        return messages.module_type(operator.root, _module_type(session, number))

    return json_response(request, await operator.fleet.database.read(answer))


async def get_set_type(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]

    def answer(session: Session) -> messages.Json:
        return messages.set_type(operator.root, _set_type(session, number))

    return json_response(request, await operator.fleet.database.read(answer))


async def list_elements(request: Request, operator: Operator) -> Response:
    """Module types that a set of this type must hold, or those that it may."""
    number = request.path_params["id"]
    mandatory = request.url.path.endswith("/mandatorymoduletypes")

    def answer(session: Session) -> list[messages.Json]:
        found = _set_type(session, number).module_types(mandatory)
        return [messages.module_type(operator.root, each) for each in found]

    return json_response(request, await operator.fleet.database.read(answer))


def type_routes() -> list[Route]:
    modules, sets = BASE + "/softwaremoduletypes", BASE + "/distributionsettypes"
    return [
        Route(modules, for_operator(list_module_types)),
        Route(modules, for_operator(create_module_types), methods=["POST"]),
        Route(modules + "/{id:id}", for_operator(get_module_type)),
        Route(sets, for_operator(list_set_types)),
        Route(sets, for_operator(create_set_types), methods=["POST"]),
        Route(sets + "/{id:id}", for_operator(get_set_type)),
        Route(sets + "/{id:id}/mandatorymoduletypes", for_operator(list_elements)),
        Route(sets + "/{id:id}/optionalmoduletypes", for_operator(list_elements)),
    ]


def _new_module_type(session: Session, given: dict[str, Any], user: str) -> ModuleType:
    made = ModuleType(
        key=required_text(given, "key", 64),
        name=required_text(given, "name", 128),
        description=text(given, "description", 512),
        colour=text(given, "colour", 16),
        min_artifacts=count(given, "minArtifacts", 0),
        max_assignments=count(given, "maxAssignments", 1),
    )
    taken = select(ModuleType.id).where(
        (ModuleType.key == made.key) | (ModuleType.name == made.name)
    )
    if session.scalar(taken) is not None:
        raise RefusedError(EXISTS, f"A module type with key {made.key} or that name exists.")
    made.stamp(user, now_ms())
    session.add(made)
    session.flush()
    return made


def _new_set_type(session: Session, given: dict[str, Any], user: str) -> SetType:
    made = SetType(
        key=required_text(given, "key", 64),
        name=required_text(given, "name", 128),
        description=text(given, "description", 512),
        colour=text(given, "colour", 16),
        elements=[
            *_elements(session, given, "mandatorymodules", mandatory=True),
            *_elements(session, given, "optionalmodules", mandatory=False),
        ],
    )
    taken = select(SetType.id).where((SetType.key == made.key) | (SetType.name == made.name))
    if session.scalar(taken) is not None:
        raise RefusedError(EXISTS, f"A set type with key {made.key} or that name exists.")
    made.stamp(user, now_ms())
    session.add(made)
    session.flush()
    return made


def _elements(
    session: Session, given: dict[str, Any], name: str, *, mandatory: bool
) -> list[SetTypeElement]:
    listed = objects(given.get(name) or [], MAX_MODULE_TYPES, name)
    return [
        SetTypeElement(
            module_type=_module_type(session, required_integer(each, "id")), mandatory=mandatory
        )
        for each in listed
    ]


def _module_type(session: Session, number: int) -> ModuleType:
    found = session.get(ModuleType, number)
    if found is None:
        raise RefusedError(NOT_FOUND, f"Software module type {number} does not exist.")
    return found


def _set_type(session: Session, number: int) -> SetType:
    found = session.get(SetType, number)
    if found is None:
        raise RefusedError(NOT_FOUND, f"Distribution set type {number} does not exist.")
    return found
