"""Distribution sets: what is assigned to boards."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.context import now_ms
from fleet.errors import EXISTS, LOCKED, NOT_FOUND, QUOTA, UNSUPPORTED_MODULE, RefusedError
from fleet.fields import DISTRIBUTION_SET, MODULE, SET_METADATA
from fleet.mgmt import messages
from fleet.mgmt.lists import list_response
from fleet.mgmt.modules import find_module
from fleet.mgmt.operators import BASE, Operator, for_operator, read_body
from fleet.payload import boolean, objects, required_integer, required_text, text
from fleet.presets import DEFAULT_SET_TYPE
from fleet.settings import MAX_METADATA
from fleet.store.models import DistributionSet, Module, SetMetadata, SetModule, SetType
from fleet.web import json_response

_MAX_AT_ONCE = 100


async def create_sets(request: Request, operator: Operator) -> Response:
    given = objects(await read_body(request), _MAX_AT_ONCE)

    def create(session: Session) -> list[messages.Json]:
        made = [_new_set(session, each, operator.name) for each in given]
        return [messages.distribution_set(operator.root, each) for each in made]

    return json_response(request, await operator.write(create), 201)


async def list_sets(request: Request, operator: Operator) -> Response:
    return await list_response(
        request,
        operator,
        DISTRIBUTION_SET,
        lambda _session, each: messages.distribution_set(operator.root, each),
    )


async def get_set(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]

    def answer(session: Session) -> messages.Json:
        return messages.distribution_set(operator.root, find_set(session, number))

    return json_response(request, await operator.fleet.database.read(answer))


async def list_modules(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]
    await operator.fleet.database.read(lambda session: find_set(session, number))
    held = select(SetModule.module_id).where(SetModule.set_id == number)
    return await list_response(
        request,
        operator,
        MODULE,
        lambda _session, each: messages.module(operator.root, each),
        Module.id.in_(held),
    )


async def add_modules(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]
    given = objects(await read_body(request), _MAX_AT_ONCE)

    def add(session: Session) -> None:
        found = find_set(session, number)
        if found.locked:
            raise RefusedError(LOCKED, f"Distribution set {number} is locked.")
        _add_modules(session, found, given)

    await operator.write(add)
    return Response(status_code=204)


async def create_metadata(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]
    given = objects(await read_body(request), MAX_METADATA)

    def create(session: Session) -> list[messages.Json]:
        find_set(session, number)
        made = [_new_metadata(session, number, each) for each in given]
        return [messages.set_metadata(each) for each in made]

    return json_response(request, await operator.write(create), 201)


async def list_metadata(request: Request, operator: Operator) -> Response:
    number = request.path_params["id"]
    await operator.fleet.database.read(lambda session: find_set(session, number))
    return await list_response(
        request,
        operator,
        SET_METADATA,
        lambda _session, each: messages.set_metadata(each),
        SetMetadata.set_id == number,
    )


def set_routes() -> list[Route]:
    base = BASE + "/distributionsets"
    one = base + "/{id:id}"
    return [
        Route(base, for_operator(list_sets)),
        Route(base, for_operator(create_sets), methods=["POST"]),
        Route(one, for_operator(get_set)),
        Route(one + "/assignedSM", for_operator(list_modules)),
        Route(one + "/assignedSM", for_operator(add_modules), methods=["POST"]),
        Route(one + "/metadata", for_operator(list_metadata)),
        Route(one + "/metadata", for_operator(create_metadata), methods=["POST"]),
    ]


def find_set(session: Session, number: int) -> DistributionSet:
    """Raises RefusedError (404)."""
    found = session.get(DistributionSet, number)
    if found is None:
        raise RefusedError(NOT_FOUND, f"Distribution set {number} does not exist.")
    return found


def _new_set(session: Session, given: dict[str, Any], user: str) -> DistributionSet:
    key = text(given, "type", 64) or DEFAULT_SET_TYPE
    kind = session.scalars(select(SetType).where(SetType.key == key)).first()
    if kind is None:
        raise RefusedError(NOT_FOUND, f"Distribution set type {key} does not exist.")
    made = DistributionSet(
        type=kind,
        name=required_text(given, "name", 128),
        version=required_text(given, "version", 64),
        description=text(given, "description", 512),
        required_migration_step=boolean(given, "requiredMigrationStep"),
    )
    taken = select(DistributionSet.id).where(
        DistributionSet.type_id == kind.id,
        DistributionSet.name == made.name,
        DistributionSet.version == made.version,
    )
    with session.no_autoflush:
        if session.scalar(taken) is not None:
            raise RefusedError(EXISTS, f"Distribution set {made.name}:{made.version} exists.")
    made.stamp(user, now_ms())
    session.add(made)
    _add_modules(session, made, objects(given.get("modules") or [], _MAX_AT_ONCE, "modules"))
    return made


def _add_modules(session: Session, found: DistributionSet, given: list[dict[str, Any]]) -> None:
    allowed = {each.module_type_id: each for each in found.type.elements}
    for each in given:
        module = find_module(session, required_integer(each, "id"))
        if module.type_id not in allowed:
            raise RefusedError(
                UNSUPPORTED_MODULE,
                f"A set of type {found.type.key} cannot hold a module of type {module.type.key}.",
            )
        if module not in found.modules:
            found.modules.append(module)
        held = [one for one in found.modules if one.type_id == module.type_id]
        if len(held) > module.type.max_assignments:
            raise RefusedError(QUOTA, f"A set holds no more modules of type {module.type.key}.")
    session.flush()


def _new_metadata(session: Session, number: int, given: dict[str, Any]) -> SetMetadata:
    made = SetMetadata(
        set_id=number,
        key=required_text(given, "key", 128),
        value=text(given, "value", 4000) or "",
    )
    if session.get(SetMetadata, (number, made.key)) is not None:
        raise RefusedError(EXISTS, f"Distribution set {number} has metadata {made.key} already.")
    count = select(func.count()).where(SetMetadata.set_id == number)
    if (session.scalar(count) or 0) >= MAX_METADATA:
        raise RefusedError(QUOTA, f"A set has at most {MAX_METADATA} metadata entries.")
    session.add(made)
    session.flush()
    return made
