"""What a rollout is made from, and how its boards are dealt out to its groups. No I/O."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fleet.actions import ForceType
from fleet.rollout_rules import (
    PRESET_PERCENT,
    SuccessAction,
    first_group_limit,
    group_sizes,
)

# hawkBit's quotas.
MAX_GROUPS = 500
MAX_GROUP_BOARDS = 20_000
_FIRST = "first"


@dataclass(frozen=True)
class GroupPlan:
    """A group to be. `percentage` is of all boards of the rollout, thresholds of the group's."""

    name: str
    percentage: float = 100.0
    query: str | None = None
    description: str | None = None
    success_percent: int = PRESET_PERCENT
    success_action: SuccessAction = SuccessAction.NEXTGROUP
    error_percent: int = PRESET_PERCENT
    confirmation: bool = True


@dataclass(frozen=True)
class RolloutPlan:
    """A rollout to be: which set goes to the boards that `query` matches, and how."""

    name: str
    set_id: int
    query: str
    groups: tuple[GroupPlan, ...]
    description: str | None = None
    force_type: ForceType = ForceType.FORCED
    force_time_ms: int | None = None
    start_at_ms: int | None = None
    weight: int = 1000
    channel: str | None = None


@dataclass
class Dealt:
    """A group with the ids of its boards."""

    plan: GroupPlan
    boards: list[int] = field(default_factory=list)


def equal_groups(count: int, like: GroupPlan) -> tuple[GroupPlan, ...]:
    """So many groups of the same size."""
    share = 100.0 / count
    return tuple(
        GroupPlan(
            f"group-{number}",
            share,
            success_percent=like.success_percent,
            success_action=like.success_action,
            error_percent=like.error_percent,
            confirmation=like.confirmation,
        )
        for number in range(1, count + 1)
    )


def deal(
    groups: Sequence[GroupPlan], boards: Sequence[int], matching: Sequence[frozenset[int] | None]
) -> list[Dealt]:
    """Each board into the first group that it fits; boards that fit none are left over.

    `matching`: for each group the boards that its own query matches, None if it has none. A
    percentage is of all boards, or of those that the group's own query matches.
    """
    plain = [each.percentage for each, fits in zip(groups, matching, strict=True) if fits is None]
    sizes = iter(group_sizes(len(boards), plain))
    left = list(boards)
    dealt = []
    for plan, fits in zip(groups, matching, strict=True):
        if fits is None:
            size = next(sizes)
            taken, left = left[:size], left[size:]
        else:
            among = [each for each in left if each in fits]
            taken = among[: math.ceil(len(among) * min(plan.percentage, 100.0) / 100)]
            gone = set(taken)
            left = [each for each in left if each not in gone]
        dealt.append(Dealt(plan, taken))
    return dealt


def with_first_group(dealt: list[Dealt], newest_contact_first: Sequence[int]) -> list[Dealt]:
    """The same groups behind a small one, unless the first is small enough already.

    All its boards must succeed before the next group begins, whoever made it. It takes boards
    that were heard of last: one that is away would keep all others waiting.
    """
    total = sum(len(each.boards) for each in dealt)
    limit = first_group_limit(total)
    if 0 < len(dealt[0].boards) <= limit:
        own = replace(dealt[0].plan, success_percent=100, error_percent=0)
        return [Dealt(own, dealt[0].boards), *dealt[1:]]
    chosen = list(newest_contact_first[:limit])
    gone = set(chosen)
    plan = GroupPlan(
        _FIRST,
        percentage=round(limit * 100 / total, 2),
        description="A new core goes to few boards first",
        success_percent=100,
        error_percent=0,
        confirmation=dealt[0].plan.confirmation,
    )
    rest = [Dealt(each.plan, [one for one in each.boards if one not in gone]) for each in dealt]
    return [Dealt(plan, chosen), *rest]
