"""The sites that boards stand at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.store.boards import Target


@dataclass(frozen=True)
class Site:
    """A site, and how many boards are there."""

    name: str
    boards: int


def read_sites(session: Session, after: str, most: int) -> list[Site]:
    """Sites behind the name `after`, by name."""
    rows = session.execute(
        select(Target.group, func.count(Target.id))
        .where(Target.group.is_not(None), Target.group != "", Target.group > after)
        .group_by(Target.group)
        .order_by(Target.group)
        .limit(most)
    )
    return [Site(name or "", boards) for name, boards in rows]
