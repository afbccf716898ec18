"""Rollouts as operators ask for them, in our terms. No I/O; refusals as hawkBit's."""

from __future__ import annotations

from typing import Any

from fleet.actions import ForceType
from fleet.errors import CONSTRAINT, NOT_READABLE, QUOTA, RefusedError
from fleet.mgmt.terms import read_weight
from fleet.payload import (
    an_enum,
    an_object,
    boolean,
    count,
    expression,
    integer,
    member,
    objects,
    required_expression,
    required_integer,
    required_text,
    text,
)
from fleet.rollout_plans import MAX_GROUPS, GroupPlan, RolloutPlan, equal_groups
from fleet.rollout_rules import PRESET_PERCENT, SuccessAction
from fleet.store.rollouts import QUERY_LENGTH


def parse_rollout(payload: object) -> RolloutPlan:
    """The body of POST /rollouts. Raises RefusedError (400, 429)."""
    given = an_object(payload)
    if boolean(given, "dynamic"):
        raise RefusedError(CONSTRAINT, "Dynamic rollouts are not supported: use a target filter.")
    return RolloutPlan(
        name=required_text(given, "name", 128),
        set_id=required_integer(given, "distributionSetId"),
        query=required_expression(given, "targetFilterQuery", QUERY_LENGTH),
        groups=_groups(given),
        description=text(given, "description", 512),
        force_type=an_enum(ForceType, given, "type", ForceType.FORCED),
        force_time_ms=integer(given, "forcetime"),
        start_at_ms=integer(given, "startAt"),
        weight=read_weight(given),
    )


def _groups(given: dict[str, Any]) -> tuple[GroupPlan, ...]:
    like = _group(given, "", GroupPlan(""))
    if given.get("groups") is None:
        amount = count(given, "amountGroups", 1)
        if not 0 < amount <= MAX_GROUPS:
            kind = QUOTA if amount else CONSTRAINT
            raise RefusedError(kind, f"A rollout has 1 to {MAX_GROUPS} groups.")
        return equal_groups(amount, like)
    if given.get("amountGroups") is not None:
        raise RefusedError(CONSTRAINT, "Either groups or amountGroups, not both.")
    listed = objects(given["groups"], 10 * MAX_GROUPS, "groups")
    if not 0 < len(listed) <= MAX_GROUPS:
        kind = QUOTA if listed else CONSTRAINT
        raise RefusedError(kind, f"A rollout has 1 to {MAX_GROUPS} groups.")
    return tuple(_group(each, required_text(each, "name", 128), like) for each in listed)


def _group(given: dict[str, Any], name: str, like: GroupPlan) -> GroupPlan:
    """A group; what it does not say of thresholds is as for the rollout."""
    return GroupPlan(
        name=name,
        percentage=_percentage(given),
        query=expression(given, "targetFilterQuery", QUERY_LENGTH) if name else None,
        description=text(given, "description", 512) if name else None,
        success_percent=_threshold(given, "successCondition", like.success_percent),
        success_action=_success_action(given, like.success_action),
        error_percent=_threshold(given, "errorCondition", like.error_percent),
        confirmation=boolean(given, "confirmationRequired", preset=like.confirmation),
    )


def _percentage(given: dict[str, Any]) -> float:
    percentage = given.get("targetPercentage")
    if percentage is None:
        return 100.0
    if isinstance(percentage, bool) or not isinstance(percentage, int | float):
        raise RefusedError(NOT_READABLE, "targetPercentage must be a number.")
    if not 0 < percentage <= 100:
        raise RefusedError(CONSTRAINT, "targetPercentage must be above 0 and at most 100.")
    return float(percentage)


def _threshold(given: dict[str, Any], name: str, preset: int = PRESET_PERCENT) -> int:
    if given.get(name) is None:
        return preset
    condition = member(given, name)
    if condition.get("condition", "THRESHOLD") != "THRESHOLD":
        raise RefusedError(NOT_READABLE, f"{name}.condition must be THRESHOLD.")
    expression = str(condition.get("expression") or "100")
    if not expression.isdigit() or len(expression) > 3 or int(expression) > 100:
        raise RefusedError(CONSTRAINT, f"{name}.expression must be a percentage from 0 to 100.")
    return int(expression)


def _success_action(given: dict[str, Any], preset: SuccessAction) -> SuccessAction:
    if given.get("errorAction") is not None:
        action = member(given, "errorAction").get("action", "PAUSE")
        if action != "PAUSE":
            raise RefusedError(NOT_READABLE, "errorAction.action must be PAUSE.")
    if given.get("successAction") is None:
        return preset
    return an_enum(SuccessAction, member(given, "successAction"), "action", preset)
