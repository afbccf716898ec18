"""What an update server tells an operator's client, out of hawkBit's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class ArtifactInfo:
    """A file that a module has on the server. Hashes by name, lower-case hex."""

    filename: str
    size: int
    hashes: dict[str, str]


@dataclass(frozen=True)
class ActionInfo:
    """An action as the server tells it; `release` is `name:version` of its set."""

    id: int
    status: str
    active: bool
    release: str


@dataclass(frozen=True)
class StatusInfo:
    """One line of an action's history."""

    status: str
    messages: tuple[str, ...]
    reported_at_ms: int


@dataclass(frozen=True)
class TargetInfo:
    """A board as the server tells it. Times in ms since 1970, None before the first."""

    id: str
    state: str
    token: str | None
    last_contact_ms: int | None


def artifact_info(each: Json) -> ArtifactInfo:
    return ArtifactInfo(each["providedFilename"], each["size"], dict(each["hashes"]))


def status_info(each: Json) -> StatusInfo:
    return StatusInfo(each["type"], tuple(each.get("messages") or ()), each["reportedAt"])


def target_info(each: Json) -> TargetInfo:
    return TargetInfo(
        each["controllerId"],
        each["updateStatus"],
        each.get("securityToken"),
        each.get("lastControllerRequestAt"),
    )


def action_info(each: Json) -> ActionInfo:
    release = each.get("_links", {}).get("distributionset", {}).get("name", "")
    # Before 1.0.0 the detail was in a member of its own.
    status = each.get("detailStatus") or each["status"]
    return ActionInfo(each["id"], status, each.get("active", False), release)
