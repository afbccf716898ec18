"""Boards out of the database, a screenful at a time whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, load_only

from fleet.actions import TargetState
from fleet.offers import Verdict
from fleet.page.progress import Line, Progress, progress
from fleet.store.boards import Action, ActionStatus, Target
from fleet.store.models import DistributionSet

PAGE = 50
# What a text is found in is counted so far only: no index helps there.
_MOST_FOUND = 1000
_LINES = 8


class State(StrEnum):
    """What boards can be picked by."""

    FAILED = "failed"
    UPDATING = "updating"
    OVERDUE = "overdue"
    SYNCED = "synced"
    NEW = "new"
    HELD = "held"
    REFUSED = "refused"
    UNFIT = "unfit"


@dataclass(frozen=True)
class Filter:
    """Which boards are wanted; what is empty does not matter. `overdue_ms`: not heard of since."""

    text: str = ""
    state: State | None = None
    release: str = ""
    site: str = ""
    overdue_ms: int = 0

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.text:
            like = "%" + _escaped(self.text.lower()) + "%"
            names = (Target.controller_id, Target.name)
            found.append(or_(*(func.lower(each).like(like, escape="\\") for each in names)))
        if self.state:
            found.append(condition_of(self.state, self.overdue_ms))
        if self.release:
            found.append(Target.release == self.release)
        if self.site:
            found.append(Target.group == self.site)
        return found


@dataclass(frozen=True)
class Under:
    """An update that is under way on a board."""

    action_id: int
    version: str
    progress: Progress


@dataclass(frozen=True)
class Page:
    """One screenful. `before` and `after`: from where the neighbouring ones go on, if any.

    `total`: all that were found; there are `or_more` if nobody has counted to the end.
    """

    boards: Sequence[Target]
    total: int
    or_more: bool
    under_way: dict[int, Under]
    before: str | None
    after: str | None


def condition_of(state: State, overdue_ms: int) -> ColumnElement[bool]:
    """What boards in that state have in common."""
    conditions: dict[State, ColumnElement[bool]] = {
        State.FAILED: Target.state == TargetState.ERROR,
        State.UPDATING: Target.state == TargetState.PENDING,
        State.OVERDUE: Target.last_contact_ms < overdue_ms,
        State.SYNCED: Target.state == TargetState.IN_SYNC,
        State.NEW: Target.state.in_([TargetState.UNKNOWN, TargetState.REGISTERED]),
        State.HELD: and_(Target.held),
        State.REFUSED: Target.verdict == Verdict.TRIED,
        State.UNFIT: Target.verdict == Verdict.INCOMPATIBLE,
    }
    return conditions[state]


def read_page(session: Session, wanted: Filter, before: str, after: str) -> Page:
    """The boards behind the id `after`, or before `before`, or the first ones; by id."""
    rows = select(Target).where(*wanted.conditions()).options(_IN_LISTS).limit(PAGE + 1)
    if before:
        rows = rows.where(Target.controller_id < before).order_by(Target.controller_id.desc())
    else:
        rows = rows.where(Target.controller_id > after).order_by(Target.controller_id)
    found = list(session.scalars(rows))
    more = len(found) > PAGE
    boards = found[:PAGE][::-1] if before else found[:PAGE]
    ahead, behind = (bool(before) or more), (more if before else bool(after))
    all_of_it = not (ahead or behind)
    total = len(boards) if all_of_it else _count(session, wanted)
    return Page(
        boards,
        min(total, _MOST_FOUND) if wanted.text else total,
        bool(wanted.text) and total > _MOST_FOUND,
        read_under_way(session, [each.id for each in boards]),
        boards[0].controller_id if boards and behind else None,
        boards[-1].controller_id if boards and ahead else None,
    )


def _count(session: Session, wanted: Filter) -> int:
    rows = select(Target.id).where(*wanted.conditions())
    counted = (rows.limit(_MOST_FOUND + 1) if wanted.text else rows).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def read_under_way(session: Session, targets: Sequence[int]) -> dict[int, Under]:
    """The update of each of these boards that has one, by the board's id."""
    rows = session.execute(
        select(Action.id, Action.target_id, Action.status, DistributionSet.version)
        .join(DistributionSet, DistributionSet.id == Action.set_id)
        .where(Action.target_id.in_(targets), Action.active)
        .order_by(Action.id)
    ).all()
    lines = read_lines(session, [row.id for row in rows])
    return {
        row.target_id: Under(row.id, row.version, progress(row.status, lines.get(row.id, [])))
        for row in rows
    }


def read_lines(
    session: Session, actions: Sequence[int], most: int = _LINES
) -> dict[int, list[Line]]:
    """The newest lines of each action's history, newest first."""
    place = func.row_number().over(
        partition_by=ActionStatus.action_id, order_by=ActionStatus.id.desc()
    )
    ranked = select(ActionStatus, place.label("place")).where(ActionStatus.action_id.in_(actions))
    each = ranked.subquery()
    line = aliased(ActionStatus, each)
    found: dict[int, list[Line]] = {}
    for row in session.scalars(select(line).where(each.c.place <= most).order_by(line.id.desc())):
        found.setdefault(row.action_id, []).append(Line(row.status, row.messages))
    return found


_IN_LISTS = load_only(
    Target.controller_id,
    Target.name,
    Target.group,
    Target.state,
    Target.last_contact_ms,
    Target.release,
    Target.model,
    Target.held,
    Target.verdict,
    Target.verdict_text,
)


def _escaped(text: str) -> str:
    """A text that LIKE takes for nothing but itself."""
    for special in "\\%_":
        text = text.replace(special, "\\" + special)
    return text
