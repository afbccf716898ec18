"""Assigning sets to targets, and the actions that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.actions import ForceType
from fleet.assignments import assign, cancel, force_quit, record_installed
from fleet.confirmations import Confirmation, take_confirmation
from fleet.context import now_ms
from fleet.ddi.requests import details_of
from fleet.errors import CONSTRAINT, MULTI_ASSIGNMENT, NOT_FOUND, RefusedError
from fleet.fields import ACTION, ACTION_STATUS
from fleet.mgmt import messages
from fleet.mgmt.lists import list_response
from fleet.mgmt.operators import BASE, Operator, for_operator, read_body
from fleet.mgmt.sets import find_set
from fleet.mgmt.targets import find_target
from fleet.mgmt.terms import read_terms
from fleet.payload import (
    an_enum,
    an_object,
    integer,
    objects,
    required_integer,
    required_text,
)
from fleet.settings import MAX_ASSIGNMENTS, MAX_CONTROLLER_ID
from fleet.store.boards import Action, ActionStatus, Target
from fleet.store.models import DistributionSet
from fleet.web import json_response


async def assign_set(request: Request, operator: Operator) -> Response:
    """Assign one set to one target."""
    name: str = request.path_params["target"]
    given = objects(await read_body(request), MAX_ASSIGNMENTS)
    if not given:
        raise RefusedError(CONSTRAINT, "There is nothing to assign.")
    set_id, *others = {required_integer(each, "id") for each in given}
    if others:
        raise RefusedError(MULTI_ASSIGNMENT, "A target takes one distribution set at a time.")
    offline = _is_true(request, "offline")

    def work(session: Session) -> messages.Json:
        target = find_target(session, name)
        return _assign(session, operator, set_id, [(target, given[0])], offline)

    return json_response(request, await operator.write(work))


async def assign_targets(request: Request, operator: Operator) -> Response:
    """Assign one set to many targets."""
    set_id = request.path_params["id"]
    given = objects(await read_body(request), MAX_ASSIGNMENTS)
    offline = _is_true(request, "offline")

    def work(session: Session) -> messages.Json:
        names = [required_text(each, "id", MAX_CONTROLLER_ID) for each in given]
        pairs = [
            (find_target(session, name), each) for name, each in zip(names, given, strict=True)
        ]
        return _assign(session, operator, set_id, pairs, offline)

    return json_response(request, await operator.write(work))


async def list_actions(request: Request, operator: Operator) -> Response:
    return await list_response(
        request,
        operator,
        ACTION,
        lambda _session, each: messages.action(operator.root, each, now_ms()),
    )


async def list_target_actions(request: Request, operator: Operator) -> Response:
    name: str = request.path_params["target"]
    target = await operator.fleet.database.read(lambda session: find_target(session, name))
    return await list_response(
        request,
        operator,
        ACTION,
        lambda _session, each: messages.action(operator.root, each, now_ms()),
        Action.target_id == target.id,
    )


async def get_action(request: Request, operator: Operator) -> Response:
    def answer(session: Session) -> messages.Json:
        return messages.action(operator.root, _action(session, request), now_ms())

    return json_response(request, await operator.fleet.database.read(answer))


async def list_action_status(request: Request, operator: Operator) -> Response:
    action = await operator.fleet.database.read(lambda session: _action(session, request))
    return await list_response(
        request,
        operator,
        ACTION_STATUS,
        lambda _session, each: messages.action_status(each),
        ActionStatus.action_id == action.id,
    )


async def force_action(request: Request, operator: Operator) -> Response:
    """Turn a soft action into a forced one."""
    given = an_object(await read_body(request))
    if given.get("forceType") != ForceType.FORCED:
        raise RefusedError(CONSTRAINT, "An action can only be changed to forceType forced.")

    def force(session: Session) -> messages.Json:
        action = _action(session, request)
        action.force_type = ForceType.FORCED
        action.stamp(operator.name, now_ms())
        return messages.action(operator.root, action, now_ms())

    return json_response(request, await operator.write(force))


async def confirm_action(request: Request, operator: Operator) -> Response:
    """An operator agrees for the person at the board, or not."""
    given = an_object(await read_body(request))
    said = an_enum(Confirmation, given, "confirmation")
    code, details = integer(given, "code"), tuple(details_of(given))
    by = f"Said by {operator.name}."

    def confirm(session: Session) -> None:
        action = _action(session, request)
        take_confirmation(session, action, said, code, (*details, by), now_ms())

    await operator.write(confirm)
    return Response(status_code=204)


async def cancel_action(request: Request, operator: Operator) -> Response:
    """Ask the board to end it; with `force=true` end a canceling one without the board."""
    end = force_quit if _is_true(request, "force") else cancel
    await operator.write(
        lambda session: end(session, _action(session, request), operator.name, now_ms())
    )
    return Response(status_code=204)


def action_routes() -> list[Route]:
    targets = BASE + "/targets/{target}"
    one = targets + "/actions/{id:id}"
    return [
        Route(targets + "/assignedDS", for_operator(assign_set), methods=["POST"]),
        Route(
            BASE + "/distributionsets/{id:id}/assignedTargets",
            for_operator(assign_targets),
            methods=["POST"],
        ),
        Route(targets + "/actions", for_operator(list_target_actions)),
        Route(one, for_operator(get_action)),
        Route(one, for_operator(force_action), methods=["PUT"]),
        Route(one, for_operator(cancel_action), methods=["DELETE"]),
        Route(one + "/confirmation", for_operator(confirm_action), methods=["PUT"]),
        Route(one + "/status", for_operator(list_action_status)),
        Route(BASE + "/actions", for_operator(list_actions)),
        Route(BASE + "/actions/{id:id}", for_operator(get_action)),
    ]


def _assign(
    session: Session,
    operator: Operator,
    set_id: int,
    pairs: Sequence[tuple[Target, dict[str, Any]]],
    offline: bool,
) -> messages.Json:
    chosen = find_set(session, set_id)
    made: list[Action] = []
    for target, given in pairs:
        if offline:
            action = record_installed(session, target, chosen, operator.name, now_ms())
        else:
            action = _assign_one(session, operator, chosen, target, given)
        made += [action] if action else []
    return {
        "assignedActions": [_assigned(operator.root, each) for each in made],
        "assigned": len(made),
        "alreadyAssigned": len(pairs) - len(made),
        "total": len(pairs),
    }


def _assign_one(
    session: Session,
    operator: Operator,
    chosen: DistributionSet,
    target: Target,
    given: dict[str, Any],
) -> Action | None:
    terms = read_terms(operator.fleet.steering.rules.tenant, given)
    return assign(session, target, chosen, operator.name, now_ms(), terms)


def _is_true(request: Request, name: str) -> bool:
    return request.query_params.get(name) == "true"


def _assigned(root: str, action: Action) -> messages.Json:
    own = f"{root}/targets/{action.target.controller_id}/actions/{action.id}"
    return {"id": action.id, "_links": {"self": {"href": own}}}


def _action(session: Session, request: Request) -> Action:
    """The action of the path. Raises RefusedError (404), also for an action of another target."""
    number = request.path_params["id"]
    found = session.get(Action, number)
    owner = request.path_params.get("target")
    if found is None or owner not in (None, found.target.controller_id):
        raise RefusedError(NOT_FOUND, f"Action {number} does not exist.")
    return found
