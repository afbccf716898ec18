"""Pausing, holding, checking, retrying, windows and channels: for a board, a site or all boards."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from fleet import policies
from fleet.actions import TargetState
from fleet.assignments import Terms
from fleet.errors import CONSTRAINT, RefusedError
from fleet.offers import Verdict
from fleet.page.deeds.deed import Asked, Deed, Field, Plan
from fleet.page.formats import count
from fleet.scopes import Kind, Scope, find_boards, parse_scope
from fleet.store.boards import Target
from fleet.store.policies import Channel, UpdateWindow
from fleet.windows import WindowError, parse_window

_REASON = 512
_MOST_CHANNELS = 200
_Run = Callable[[Session, Scope, Asked], int]


def _named(scope: Scope) -> str:
    if scope.kind is Kind.ALL:
        return "all boards"
    return f"all boards at {scope.place}" if scope.kind is Kind.SITE else scope.place


def _policy(
    verb: str,
    done: str,
    explains: str,
    run: _Run,
    *,
    only: ColumnElement[bool] | None = None,
    fields: Callable[[Session, Scope], tuple[Field, ...]] = lambda _session, _scope: (),
    undo: bool = False,
) -> Deed:
    """A deed on a scope; `only`: of its boards those that it touches.

    `undo`: it may also be done to a site that has no boards any more.
    """

    def plan(session: Session, asked: Asked) -> Plan:
        scope = parse_scope(asked.on)
        if not undo:
            find_boards(session, scope)
        touched = select(func.count(Target.id)).where(
            scope.boards(), only if only is not None else true()
        )
        return Plan(
            f"{verb}: {_named(scope)}",
            explains,
            session.scalar(touched) or 0,
            verb,
            fields(session, scope),
        )

    def do(session: Session, asked: Asked) -> str:
        return f"{done}: {count(run(session, parse_scope(asked.on), asked), 'board')}."

    return Deed(plan, do, steers=True)


def _reason(_session: Session, _scope: Scope) -> tuple[Field, ...]:
    return (Field("reason", "Why", hint="Others see this. May stay empty."),)


def _window(session: Session, scope: Scope) -> tuple[Field, ...]:
    known = session.get(UpdateWindow, (scope.kind.value, scope.place))
    return (
        Field(
            "schedule",
            "Opens at",
            known.schedule if known else "0 0 2 ? * *",
            "As cron has it, with seconds: 0 0 2 ? * MON-FRI is 02:00:00 on weekdays.",
            required=True,
        ),
        Field(
            "duration",
            "Stays open for",
            known.duration if known else "03:00:00",
            "Hours, minutes, seconds.",
            required=True,
        ),
        Field(
            "zone",
            "Time zone",
            known.zone if known else "Europe/Berlin",
            "An IANA name such as Europe/Berlin, or an offset such as +01:00.",
            required=True,
        ),
    )


def _channels(session: Session, _scope: Scope) -> tuple[Field, ...]:
    names = session.scalars(select(Channel.name).order_by(Channel.name).limit(_MOST_CHANNELS))
    choices = [("", "none of its own"), *((each, each) for each in names)]
    return (Field("channel", "Channel", choices=choices),)


def _pause(session: Session, scope: Scope, asked: Asked) -> int:
    reason = asked.form.text("reason")[:_REASON]
    return policies.pause(session, scope, asked.user, asked.now_ms, reason)


def _set_window(session: Session, scope: Scope, asked: Asked) -> int:
    texts = (asked.form.text(each) for each in ("schedule", "duration", "zone"))
    try:
        window = parse_window(*texts)
    except WindowError as error:
        raise RefusedError(CONSTRAINT, f"There is no such window: {error}.") from None
    return policies.set_window(session, scope, window, asked.user, asked.now_ms)


def _retry(session: Session, scope: Scope, asked: Asked) -> int:
    terms = Terms.usual(asked.fleet.steering.rules.tenant)
    return policies.retry(session, scope, terms, asked.user, asked.now_ms)


def _follow(session: Session, scope: Scope, asked: Asked) -> int:
    channel = asked.form.text("channel") or None
    return policies.follow(session, scope, channel, asked.user, asked.now_ms)


def _plain(run: Callable[[Session, Scope, str, int], int]) -> _Run:
    return lambda session, scope, asked: run(session, scope, asked.user, asked.now_ms)


POLICIES = {
    "pause": _policy(
        "Pause",
        "Paused",
        "From their next contact on they neither download nor install, until the pause is ended.",
        _pause,
        fields=_reason,
    ),
    "resume": _policy(
        "End the pause",
        "The pause has ended",
        "They go on where they were. A pause that reaches further still holds.",
        _plain(policies.resume),
        undo=True,
    ),
    "hold": _policy(
        "Hold",
        "Held",
        "They stay at what they run: no channel and no rollout moves them. An update that is "
        "under way is asked to end.",
        _plain(policies.hold),
        only=Target.held.is_(False),
    ),
    "unhold": _policy(
        "Let go on",
        "Held no more",
        "Channels and rollouts move them again.",
        _plain(policies.unhold),
        only=Target.held.is_(True),
    ),
    "check": _policy(
        "Check now",
        "To be checked",
        "At their next contact they tell what they run, and what they are offered is decided anew.",
        _plain(policies.check),
    ),
    "retry": _policy(
        "Retry",
        "Tried again",
        "Boards whose last update failed, or that fell back from it, are given it once more.",
        _retry,
        only=(Target.state == TargetState.ERROR) | (Target.verdict == Verdict.TRIED),
    ),
    "window": _policy(
        "Set a window",
        "The window holds",
        "They install only while the window is open; they may download before it opens.",
        _set_window,
        fields=_window,
    ),
    "no-window": _policy(
        "Remove the window",
        "The window is gone",
        "They install at any time, unless a wider window holds.",
        _plain(policies.clear_window),
        undo=True,
    ),
    "follow": _policy(
        "Follow a channel",
        "Changed",
        "They are offered that channel's release, if it fits and is newer than what they run: "
        "by a staged rollout, a few first, unless enough others have succeeded with it.",
        _follow,
        fields=_channels,
    ),
}
