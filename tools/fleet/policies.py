"""What operators decide about boards, sites and all: pause, windows, hold, check, retry, follow.

Each function works in the transaction it is given, writes the audit log, and returns how many
boards it touches. Called through `Fleet.steer`, so that polls go by it at once. All raise
RefusedError (404) for a board or a site that does not exist.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Result, Select, and_, delete, func, select, update
from sqlalchemy.orm import Session

from fleet.actions import Status, TargetState
from fleet.assignments import Terms, assign, assign_idle, cancel_all
from fleet.audit import record
from fleet.errors import CONSTRAINT, NOT_FOUND, RefusedError
from fleet.offers import Verdict
from fleet.scopes import Scope, count_boards, find_boards
from fleet.store.boards import Action, Target
from fleet.store.models import DistributionSet
from fleet.store.policies import Channel, Follow, Pause, Placed, UpdateWindow
from fleet.windows import Window


def pause(session: Session, scope: Scope, user: str, now_ms: int, reason: str = "") -> int:
    """From the next poll on its boards neither download nor install."""
    touched = find_boards(session, scope)
    session.merge(Pause(**_placed(scope, user, now_ms), reason=reason))
    record(session, user, "pause", str(scope), now_ms, reason)
    return touched


def resume(session: Session, scope: Scope, user: str, now_ms: int) -> int:
    """Undo that very pause; one that reaches further still holds. RefusedError if there is none."""
    _remove(session, Pause, scope, "paused")
    record(session, user, "resume", str(scope), now_ms)
    return count_boards(session, scope)


def set_window(session: Session, scope: Scope, window: Window, user: str, now_ms: int) -> int:
    """Its boards install only while the window is open. RefusedError if it never opens (400)."""
    if window.span(now_ms) is None:
        raise RefusedError(CONSTRAINT, "That window will never open.")
    touched = find_boards(session, scope)
    session.merge(
        UpdateWindow(
            **_placed(scope, user, now_ms),
            schedule=window.schedule,
            duration=window.duration,
            zone=window.zone,
        )
    )
    record(session, user, "window", str(scope), now_ms, str(window))
    return touched


def clear_window(session: Session, scope: Scope, user: str, now_ms: int) -> int:
    """RefusedError if there is none for that very scope."""
    _remove(session, UpdateWindow, scope, "given a window")
    record(session, user, "no window", str(scope), now_ms)
    return count_boards(session, scope)


def follow(session: Session, scope: Scope, channel: str | None, user: str, now_ms: int) -> int:
    """Its boards follow a channel; with None, what a wider scope says. RefusedError (404)."""
    touched = find_boards(session, scope)
    if channel is None:
        _remove(session, Follow, scope, "following a channel by itself")
    else:
        if session.get(Channel, channel) is None:
            raise RefusedError(NOT_FOUND, f"There is no channel {channel}.")
        session.merge(Follow(**_placed(scope, user, now_ms), channel=channel))
    judge_anew(session, scope.boards())
    record(session, user, "follow", str(scope), now_ms, channel or "nothing")
    return touched


def hold(session: Session, scope: Scope, user: str, now_ms: int) -> int:
    """Its boards stay at what they run; an update under way is asked to end."""
    find_boards(session, scope)
    free = (scope.boards(), Target.held.is_(False))
    cancel_all(session, select(Target.id).where(*free), user, now_ms)
    held = session.execute(
        update(Target)
        .where(*free)
        .values(held=True, due=True)
        .execution_options(synchronize_session=False)
    )
    record(session, user, "hold", str(scope), now_ms)
    return _rows(held)


def unhold(session: Session, scope: Scope, user: str, now_ms: int) -> int:
    """They go on; what the hold had canceled does not count against its release."""
    find_boards(session, scope)
    held = (scope.boards(), Target.held)
    ids = select(Target.id).where(*held)
    canceled = select(Action.id).where(
        Action.target_id == Target.id, Action.status.in_((Status.CANCELED, Status.CANCELING))
    )
    touched = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    session.execute(
        update(Target)
        .where(*held)
        .values(
            held=False,
            due=True,
            forgiven_action_id=func.coalesce(
                select(func.max(Action.id)).where(Action.id.in_(canceled)).scalar_subquery(),
                Target.forgiven_action_id,
            ),
        )
        .execution_options(synchronize_session=False)
    )
    record(session, user, "release", str(scope), now_ms)
    return touched


def check(session: Session, scope: Scope, user: str, now_ms: int) -> int:
    """Ask for what its boards run, at their next poll, and decide anew what they are offered."""
    touched = find_boards(session, scope)
    session.execute(
        update(Target)
        .where(scope.boards())
        .values(request_attributes=True, due=True)
        .execution_options(synchronize_session=False)
    )
    record(session, user, "check", str(scope), now_ms)
    return touched


def retry(session: Session, scope: Scope, terms: Terms, user: str, now_ms: int) -> int:
    """Boards whose last update failed, or that fell back from it, are given it once more.

    What has not ended yet is not forgiven: if it fails as well, it has failed.
    """
    find_boards(session, scope)
    wanting = (Target.state == TargetState.ERROR) | (Target.verdict == Verdict.TRIED)
    failed = (scope.boards(), wanting)
    ended = select(func.max(Action.id)).where(
        Action.target_id == Target.id,
        Action.active.is_(False),
        Action.status != Status.SCHEDULED,
    )
    forgiven = session.execute(
        update(Target)
        .where(*failed)
        .values(
            fell_from=None,
            due=True,
            forgiven_action_id=func.coalesce(ended.scalar_subquery(), Target.forgiven_action_id),
        )
        .execution_options(synchronize_session=False)
    )
    _assign_again(session, select(Target.id).where(*failed), terms, user, now_ms)
    record(session, user, "retry", str(scope), now_ms)
    return _rows(forgiven)


def _assign_again(
    session: Session, boards: Select[int], terms: Terms, user: str, now_ms: int
) -> None:
    """Those whose newest action has failed are given its set, unless they are held."""
    theirs = Action.target_id.in_(boards)
    newest = select(func.max(Action.id)).where(theirs).group_by(Action.target_id)
    failed = and_(Action.id.in_(newest), Action.status == Status.ERROR)
    unended = and_(theirs, Action.active | (Action.status == Status.SCHEDULED))
    busy = select(Action.target_id).where(unended)
    # These are few: what they have to do besides has to be ended.
    for last in session.scalars(select(Action).where(failed, Action.target_id.in_(busy))).all():
        if last.set.valid and not last.target.held:
            assign(session, last.target, last.set, user, now_ms, terms)
    for chosen in session.scalars(
        select(DistributionSet).where(
            DistributionSet.id.in_(select(Action.set_id).where(failed)), DistributionSet.valid
        )
    ).all():
        idle = select(Action.target_id).where(failed, Action.set_id == chosen.id)
        assign_idle(session, Target.id.in_(idle), chosen, user, now_ms, terms)


def put_at_site(session: Session, board: Target, site: str | None, user: str, now_ms: int) -> None:
    """From its next poll on what is decided for that site holds for it; None: it is at none."""
    board.group, board.due = site, True
    record(session, user, "site", str(Scope.board(board.controller_id)), now_ms, site or "none")


def forget_board(session: Session, controller_id: str) -> None:
    """A board is deleted: what was decided for it alone goes too."""
    for kind in (Pause, UpdateWindow, Follow):
        _delete(session, kind, Scope.board(controller_id))


def judge_anew(session: Session, boards: ColumnElement[bool]) -> None:
    """Have it found out again what their channel offers them."""
    session.execute(
        update(Target).where(boards).values(due=True).execution_options(synchronize_session=False)
    )


def _placed(scope: Scope, user: str, now_ms: int) -> dict[str, object]:
    return {"kind": scope.kind.value, "place": scope.place, "by": user, "at_ms": now_ms}


def _remove(session: Session, kind: type[Placed], scope: Scope, what: str) -> None:
    if not _delete(session, kind, scope):
        raise RefusedError(NOT_FOUND, f"{scope} is not {what}.")


def _delete(session: Session, kind: type[Placed], scope: Scope) -> bool:
    done = session.execute(
        delete(kind).where(kind.kind == scope.kind.value, kind.place == scope.place)
    )
    return bool(_rows(done))


def _rows(done: Result[Any]) -> int:
    """How many rows a statement has changed."""
    return int(getattr(done, "rowcount", 0))
