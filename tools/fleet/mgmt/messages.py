"""What operators are answered: hawkBit's JSON, made of entities. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.actions import CANCELING, ForceType
from fleet.store.boards import Action, ActionStatus, Target
from fleet.store.models import (
    Artifact,
    Audited,
    DistributionSet,
    Module,
    ModuleMetadata,
    ModuleType,
    SetMetadata,
    SetType,
)
from fleet.tenant import Tenant
from fleet.windows import parse_window

Json = dict[str, Any]


def module_type(root: str, each: ModuleType) -> Json:
    return entity(
        each,
        f"{root}/softwaremoduletypes/{each.id}",
        id=each.id,
        key=each.key,
        name=each.name,
        description=each.description,
        colour=each.colour,
        minArtifacts=each.min_artifacts,
        maxAssignments=each.max_assignments,
        deleted=False,
    )


def set_type(root: str, each: SetType) -> Json:
    own = f"{root}/distributionsettypes/{each.id}"
    body = entity(
        each,
        own,
        id=each.id,
        key=each.key,
        name=each.name,
        description=each.description,
        colour=each.colour,
        deleted=False,
    )
    body["_links"]["mandatorymodules"] = link(own + "/mandatorymoduletypes")
    body["_links"]["optionalmodules"] = link(own + "/optionalmoduletypes")
    return body


def module(root: str, each: Module) -> Json:
    own = f"{root}/softwaremodules/{each.id}"
    body = entity(
        each,
        own,
        id=each.id,
        name=each.name,
        version=each.version,
        type=each.type.key,
        typeName=each.type.name,
        description=each.description,
        vendor=each.vendor,
        encrypted=False,
        locked=each.locked,
        deleted=False,
        complete=each.complete,
    )
    body["_links"]["artifacts"] = link(own + "/artifacts")
    body["_links"]["type"] = link(f"{root}/softwaremoduletypes/{each.type_id}")
    body["_links"]["metadata"] = link(own + "/metadata?offset=0&limit=50")
    return body


def module_metadata(each: ModuleMetadata) -> Json:
    return {"key": each.key, "value": each.value, "targetVisible": each.target_visible}


def set_metadata(each: SetMetadata) -> Json:
    return {"key": each.key, "value": each.value}


def artifact(root: str, each: Artifact, *, lost: bool = False) -> Json:
    """`lost`: its bytes are not here any more; such a file may be uploaded again."""
    own = f"{root}/softwaremodules/{each.module_id}/artifacts/{each.id}"
    body = entity(
        each,
        own,
        id=each.id,
        providedFilename=each.filename,
        size=each.size,
        hashes={"sha1": each.sha1, "md5": each.md5, "sha256": each.sha256},
    )
    body["_links"]["download"] = link(own + "/download")
    return body | {"lost": True} if lost else body


def distribution_set(root: str, each: DistributionSet) -> Json:
    own = f"{root}/distributionsets/{each.id}"
    body = entity(
        each,
        own,
        id=each.id,
        name=each.name,
        version=each.version,
        type=each.type.key,
        typeName=each.type.name,
        description=each.description,
        complete=each.complete,
        locked=each.locked,
        deleted=False,
        valid=each.valid,
        requiredMigrationStep=each.required_migration_step,
        modules=[module(root, one) for one in each.modules],
    )
    body["_links"]["modules"] = link(own + "/assignedSM?offset=0&limit=50")
    body["_links"]["type"] = link(f"{root}/distributionsettypes/{each.type_id}")
    body["_links"]["metadata"] = link(own + "/metadata?offset=0&limit=50")
    return body


def target(
    root: str,
    each: Target,
    token: str | None,
    last_contact_ms: int | None,
    tenant: Tenant,
    now_ms: int,
) -> Json:
    """`token`: None for those who may not see it."""
    own = f"{root}/targets/{each.controller_id}"
    body = entity(
        each,
        own,
        controllerId=each.controller_id,
        name=each.name,
        description=each.description,
        group=each.group,
        updateStatus=each.state.value,
        securityToken=token,
        requestAttributes=each.request_attributes,
        address=each.address,
        lastControllerRequestAt=last_contact_ms,
        installedAt=each.installed_at_ms,
        autoConfirmActive=each.auto_confirm_at_ms is not None if tenant.confirmation else None,
    )
    if last_contact_ms is not None:
        expected_ms = last_contact_ms + tenant.polling_s * 1000
        body["pollStatus"] = {
            "lastRequestAt": last_contact_ms,
            "nextExpectedRequestAt": expected_ms,
            "overdue": now_ms > expected_ms + tenant.overdue_s * 1000,
        }
    for relation in ("assignedDS", "installedDS", "attributes", "actions"):
        body["_links"][relation] = link(f"{own}/{relation}")
    return body


def auto_confirm(root: str, each: Target) -> Json:
    own = f"{root}/targets/{each.controller_id}/autoConfirm"
    active = each.auto_confirm_at_ms is not None
    body: Json = {
        "active": active,
        "initiator": each.auto_confirm_by,
        "remark": each.auto_confirm_remark,
        "activatedAt": each.auto_confirm_at_ms,
    }
    command = "deactivate" if active else "activate"
    return {**without_none(body), "_links": {command: link(f"{own}/{command}")}}


def action(root: str, each: Action, now_ms: int) -> Json:
    own = f"{root}/targets/{each.target.controller_id}/actions/{each.id}"
    canceling = each.status in CANCELING
    timed = each.force_type is ForceType.TIMEFORCED
    body = entity(
        each,
        own,
        id=each.id,
        type="cancel" if canceling else "update",
        status=each.status.value,
        active=each.active,
        forceType=each.force_type.value,
        forceTime=each.force_time_ms if timed else None,
        weight=each.weight,
        lastStatusCode=each.last_code,
        externalRef=each.external_ref,
    )
    if each.window_schedule:
        body["maintenanceWindow"] = _window(each, now_ms)
    links = body["_links"]
    if each.rollout:
        body["rollout"], body["rolloutName"] = each.rollout_id, each.rollout.name
        links["rollout"] = {
            **link(f"{root}/rollouts/{each.rollout_id}"),
            "name": each.rollout.name,
        }
    links["target"] = link(f"{root}/targets/{each.target.controller_id}")
    links["distributionset"] = {
        **link(f"{root}/distributionsets/{each.set_id}"),
        "name": f"{each.set.name}:{each.set.version}",
    }
    links["status"] = link(own + "/status?offset=0&limit=50&sort=id%3ADESC")
    if canceling:
        links["canceledaction"] = link(own)
    return body


def _window(each: Action, now_ms: int) -> Json:
    schedule, duration, zone = each.window_schedule, each.window_duration, each.window_zone
    start_ms = parse_window(schedule or "", duration or "", zone or "").next_start_ms(now_ms)
    return without_none(
        {"schedule": schedule, "duration": duration, "timezone": zone, "nextStartAt": start_ms}
    )


def action_status(each: ActionStatus) -> Json:
    body: Json = {
        "id": each.id,
        "type": each.status.value,
        "messages": each.messages,
        "reportedAt": each.reported_ms,
        "timestamp": each.occurred_ms,
        "code": each.code,
    }
    return without_none(body)


def entity(each: Audited, own: str, **members: object) -> Json:
    body: Json = {
        "createdBy": each.created_by,
        "createdAt": each.created_at,
        "lastModifiedBy": each.modified_by,
        "lastModifiedAt": each.modified_at,
        **members,
    }
    return {**without_none(body), "_links": {"self": link(own)}}


def link(url: str) -> Json:
    return {"href": url}


def without_none(body: Mapping[str, Any]) -> Json:
    return {key: value for key, value in body.items() if value is not None}
