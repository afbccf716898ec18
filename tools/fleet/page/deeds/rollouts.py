"""Steering a rollout."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from fleet import rollouts
from fleet.errors import ROLLOUT_STATE, RefusedError
from fleet.page.deeds.deed import Asked, Deed, Field, Plan
from fleet.page.deeds.updates import number_of
from fleet.rollout_plans import GroupPlan, RolloutPlan
from fleet.rollout_rules import OVER, Outcomes
from fleet.rollouts import find_rollout, next_group, outcomes
from fleet.store.rollouts import Rollout

_REMARK = 512
_NAME = 90
_Touched = Callable[[Rollout, Outcomes], int]
_Run = Callable[[Session, int, Asked], Rollout]


def _steering(
    verb: str,
    done: str,
    explains: str,
    touched: _Touched,
    run: _Run,
    *,
    fields: tuple[Field, ...] = (),
    danger: bool = False,
) -> Deed:
    def plan(session: Session, asked: Asked) -> Plan:
        rollout = find_rollout(session, number_of(asked, "rollout"))
        total = sum(outcomes(session, rollout.id).values(), Outcomes())
        title = f"{verb}: {rollout.name}"
        return Plan(title, explains, touched(rollout, total), verb, fields, danger)

    def do(session: Session, asked: Asked) -> str:
        rollout = run(session, number_of(asked, "rollout"), asked)
        return f"{done}: {rollout.name}."

    return Deed(plan, do)


def _plain(run: Callable[[Session, int, str, int], Rollout]) -> _Run:
    return lambda session, number, asked: run(session, number, asked.user, asked.now_ms)


def _decision(approved: bool) -> _Run:
    def decide(session: Session, number: int, asked: Asked) -> Rollout:
        remark = asked.form.text("remark")[:_REMARK] or None
        return rollouts.decide(session, number, approved, remark, asked.user, asked.now_ms)

    return decide


def _all(rollout: Rollout, _total: Outcomes) -> int:
    return rollout.total


def _left(_rollout: Rollout, total: Outcomes) -> int:
    return total.notstarted + total.scheduled


def _open(_rollout: Rollout, total: Outcomes) -> int:
    return total.total - total.ended


def _next(rollout: Rollout, _total: Outcomes) -> int:
    group = next_group(rollout)
    return group.total if group else 0


def _plan_retry(session: Session, asked: Asked) -> Plan:
    rollout = find_rollout(session, number_of(asked, "rollout"))
    total = sum(outcomes(session, rollout.id).values(), Outcomes())
    return Plan(
        f"Retry what failed: {rollout.name}",
        "A new rollout is made of the boards that failed. Nothing moves before it is started.",
        total.error,
        "Make it",
    )


def _retry(session: Session, asked: Asked) -> str:
    failed = find_rollout(session, number_of(asked, "rollout"))
    if failed.status not in OVER:
        raise RefusedError(ROLLOUT_STATE, f"Rollout {failed.name} is not over yet.")
    plan = RolloutPlan(
        name=f"{failed.name[:_NAME]} again ({asked.now_ms // 1000})",
        set_id=failed.set_id,
        query=f"failedrollout=={failed.id}",
        groups=(GroupPlan("all"),),
    )
    fleet = asked.fleet
    made = rollouts.create(
        session, fleet.content, plan, fleet.steering.rules.tenant, asked.user, asked.now_ms
    )
    return f"Rollout {made.name} is made of {made.total}. Start it on its screen."


_REMARKS = (Field("remark", "Remark", hint="Others see this. May stay empty."),)

ROLLOUTS = {
    "retry-failed": Deed(_plan_retry, _retry),
    "start-rollout": _steering(
        "Start",
        "Started",
        "The first group begins at once, each further one when the one before has gone well.",
        _all,
        _plain(rollouts.start),
    ),
    "pause-rollout": _steering(
        "Pause",
        "Paused",
        "No further group begins. Boards that have begun go on.",
        _left,
        _plain(rollouts.pause),
    ),
    "resume-rollout": _steering(
        "Resume",
        "Resumed",
        "If failures had stopped it, it goes on with the next group.",
        _left,
        _plain(rollouts.resume),
    ),
    "next-group": _steering(
        "Begin the next group",
        "The next group begins",
        "Whatever the group before has come to.",
        _next,
        _plain(rollouts.trigger_next),
    ),
    "stop-rollout": _steering(
        "Stop for good",
        "Stopped",
        "What has not begun never will, and boards that have begun are asked to give up. "
        "It cannot be resumed.",
        _open,
        _plain(rollouts.stop),
        danger=True,
    ),
    "approve": _steering(
        "Approve",
        "Approved",
        "It may be started then.",
        _all,
        _decision(approved=True),
        fields=_REMARKS,
    ),
    "deny": _steering(
        "Deny",
        "Denied",
        "It can never be started then.",
        _all,
        _decision(approved=False),
        fields=_REMARKS,
    ),
}
