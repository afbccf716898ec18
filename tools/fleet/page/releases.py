"""The screens of releases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session
from starlette.responses import Response

from fleet.page.pictures import bar_picture
from fleet.page.places import url_of
from fleet.page.releases_query import (
    ReleaseView,
    count_fitting,
    read_channels,
    read_page,
    read_release,
    read_transfers,
)
from fleet.page.transfer import Transfer
from fleet.page.visitors import Visitor


async def releases(visitor: Visitor) -> Response:
    """All releases, newest first."""
    before, content = visitor.number("before"), visitor.fleet.content
    views, older = await visitor.fleet.database.read(
        lambda session: read_page(session, content, before)
    )
    return visitor.show(
        "releases.html",
        views=views,
        older=url_of("/releases", before=older) if older else None,
        newer=url_of("/releases") if before is not None else None,
    )


async def release(visitor: Visitor) -> Response:
    """A release's layers, and what it would transfer from each version in the field."""
    number: int = visitor.request.path_params["id"]
    content = visitor.fleet.content

    def read(session: Session) -> tuple[ReleaseView, list[Transfer], int, Sequence[str]]:
        view = read_release(session, content, number)
        fitting = count_fitting(session, view.facts) if view.facts else 0
        return view, read_transfers(session, content, view), fitting, read_channels(session)

    view, transfers, fitting, channels = await visitor.fleet.database.read(read)
    return visitor.show(
        "release.html",
        view=view,
        transfers=transfers,
        fitting=fitting,
        others=[each for each in channels if each not in view.channels],
        bar_picture=bar_picture,
        most=view.stored,
    )
