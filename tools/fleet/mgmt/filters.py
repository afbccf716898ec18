"""Target filters, and sets that boards are assigned by matching one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.actions import ForceType
from fleet.assignments import check_assignable
from fleet.context import now_ms
from fleet.errors import AUTO_ASSIGN_TYPE, EXISTS, NOT_FOUND, RefusedError
from fleet.fields import TARGET, TARGET_FILTER
from fleet.mgmt import messages
from fleet.mgmt.lists import list_response
from fleet.mgmt.operators import BASE, Operator, for_operator, read_body
from fleet.mgmt.rollout_messages import target_filter
from fleet.mgmt.sets import find_set
from fleet.mgmt.terms import read_weight
from fleet.payload import (
    an_enum,
    an_object,
    boolean,
    required_expression,
    required_integer,
    required_text,
)
from fleet.queries import conditions_of
from fleet.store.rollouts import QUERY_LENGTH, TargetFilter
from fleet.web import json_response


async def create(request: Request, operator: Operator) -> Response:
    given = an_object(await read_body(request))

    def work(session: Session) -> messages.Json:
        made = TargetFilter(name=_name(session, given), query=_query(given))
        made.stamp(operator.name, now_ms())
        session.add(made)
        session.flush()
        return target_filter(operator.root, made)

    return json_response(request, await operator.write(work), 201)


async def list_filters(request: Request, operator: Operator) -> Response:
    return await list_response(
        request, operator, TARGET_FILTER, lambda _session, each: target_filter(operator.root, each)
    )


async def get_filter(request: Request, operator: Operator) -> Response:
    number: int = request.path_params["id"]
    return json_response(
        request,
        await operator.fleet.database.read(
            lambda session: target_filter(operator.root, _find(session, number))
        ),
    )


async def put_filter(request: Request, operator: Operator) -> Response:
    number: int = request.path_params["id"]
    given = an_object(await read_body(request))

    def change(session: Session) -> messages.Json:
        found = _find(session, number)
        if given.get("name") not in (None, found.name):
            found.name = _name(session, given)
        if given.get("query") is not None:
            found.query = _query(given)
        found.stamp(operator.name, now_ms())
        return target_filter(operator.root, found)

    return json_response(request, await operator.write(change))


async def delete_filter(request: Request, operator: Operator) -> Response:
    number: int = request.path_params["id"]

    def remove(session: Session) -> None:
        session.execute(delete(TargetFilter).where(TargetFilter.id == _find(session, number).id))

    await operator.write(remove)
    return Response(status_code=204)


async def set_auto_assign(request: Request, operator: Operator) -> Response:
    """From now on boards that match get a set by themselves."""
    number: int = request.path_params["id"]
    given = an_object(await read_body(request))
    kind = an_enum(ForceType, given, "type", ForceType.FORCED)
    if kind is ForceType.TIMEFORCED:
        raise RefusedError(AUTO_ASSIGN_TYPE, "A set that is assigned by itself has no forcetime.")

    def change(session: Session) -> messages.Json:
        found = _find(session, number)
        chosen = find_set(session, required_integer(given, "id"))
        check_assignable(chosen)
        found.auto_set, found.auto_type = chosen, kind
        found.auto_weight = read_weight(given) if given.get("weight") is not None else None
        found.auto_confirmation = boolean(given, "confirmationRequired", preset=True)
        if operator.fleet.steering.rules.tenant.implicit_lock:
            chosen.lock()
        found.stamp(operator.name, now_ms())
        session.flush()
        return target_filter(operator.root, found)

    body = await operator.write(change)
    operator.fleet.scheduler.wake()
    return json_response(request, body)


async def get_auto_assign(request: Request, operator: Operator) -> Response:
    number: int = request.path_params["id"]

    def answer(session: Session) -> messages.Json | None:
        chosen = _find(session, number).auto_set
        return messages.distribution_set(operator.root, chosen) if chosen else None

    body = await operator.fleet.database.read(answer)
    return json_response(request, body) if body else Response(status_code=204)


async def delete_auto_assign(request: Request, operator: Operator) -> Response:
    number: int = request.path_params["id"]

    def change(session: Session) -> None:
        found = _find(session, number)
        found.auto_set = found.auto_type = found.auto_weight = None
        found.stamp(operator.name, now_ms())

    await operator.write(change)
    return Response(status_code=204)


def filter_routes() -> list[Route]:
    base = BASE + "/targetfilters"
    one = base + "/{id:id}"
    auto = one + "/autoAssignDS"
    return [
        Route(base, for_operator(list_filters)),
        Route(base, for_operator(create), methods=["POST"]),
        Route(one, for_operator(get_filter)),
        Route(one, for_operator(put_filter), methods=["PUT"]),
        Route(one, for_operator(delete_filter), methods=["DELETE"]),
        Route(auto, for_operator(get_auto_assign)),
        Route(auto, for_operator(set_auto_assign), methods=["POST"]),
        Route(auto, for_operator(delete_auto_assign), methods=["DELETE"]),
    ]


def _find(session: Session, number: int) -> TargetFilter:
    """Raises RefusedError (404)."""
    found = session.get(TargetFilter, number)
    if found is None:
        raise RefusedError(NOT_FOUND, f"Target filter {number} does not exist.")
    return found


def _name(session: Session, given: dict[str, Any]) -> str:
    name = required_text(given, "name", 128)
    if session.scalar(select(TargetFilter.id).where(TargetFilter.name == name)) is not None:
        raise RefusedError(EXISTS, f"Target filter {name} exists.")
    return name


def _query(given: dict[str, Any]) -> str:
    """A query that can be asked. Raises RefusedError (400)."""
    query = required_expression(given, "query", QUERY_LENGTH)
    conditions_of(TARGET, query)
    return query
