"""Which channel a board follows, in SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, func, literal, select

from fleet.scopes import Kind
from fleet.store.boards import Target
from fleet.store.policies import Follow


def effective_channel() -> ColumnElement[str | None]:
    """Its own, or its site's, or the one for all."""
    scopes = (
        (Kind.BOARD, Target.controller_id),
        (Kind.SITE, Target.group),
        (Kind.ALL, literal("")),
    )
    return func.coalesce(
        *(
            select(Follow.channel)
            .where(Follow.kind == kind.value, Follow.place == place)
            .correlate(Target)
            .scalar_subquery()
            for kind, place in scopes
        ),
        type_=String,
    )
