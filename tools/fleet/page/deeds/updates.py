"""One board's updates: giving it a release, asking it to give one up."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet import assignments
from fleet.assignments import Terms
from fleet.audit import record
from fleet.errors import CONSTRAINT, NOT_FOUND, RefusedError
from fleet.page.board_query import find_board
from fleet.page.deeds.deed import Asked, Deed, Field, Plan
from fleet.scopes import Kind, parse_scope
from fleet.store.boards import Action, Target
from fleet.store.models import DistributionSet

_RELEASES = 100
_MOST_DIGITS = 18


def number_of(asked: Asked, kind: str) -> int:
    """The number in `kind:number`. Raises RefusedError (404)."""
    found, _, number = asked.on.partition(":")
    if found != kind or not number.isdecimal() or len(number) > _MOST_DIGITS:
        raise RefusedError(NOT_FOUND, f"There is no {kind} {asked.on[:80]}.")
    return int(number)


def board_of(session: Session, asked: Asked) -> Target:
    """The board that a deed is for. Raises RefusedError: 400 for several, 404."""
    scope = parse_scope(asked.on)
    if scope.kind is not Kind.BOARD:
        raise RefusedError(CONSTRAINT, "That is for one board.")
    return find_board(session, scope.place)


def _plan_assign(session: Session, asked: Asked) -> Plan:
    board = board_of(session, asked)
    rows = session.execute(
        select(DistributionSet.id, DistributionSet.name, DistributionSet.version)
        .where(DistributionSet.valid)
        .order_by(DistributionSet.id.desc())
        .limit(_RELEASES)
    )
    choices = [(str(row.id), f"{row.name} {row.version}") for row in rows]
    if not choices:
        raise RefusedError(NOT_FOUND, "No release has been published yet.")
    return Plan(
        f"Give a release to {board.controller_id}",
        "It gets this release alone, at its next contact. What it does by now is asked to end.",
        1,
        "Give it",
        (Field("release", "Release", choices=choices, required=True),),
    )


def _assign(session: Session, asked: Asked) -> str:
    board = board_of(session, asked)
    chosen = session.get(DistributionSet, asked.form.number("release", 0))
    if chosen is None:
        raise RefusedError(NOT_FOUND, "There is no such release.")
    terms = Terms.usual(asked.fleet.steering.rules.tenant)
    action = assignments.assign(session, board, chosen, asked.user, asked.now_ms, terms)
    if action is None:
        raise RefusedError(CONSTRAINT, f"{board.controller_id} is given {chosen.version} already.")
    board.due = True
    what = f"{chosen.name}:{chosen.version}"
    record(session, asked.user, "assign", asked.on, asked.now_ms, what)
    return f"{board.controller_id} is given {chosen.version}."


def _action(session: Session, asked: Asked) -> Action:
    found = session.get(Action, number_of(asked, "action"))
    if found is None:
        raise RefusedError(NOT_FOUND, "There is no such update.")
    return found


def _plan_cancel(session: Session, asked: Asked) -> Plan:
    action = _action(session, asked)
    return Plan(
        f"Cancel {action.set.version} on {action.target.controller_id}",
        "The board is asked to give it up. If it has restarted into it already, it goes on.",
        1,
        "Cancel the update",
    )


def _cancel(session: Session, asked: Asked) -> str:
    action = _action(session, asked)
    assignments.cancel(session, action, asked.user, asked.now_ms)
    return _noted(session, asked, action, "cancel", "is asked to give up")


def _plan_quit(session: Session, asked: Asked) -> Plan:
    action = _action(session, asked)
    return Plan(
        f"End {action.set.version} on {action.target.controller_id} without the board",
        "The server takes it for ended. The board may still install it if it has all of it.",
        1,
        "End it",
        danger=True,
    )


def _quit(session: Session, asked: Asked) -> str:
    action = _action(session, asked)
    assignments.force_quit(session, action, asked.user, asked.now_ms)
    return _noted(session, asked, action, "force quit", "has ended")


def _noted(session: Session, asked: Asked, action: Action, what: str, done: str) -> str:
    name, version = action.target.controller_id, action.set.version
    detail = f"{action.set.name}:{version}, action {action.id}"
    record(session, asked.user, what, f"board:{name}", asked.now_ms, detail)
    return f"{name} {done}: {version}."


UPDATES = {
    "assign": Deed(_plan_assign, _assign),
    "cancel": Deed(_plan_cancel, _cancel),
    "quit": Deed(_plan_quit, _quit),
}
