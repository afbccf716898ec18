"""The rules of a rollout: how many boards go into which group, and when a group passes. No I/O.

The states and the order of decisions are hawkBit's (facts: mgmt.md 10); the small first group
is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# What a release with a new core may reach at first: a core that hangs before boot.py takes its
# boards with it, and only a person on the spot brings them back.
FIRST_MOST = 10
_FIRST_PERCENT = 1
PRESET_PERCENT = 50
_ALL = 100


class RolloutStatus(StrEnum):
    """How a rollout stands."""

    CREATING = "creating"
    WAITING_FOR_APPROVAL = "waiting_for_approval"
    APPROVAL_DENIED = "approval_denied"
    READY = "ready"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"


class GroupStatus(StrEnum):
    """How a group of a rollout stands."""

    CREATING = "creating"
    READY = "ready"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    FINISHED = "finished"
    ERROR = "error"


class SuccessAction(StrEnum):
    """What follows when enough boards of a group have succeeded."""

    NEXTGROUP = "NEXTGROUP"
    PAUSE = "PAUSE"


# In which a rollout can be stopped.
STOPPABLE = frozenset(
    {
        RolloutStatus.CREATING,
        RolloutStatus.READY,
        RolloutStatus.WAITING_FOR_APPROVAL,
        RolloutStatus.APPROVAL_DENIED,
        RolloutStatus.STARTING,
        RolloutStatus.RUNNING,
        RolloutStatus.PAUSED,
    }
)
# In which the scheduler has something to do.
BUSY = frozenset(
    {
        RolloutStatus.CREATING,
        RolloutStatus.READY,
        RolloutStatus.STARTING,
        RolloutStatus.RUNNING,
        RolloutStatus.STOPPING,
    }
)
OVER = frozenset({RolloutStatus.FINISHED, RolloutStatus.STOPPED})


@dataclass(frozen=True)
class Outcomes:
    """How many boards of a group (or of a rollout) stand how."""

    notstarted: int = 0
    scheduled: int = 0
    running: int = 0
    finished: int = 0
    error: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return sum((self.notstarted, self.scheduled, self.running, self.ended))

    @property
    def ended(self) -> int:
        return self.finished + self.error + self.cancelled

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(
            self.notstarted + other.notstarted,
            self.scheduled + other.scheduled,
            self.running + other.running,
            self.finished + other.finished,
            self.error + other.error,
            self.cancelled + other.cancelled,
        )


def too_many_errors(outcomes: Outcomes, percent: int) -> bool:
    """Whether more than `percent` of a group's boards have failed."""
    return outcomes.error * 100 > percent * outcomes.total


def passes(outcomes: Outcomes, percent: int, dealt: int) -> bool:
    """Whether at least `percent` of a group's boards have succeeded, or nothing more can come.

    Where all must succeed, that is not enough: an update that was canceled has proved nothing, nor
    has a board that was deleted. `dealt`: how many boards the group had when it was made.
    """
    if percent == _ALL and dealt:
        return 0 < outcomes.finished == outcomes.total
    return outcomes.finished * 100 >= percent * outcomes.total or is_over(outcomes)


def is_over(outcomes: Outcomes) -> bool:
    return outcomes.ended == outcomes.total


def first_group_limit(boards: int) -> int:
    """The most boards in a first group for a new core: 1 %, at least 1, at most FIRST_MOST."""
    return min(max(boards * _FIRST_PERCENT // 100, 1), FIRST_MOST)


def group_sizes(boards: int, percentages: Sequence[float]) -> list[int]:
    """How many boards each group gets when each takes its part of all boards, in this order.

    The percentages' sum is 100 or more: nobody is left out, and the last groups may be short.
    """
    sizes: list[int] = []
    reached = 0.0
    for percent in percentages:
        reached = min(reached + percent, 100.0)
        wanted = round(boards * reached / 100)
        sizes.append(wanted - sum(sizes))
    return sizes
