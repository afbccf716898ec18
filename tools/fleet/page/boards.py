"""The screen with all boards."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from fleet.offers import Verdict
from fleet.page.boards_query import Filter, Page, State, read_page
from fleet.page.marks import HELD, OVERDUE, state_mark
from fleet.page.overdue import overdue_since_ms
from fleet.page.places import url_of
from fleet.page.visitors import Visitor
from fleet.store.models import DistributionSet

_STATES = (
    (State.FAILED, "update failed"),
    (State.UPDATING, "updating"),
    (State.OVERDUE, "overdue"),
    (State.SYNCED, "in sync"),
    (State.NEW, "new, nothing installed"),
    (State.HELD, "held"),
    (State.REFUSED, "tried in vain, waits for a retry"),
    (State.UNFIT, "channel's release does not fit"),
)
_NOTEWORTHY = (Verdict.INCOMPATIBLE, Verdict.TRIED, Verdict.NOT_REPORTED)
_RELEASES = 20


async def boards(visitor: Visitor) -> Response:
    """Boards by name, as many as a screen holds, with what their updates do."""
    wanted = filter_of(visitor)
    before, after = visitor.asked("before"), visitor.asked("after")

    def read(session: Session) -> tuple[Page, list[str]]:
        return read_page(session, wanted, before, after), _releases(session)

    page, releases = await visitor.fleet.database.read(read)
    contact = visitor.fleet.contacts.latest
    return visitor.show(
        "boards.html",
        wanted=wanted,
        states=_STATES,
        page=page,
        releases=releases,
        filtered=replace(wanted, overdue_ms=0) != Filter(),
        before=_address(wanted, before=page.before),
        after=_address(wanted, after=page.after),
        contact=contact,
        overdue=lambda board: (contact(board) or visitor.now_ms) < wanted.overdue_ms,
        state_mark=state_mark,
        OVERDUE=OVERDUE,
        HELD=HELD,
        noteworthy=_NOTEWORTHY,
    )


def filter_of(visitor: Visitor) -> Filter:
    """What the address asks for; what makes no sense does not matter."""
    state = visitor.asked("state")
    return Filter(
        text=visitor.asked("q"),
        state=State(state) if state in list(State) else None,
        release=visitor.asked("release"),
        site=visitor.asked("site"),
        overdue_ms=overdue_since_ms(visitor.fleet, visitor.now_ms),
    )


def _address(wanted: Filter, before: str | None = None, after: str | None = None) -> str | None:
    if before is None and after is None:
        return None
    return url_of(
        "/boards",
        q=wanted.text,
        state=wanted.state,
        release=wanted.release,
        site=wanted.site,
        before=before,
        after=after,
    )


def _releases(session: Session) -> list[str]:
    """Versions to offer as one types: the newest that were published."""
    newest = select(DistributionSet.version).order_by(DistributionSet.id.desc()).limit(_RELEASES)
    return list(dict.fromkeys(session.scalars(newest)))
