"""The whole fleet in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.actions import Status, TargetState
from fleet.offers import Verdict
from fleet.page.boards_query import State, Under, condition_of, read_under_way
from fleet.page.releases_query import Running, read_running
from fleet.page.rollouts_query import RolloutView, read_present, read_waiting
from fleet.store.boards import Action, ActionStatus, Target
from fleet.store.models import DistributionSet
from fleet.store.rollouts import Rollout

_ROLLOUTS = 5
_WAITING = 20
_UNDER_WAY = 6
_ENDED = 8
_RELEASES = 12
_SHOWN_ENDS = (Status.FINISHED, Status.ERROR)
# Among so many of the newest lines of all histories those that ended an update are looked for.
_RECENT = 2000


@dataclass(frozen=True)
class Going:
    """A board and its update."""

    controller_id: str
    under: Under


@dataclass(frozen=True)
class Ended:
    """An update that has ended, and what the board said last."""

    controller_id: str
    version: str
    status: Status
    at_ms: int
    words: Sequence[str]


@dataclass(frozen=True)
class Summary:
    """What the first screen tells. `more_…`: there are more than these.

    `waiting`: rollouts that need a person, be they among the newest or not.
    """

    states: Mapping[TargetState, int]
    overdue: int
    held: int
    verdicts: Mapping[Verdict, int]
    releases: Sequence[Running]
    rollouts: Sequence[RolloutView]
    more_rollouts: bool
    waiting: Sequence[Rollout]
    more_waiting: bool
    going: Sequence[Going]
    ended: Sequence[Ended]

    @property
    def boards(self) -> int:
        return sum(self.states.values())

    def state(self, state: TargetState) -> int:
        return self.states.get(state, 0)


def read_summary(session: Session, overdue_ms: int) -> Summary:
    """All of it as of one moment; counted by index."""
    rollouts = read_present(session, _ROLLOUTS + 1)
    waiting = read_waiting(session, _WAITING + 1)
    return Summary(
        states=_states(session),
        overdue=_count(session, State.OVERDUE, overdue_ms),
        held=_count(session, State.HELD, overdue_ms),
        verdicts=_verdicts(session),
        releases=read_running(session, _RELEASES),
        rollouts=rollouts[:_ROLLOUTS],
        more_rollouts=len(rollouts) > _ROLLOUTS,
        waiting=waiting[:_WAITING],
        more_waiting=len(waiting) > _WAITING,
        going=_going(session),
        ended=_ended(session),
    )


def _states(session: Session) -> dict[TargetState, int]:
    rows = session.execute(select(Target.state, func.count(Target.id)).group_by(Target.state))
    return {state: boards for state, boards in rows.all()}  # noqa: C416 (rows are no pairs to mypy)


def _verdicts(session: Session) -> dict[Verdict, int]:
    wanted = (Verdict.TRIED, Verdict.INCOMPATIBLE)
    rows = session.execute(
        select(Target.verdict, func.count(Target.id))
        .where(Target.verdict.in_(wanted))
        .group_by(Target.verdict)
    )
    return {verdict: number for verdict, number in rows if verdict}


def _count(session: Session, state: State, overdue_ms: int) -> int:
    wanted = select(func.count(Target.id)).where(condition_of(state, overdue_ms))
    return session.scalar(wanted) or 0


def _going(session: Session) -> list[Going]:
    """The updates that began last."""
    rows = session.execute(
        select(Target.id, Target.controller_id)
        .join(Action, Action.target_id == Target.id)
        .where(Action.active, Action.status != Status.SCHEDULED)
        .order_by(Action.id.desc())
        .limit(_UNDER_WAY)
    ).all()
    under = read_under_way(session, [row.id for row in rows])
    names = {row.id: row.controller_id for row in rows}
    return [Going(names[each], under[each]) for each in names if each in under]


def _ended(session: Session) -> list[Ended]:
    newest = session.scalar(select(func.max(ActionStatus.id))) or 0
    rows = session.execute(
        select(
            Target.controller_id,
            DistributionSet.version,
            ActionStatus.status,
            ActionStatus.reported_ms,
            ActionStatus.messages,
        )
        .join(Action, Action.id == ActionStatus.action_id)
        .join(Target, Target.id == Action.target_id)
        .join(DistributionSet, DistributionSet.id == Action.set_id)
        .where(
            ActionStatus.id > newest - _RECENT,
            ActionStatus.status.in_(_SHOWN_ENDS),
            Action.active.is_(False),
        )
        .order_by(ActionStatus.id.desc())
        .limit(_ENDED)
    )
    return [Ended(*row) for row in rows]
