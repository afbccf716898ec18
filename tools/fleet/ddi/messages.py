"""What boards are answered: hawkBit's JSON, made of plain values. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fleet.actions import CANCELING, Gate, Handling, Pending, Status
from fleet.settings import format_clock
from fleet.store.boards import Target
from fleet.store.models import Artifact, Module

# hawkBit's names of two old module types.
_LEGACY_PARTS = {"application": "bApp", "runtime": "jvm"}


@dataclass(frozen=True)
class Place:
    """Where a board found the server: links lead back there. `root` ends before the tenant."""

    root: str
    tenant: str
    controller_id: str

    def url(self, path: str = "") -> str:
        board = quote(self.controller_id, safe="")
        return f"{self.root}/{self.tenant}/controller/v1/{board}{path}"

    def link(self, path: str) -> dict[str, str]:
        return {"href": self.url(path)}


@dataclass(frozen=True)
class PollFacts:
    """What the answer to a poll depends on. `gate` is about the pending action."""

    pending: Pending | None
    installed_action_id: int | None
    wants_attributes: bool
    gate: Gate = Gate.FREE


def poll(place: Place, facts: PollFacts, sleep_s: int, now_ms: int) -> dict[str, Any]:
    """The root resource."""
    links = {}
    pending = facts.pending
    if pending is not None and pending.status in CANCELING:
        links["cancelAction"] = place.link(f"/cancelAction/{pending.id}")
    elif pending is not None:
        waits = pending.status is Status.WAIT_FOR_CONFIRMATION
        relation = "confirmationBase" if waits else "deploymentBase"
        path = f"/{relation}/{pending.id}?c={pending.marker(facts.gate, now_ms)}"
        links[relation] = place.link(path)
    if facts.installed_action_id is not None:
        links["installedBase"] = place.link(f"/installedBase/{facts.installed_action_id}")
    if facts.wants_attributes:
        links["configData"] = place.link("/configData")
    body: dict[str, Any] = {"config": {"polling": {"sleep": format_clock(sleep_s)}}}
    return {**body, "_links": links} if links else body


def deployment(
    place: Place,
    pending: Pending,
    modules: Iterable[Module],
    history: Sequence[str],
    handling: Handling,
    member: str = "deployment",
) -> dict[str, Any]:
    """deploymentBase and installedBase; confirmationBase, whose `member` has another name.

    `history` is empty when none was asked for.
    """
    steps = {"download": handling.download, "update": handling.update}
    if handling.window:
        steps["maintenanceWindow"] = handling.window
    chunks = [_chunk(place, module) for module in modules]
    body: dict[str, Any] = {"id": str(pending.id), member: {**steps, "chunks": chunks}}
    if history:
        body["actionHistory"] = {"status": pending.status.name, "messages": list(history)}
    return body


def confirmation_base(place: Place, target: Target, waiting_id: int | None) -> dict[str, Any]:
    """confirmationBase: `waiting_id` is the action that somebody has to agree to."""
    active = target.auto_confirm_at_ms is not None
    auto: dict[str, Any] = {"active": active}
    if active:
        auto["initiator"] = target.auto_confirm_by
        auto["activatedAt"] = target.auto_confirm_at_ms
        if target.auto_confirm_remark:
            auto["remark"] = target.auto_confirm_remark
    command = "deactivateAutoConfirm" if active else "activateAutoConfirm"
    links = {command: place.link(f"/confirmationBase/{command}")}
    if waiting_id is not None:
        links["confirmationBase"] = place.link(f"/confirmationBase/{waiting_id}")
    return {"autoConfirm": auto, "_links": links}


def cancellation(action_id: int) -> dict[str, Any]:
    """cancelAction: the action itself is what is to be stopped."""
    return {"id": str(action_id), "cancelAction": {"stopId": str(action_id)}}


def artifact(place: Place, module_id: int, each: Artifact) -> dict[str, Any]:
    """One file of a module, with the links by which it can be had."""
    path = f"/softwaremodules/{module_id}/artifacts/{quote(each.filename, safe='')}"
    return {
        "filename": each.filename,
        "hashes": {"sha1": each.sha1, "md5": each.md5, "sha256": each.sha256},
        "size": each.size,
        # hawkBit's default: only these two, whatever the scheme is.
        "_links": {"download-http": place.link(path), "md5sum-http": place.link(path + ".MD5SUM")},
    }


def _chunk(place: Place, module: Module) -> dict[str, Any]:
    chunk: dict[str, Any] = {
        "part": _LEGACY_PARTS.get(module.type.key, module.type.key),
        "version": module.version,
        "name": module.name,
        "artifacts": [artifact(place, module.id, each) for each in module.artifacts],
    }
    visible = [each for each in module.meta if each.target_visible]
    if visible:
        chunk["metadata"] = [{"key": each.key, "value": each.value} for each in visible]
    return chunk
