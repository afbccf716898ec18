"""What an operator's policy is about: one board, a site, or all boards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from fleet.errors import CONSTRAINT, NOT_FOUND, RefusedError
from fleet.payload import text
from fleet.settings import MAX_CONTROLLER_ID
from fleet.store.boards import Target


class Kind(StrEnum):
    """How far a policy reaches; a narrower one wins."""

    ALL = "all"
    SITE = "site"
    BOARD = "board"


@dataclass(frozen=True)
class Scope:
    """`place` is the site's name or the board's id, and empty for all."""

    kind: Kind
    place: str = ""

    @classmethod
    def all(cls) -> Scope:
        return cls(Kind.ALL)

    @classmethod
    def site(cls, name: str) -> Scope:
        return cls(Kind.SITE, name)

    @classmethod
    def board(cls, controller_id: str) -> Scope:
        return cls(Kind.BOARD, controller_id)

    def __str__(self) -> str:
        return "all" if self.kind is Kind.ALL else f"{self.kind}:{self.place}"

    def boards(self) -> ColumnElement[bool]:
        """The condition that its boards fulfil."""
        if self.kind is Kind.SITE:
            return Target.group == self.place
        return Target.controller_id == self.place if self.kind is Kind.BOARD else true()


def parse_scope(text: str) -> Scope:
    """`all`, `site:NAME` or `board:ID`. Raises RefusedError (400)."""
    kind, colon, place = text.partition(":")
    if text == Kind.ALL:
        return Scope.all()
    if kind in (Kind.SITE, Kind.BOARD) and colon and 0 < len(place) <= MAX_CONTROLLER_ID:
        return Scope(Kind(kind), place)
    raise RefusedError(CONSTRAINT, f"{text[:300]!r} is none of all, site:NAME and board:ID.")


def site_in(given: Mapping[str, Any], name: str) -> str | None:
    """The name of a site, None if it is absent or blank. Raises RefusedError (400)."""
    return (text(given, name, MAX_CONTROLLER_ID) or "").strip() or None


def count_boards(session: Session, scope: Scope) -> int:
    """How many boards it reaches now."""
    return session.scalar(select(func.count(Target.id)).where(scope.boards())) or 0


def find_boards(session: Session, scope: Scope) -> int:
    """The same. Raises RefusedError (404) if there are none: probably a slip of the pen."""
    found = count_boards(session, scope)
    if not found and scope.kind is Kind.BOARD:
        raise RefusedError(NOT_FOUND, f"Target {scope.place} does not exist.")
    if not found and scope.kind is Kind.SITE:
        raise RefusedError(NOT_FOUND, f"There is no board at site {scope.place}.")
    return found
