"""The screens of rollouts."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.responses import Response

from fleet.page.marks import group_mark, rollout_mark
from fleet.page.places import url_of
from fleet.page.rollouts_query import Failure, RolloutView, read_failures, read_page, read_rollout
from fleet.page.visitors import Visitor
from fleet.rollout_rules import OVER

# Which deeds a rollout's state allows: see fleet.rollouts.
DEEDS = {
    "ready": ("start-rollout", "stop-rollout"),
    "waiting_for_approval": ("approve", "deny"),
    "approval_denied": ("stop-rollout",),
    "running": ("pause-rollout", "next-group", "stop-rollout"),
    "paused": ("resume-rollout", "stop-rollout"),
    "starting": ("stop-rollout",),
}
_WORDS = {
    "start-rollout": "Start…",
    "pause-rollout": "Pause…",
    "resume-rollout": "Resume…",
    "next-group": "Begin the next group…",
    "stop-rollout": "Stop for good…",
    "approve": "Approve…",
    "deny": "Deny…",
    "retry-failed": "Retry what failed…",
}


async def rollouts(visitor: Visitor) -> Response:
    """All rollouts, newest first."""
    before = visitor.number("before")
    views, older = await visitor.fleet.database.read(lambda session: read_page(session, before))
    return visitor.show(
        "rollouts.html",
        views=views,
        older=url_of("/rollouts", before=older) if older else None,
        newer=url_of("/rollouts") if before is not None else None,
        rollout_mark=rollout_mark,
    )


async def rollout(visitor: Visitor) -> Response:
    """One rollout: its groups, and what failed."""
    number: int = visitor.request.path_params["id"]

    def read(session: Session) -> tuple[RolloutView, list[Failure]]:
        return read_rollout(session, number), read_failures(session, number)

    view, failures = await visitor.fleet.database.read(read)
    allowed = DEEDS.get(view.rollout.status, ())
    if view.total.error and view.rollout.status in OVER:
        allowed = (*allowed, "retry-failed")
    return visitor.show(
        "rollout.html",
        view=view,
        failures=failures,
        deeds=[(each, _WORDS[each]) for each in allowed],
        rollout_mark=rollout_mark,
        group_mark=group_mark,
    )
