"""The words and colours by which states are shown. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.actions import Status, TargetState
from fleet.rollout_rules import GroupStatus, RolloutStatus


@dataclass(frozen=True)
class Mark:
    """A word, and the kind of colour behind it: good, bad, warn, busy, or none."""

    word: str
    kind: str = ""


OVERDUE = Mark("overdue", "warn")
HELD = Mark("held")

_STATES = {
    TargetState.UNKNOWN: Mark("never seen"),
    TargetState.REGISTERED: Mark("new"),
    TargetState.PENDING: Mark("updating", "busy"),
    TargetState.IN_SYNC: Mark("in sync", "good"),
    TargetState.ERROR: Mark("failed", "bad"),
}
_ENDED = {
    Status.FINISHED: Mark("done", "good"),
    Status.DOWNLOADED: Mark("downloaded", "good"),
    Status.ERROR: Mark("failed", "bad"),
    Status.CANCELED: Mark("canceled"),
}


def state_mark(state: TargetState) -> Mark:
    """How a board stands."""
    return _STATES[state]


def action_mark(status: Status, active: bool) -> Mark:
    """How an update stands or has ended."""
    if active:
        return Mark("under way", "busy")
    return _ENDED.get(status, Mark(status.value.replace("_", " ")))


def line_mark(status: Status) -> Mark | None:
    """What stands out in a history, None for a line like all others."""
    if status is Status.WARNING:
        return Mark("warning", "warn")
    return _ENDED.get(status)


def rollout_mark(status: RolloutStatus, stopped_by_failures: bool) -> Mark:
    """How a rollout stands."""
    if stopped_by_failures:
        return Mark("stopped by failures", "bad")
    return _ROLLOUTS[status]


def group_mark(status: GroupStatus) -> Mark:
    """How a group of a rollout stands."""
    return _GROUPS[status]


_ROLLOUTS = {
    RolloutStatus.CREATING: Mark("being made"),
    RolloutStatus.WAITING_FOR_APPROVAL: Mark("waits for approval", "warn"),
    RolloutStatus.APPROVAL_DENIED: Mark("denied"),
    RolloutStatus.READY: Mark("ready to start", "warn"),
    RolloutStatus.STARTING: Mark("starts", "busy"),
    RolloutStatus.RUNNING: Mark("running", "busy"),
    RolloutStatus.PAUSED: Mark("paused", "warn"),
    RolloutStatus.STOPPING: Mark("stops", "warn"),
    RolloutStatus.STOPPED: Mark("stopped"),
    RolloutStatus.FINISHED: Mark("done", "good"),
}
_GROUPS = {
    GroupStatus.CREATING: Mark("being made"),
    GroupStatus.READY: Mark("not begun"),
    GroupStatus.SCHEDULED: Mark("not begun"),
    GroupStatus.RUNNING: Mark("running", "busy"),
    GroupStatus.FINISHED: Mark("done", "good"),
    GroupStatus.ERROR: Mark("too many failures", "bad"),
}
