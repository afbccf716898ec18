"""Targets: the boards as operators see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.attributes import attributes_of
from fleet.audit import record
from fleet.confirmations import activate, deactivate
from fleet.context import now_ms
from fleet.errors import CONSTRAINT, EXISTS, NOT_FOUND, RefusedError
from fleet.fields import TARGET
from fleet.mgmt import messages
from fleet.mgmt.lists import list_response
from fleet.mgmt.operators import BASE, Operator, for_operator, read_body
from fleet.payload import an_object, boolean, objects, required_text, text
from fleet.people.roles import Role
from fleet.policies import forget_board, put_at_site
from fleet.scopes import site_in
from fleet.sealing import Seal
from fleet.settings import MAX_CONTROLLER_ID
from fleet.store.boards import Target
from fleet.store.models import DistributionSet
from fleet.tokens import keep_token, new_token, token_of
from fleet.web import json_response

_MAX_AT_ONCE = 1000


async def create_targets(request: Request, operator: Operator) -> Response:
    given = objects(await read_body(request), _MAX_AT_ONCE)

    def create(session: Session) -> list[messages.Json]:
        made = [_new_target(session, operator, each) for each in given]
        return [shape_target(operator, each, new=True) for each in made]

    return json_response(request, await operator.write(create), 201)


async def get_target(request: Request, operator: Operator) -> Response:
    name: str = request.path_params["target"]

    def answer(session: Session) -> messages.Json:
        return shape_target(operator, find_target(session, name))

    body = await operator.fleet.database.read(answer)
    await _note_tokens(operator)
    return json_response(request, body)


async def put_target(request: Request, operator: Operator) -> Response:
    """Change what an operator may change, or an admin (the token); what is absent stays."""
    name: str = request.path_params["target"]
    given = an_object(await read_body(request))
    if given.get("securityToken"):
        operator.need(Role.ADMIN)

    def change(session: Session) -> messages.Json:
        target = find_target(session, name)
        _change(operator.fleet.seal, target, given)
        # An empty one takes it away.
        if given.get("group") is not None and (site := site_in(given, "group")) != target.group:
            put_at_site(session, target, site, operator.name, now_ms())
        target.stamp(operator.name, now_ms())
        return shape_target(operator, target)

    changed = await operator.write(change)
    operator.fleet.scheduler.wake()
    return json_response(request, changed)


async def delete_target(request: Request, operator: Operator) -> Response:
    """Forget a board, its actions and its attributes; its token is worth nothing from now on."""
    name: str = request.path_params["target"]

    def remove(session: Session) -> None:
        target = find_target(session, name)
        session.execute(delete(Target).where(Target.id == target.id))
        forget_board(session, name)

    await operator.steer(remove)
    return Response(status_code=204)


async def get_attributes(request: Request, operator: Operator) -> Response:
    name: str = request.path_params["target"]

    def answer(session: Session) -> dict[str, str]:
        found = attributes_of(session, find_target(session, name).id)
        return {each.key: each.value for each in found}

    attributes = await operator.fleet.database.read(answer)
    return json_response(request, attributes) if attributes else Response(status_code=204)


async def get_auto_confirm(request: Request, operator: Operator) -> Response:
    name: str = request.path_params["target"]

    def answer(session: Session) -> messages.Json:
        return messages.auto_confirm(operator.root, find_target(session, name))

    return json_response(request, await operator.fleet.database.read(answer))


async def activate_auto_confirm(request: Request, operator: Operator) -> Response:
    """From now on the board need not ask anybody."""
    name: str = request.path_params["target"]
    given = an_object(await read_body(request))
    initiator = text(given, "initiator", 64) or operator.name
    remark = text(given, "remark", 512)
    await operator.write(
        lambda session: activate(session, find_target(session, name), initiator, remark, now_ms())
    )
    return Response(status_code=204)


async def deactivate_auto_confirm(request: Request, operator: Operator) -> Response:
    name: str = request.path_params["target"]
    await operator.write(lambda session: deactivate(find_target(session, name)))
    return Response(status_code=204)


async def get_assigned_set(request: Request, operator: Operator) -> Response:
    return await _set_response(request, operator, installed=False)


async def get_installed_set(request: Request, operator: Operator) -> Response:
    return await _set_response(request, operator, installed=True)


def target_routes() -> list[Route]:
    base = BASE + "/targets"
    one = base + "/{target}"
    return [
        Route(base, for_operator(targets_response)),
        Route(base, for_operator(create_targets), methods=["POST"]),
        Route(one, for_operator(get_target)),
        Route(one, for_operator(put_target), methods=["PUT"]),
        Route(one, for_operator(delete_target), methods=["DELETE"]),
        Route(one + "/attributes", for_operator(get_attributes)),
        Route(one + "/autoConfirm", for_operator(get_auto_confirm)),
        Route(one + "/autoConfirm/activate", for_operator(activate_auto_confirm), methods=["POST"]),
        Route(
            one + "/autoConfirm/deactivate",
            for_operator(deactivate_auto_confirm),
            methods=["POST"],
        ),
        Route(one + "/assignedDS", for_operator(get_assigned_set)),
        Route(one + "/installedDS", for_operator(get_installed_set)),
    ]


def find_target(session: Session, controller_id: str) -> Target:
    """Raises RefusedError (404)."""
    found = session.scalars(select(Target).where(Target.controller_id == controller_id)).first()
    if found is None:
        raise RefusedError(NOT_FOUND, f"Target {controller_id} does not exist.")
    return found


async def targets_response(
    request: Request, operator: Operator, *only: ColumnElement[bool]
) -> Response:
    """One page of those that match `only`; that an admin was told tokens is written down."""
    answer = await list_response(
        request, operator, TARGET, lambda _session, each: shape_target(operator, each), *only
    )
    await _note_tokens(operator)
    return answer


async def _note_tokens(operator: Operator) -> None:
    if operator.role.may(Role.ADMIN):
        await operator.fleet.database.write(
            lambda session: record(
                session, operator.name, "read tokens", operator.deed[1], now_ms()
            )
        )


def shape_target(operator: Operator, target: Target, *, new: bool = False) -> messages.Json:
    """Its token for admins alone, save the one that was just made: production needs it."""
    fleet = operator.fleet
    last_ms = fleet.contacts.latest(target)
    may_see = new or operator.role.may(Role.ADMIN)
    token = token_of(fleet.seal, target) if may_see else None
    tenant = fleet.steering.rules.tenant
    return messages.target(operator.root, target, token, last_ms, tenant, now_ms())


def _new_target(session: Session, operator: Operator, given: dict[str, Any]) -> Target:
    name = required_text(given, "controllerId", MAX_CONTROLLER_ID)
    if "/" in name:
        raise RefusedError(CONSTRAINT, "A controllerId must not contain a slash.")
    if session.scalar(select(Target.id).where(Target.controller_id == name)) is not None:
        raise RefusedError(EXISTS, f"Target {name} exists.")
    target = Target(controller_id=name, name=name)
    keep_token(operator.fleet.seal, target, new_token())
    target.group = site_in(given, "group")
    target.request_attributes = boolean(given, "requestAttributes", preset=True)
    _change(
        operator.fleet.seal,
        target,
        {key: value for key, value in given.items() if key != "requestAttributes"},
    )
    target.stamp(operator.name, now_ms())
    session.add(target)
    session.flush()
    return target


def _change(seal: Seal, target: Target, given: dict[str, Any]) -> None:
    target.name = text(given, "name", 256) or target.name
    if (description := text(given, "description", 512)) is not None:
        target.description = description
    if (address := text(given, "address", 512)) is not None:
        target.address = address
    # An empty token would be one that everybody knows.
    if token := text(given, "securityToken", 128):
        keep_token(seal, target, token)
    if "requestAttributes" in given:
        if not boolean(given, "requestAttributes"):
            raise RefusedError(CONSTRAINT, "requestAttributes can only be set to true.")
        target.request_attributes = True


async def _set_response(request: Request, operator: Operator, *, installed: bool) -> Response:
    name: str = request.path_params["target"]

    def answer(session: Session) -> messages.Json | None:
        target = find_target(session, name)
        found: DistributionSet | None = target.installed_set if installed else target.assigned_set
        return messages.distribution_set(operator.root, found) if found else None

    body = await operator.fleet.database.read(answer)
    return json_response(request, body) if body else Response(status_code=204)
