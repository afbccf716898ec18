"""Rollouts, their groups and target filters as operators are told of them. No I/O."""

from __future__ import annotations

from functools import reduce
from operator import add

from fleet.mgmt.messages import Json, entity, link, without_none
from fleet.rollout_rules import Outcomes
from fleet.store.rollouts import Rollout, RolloutGroup, TargetFilter

_COMMANDS = ("start", "pause", "resume", "stop", "triggerNextGroup", "approve", "deny")
Groups = dict[int, Outcomes]


def rollout(root: str, each: Rollout, found: Groups | None) -> Json:
    """`found`: how its boards stand; None for the compact form, which leaves that out."""
    own = f"{root}/rollouts/{each.id}"
    body = entity(
        each,
        own,
        id=each.id,
        name=each.name,
        description=each.description,
        distributionSetId=each.set_id,
        targetFilterQuery=each.query,
        status=each.status.value,
        totalTargets=each.total,
        deleted=each.deleted,
        type=each.force_type.value,
        forcetime=each.force_time_ms,
        weight=each.weight,
        dynamic=False,
    )
    if found is None:
        return body
    more = {
        "startAt": each.start_at_ms,
        "totalGroups": len(found),
        "totalTargetsPerStatus": _counts(reduce(add, found.values(), Outcomes())),
        "approveDecidedBy": each.decided_by,
        "approvalRemark": each.remark,
        # Ours: why it does not go on.
        "statusReason": each.why,
    }
    body.update(without_none(more))
    for command in _COMMANDS:
        body["_links"][command] = link(f"{own}/{command}")
    body["_links"]["groups"] = link(own + "/deploygroups?offset=0&limit=50&representation=full")
    body["_links"]["distributionset"] = {
        **link(f"{root}/distributionsets/{each.set_id}"),
        "name": f"{each.set.name}:{each.set.version}",
    }
    return body


def group(root: str, each: RolloutGroup, found: Outcomes | None) -> Json:
    own = f"{root}/rollouts/{each.rollout_id}/deploygroups/{each.id}"
    body = entity(
        each,
        own,
        id=each.id,
        name=each.name,
        description=each.description,
        status=each.status.value,
        totalTargets=each.total,
        targetPercentage=round(each.percentage, 2),
        targetFilterQuery=each.query or "",
        confirmationRequired=each.confirmation,
        dynamic=False,
        successCondition=_condition(each.success_percent),
        successAction={"action": each.success_action.value, "expression": ""},
        errorCondition=_condition(each.error_percent),
        errorAction={"action": "PAUSE", "expression": ""},
    )
    if found is not None:
        body["totalTargetsPerStatus"] = _counts(found)
    return body


def target_filter(root: str, each: TargetFilter) -> Json:
    """As in hawkBit all fields, null ones too."""
    own = f"{root}/targetfilters/{each.id}"
    body = entity(each, own, id=each.id, name=each.name, query=each.query)
    has_set = each.auto_set_id is not None
    body["autoAssignDistributionSet"] = each.auto_set_id
    body["autoAssignActionType"] = each.auto_type.value if each.auto_type else None
    body["autoAssignWeight"] = each.auto_weight
    body["confirmationRequired"] = each.auto_confirmation if has_set else None
    body["_links"]["autoAssignDS"] = link(own + "/autoAssignDS")
    if has_set:
        body["_links"]["DS"] = link(f"{root}/distributionsets/{each.auto_set_id}")
    return body


def _condition(percent: int) -> Json:
    return {"condition": "THRESHOLD", "expression": str(percent)}


def _counts(found: Outcomes) -> Json:
    return {
        "scheduled": found.scheduled,
        "running": found.running,
        "finished": found.finished,
        "error": found.error,
        "cancelled": found.cancelled,
        "notstarted": found.notstarted,
    }
