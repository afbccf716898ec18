"""The screen of what holds for many boards: pauses, windows, channels, site by site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from starlette.responses import Response

from fleet.page.places import url_of
from fleet.page.sites import Site, read_sites
from fleet.page.visitors import Visitor
from fleet.scopes import Scope
from fleet.store.policies import Channel

PAGE = 50
_MOST = 200


@dataclass(frozen=True)
class Place:
    """A site and what has been decided for it alone."""

    site: Site
    scope: Scope


async def steering(visitor: Visitor) -> Response:
    """Pauses, windows and channels; below them the sites."""
    after = visitor.asked("after")

    def read(session: Session) -> tuple[list[Site], Sequence[Channel]]:
        channels = select(Channel).options(selectinload(Channel.set)).order_by(Channel.name)
        return read_sites(session, after, PAGE + 1), session.scalars(channels.limit(_MOST)).all()

    sites, channels = await visitor.fleet.database.read(read)
    rules = visitor.fleet.steering.rules
    shown = sites[:PAGE]
    return visitor.show(
        "steering.html",
        everything=Scope.all(),
        places=[Place(each, Scope.site(each.name)) for each in shown],
        channels=channels,
        rules=rules,
        pauses=sorted(rules.pauses.values(), key=lambda each: -each.at_ms)[:_MOST],
        windows=sorted(rules.windows.items(), key=lambda each: str(each[0]))[:_MOST],
        follows=sorted(rules.channels.items(), key=lambda each: str(each[0]))[:_MOST],
        after=url_of("/steering", after=shown[-1].name) if len(sites) > PAGE else None,
        before=url_of("/steering") if after else None,
    )
