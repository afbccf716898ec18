"""Putting a board at a site."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fleet.page.deeds.deed import Asked, Deed, Field, Plan
from fleet.page.deeds.updates import board_of
from fleet.policies import put_at_site
from fleet.scopes import site_in

_FIELD = "site"


def _plan(session: Session, asked: Asked) -> Plan:
    board = board_of(session, asked)
    return Plan(
        f"The site of {board.controller_id}",
        "From its next contact on the pauses, windows and channels of that site hold for it, "
        "and no longer those of another.",
        1,
        "Put it there",
        (Field(_FIELD, "Site", board.group or "", "A new one, if need be. Empty: none."),),
    )


def _put(session: Session, asked: Asked) -> str:
    board, site = board_of(session, asked), site_in(asked.form.fields, _FIELD)
    put_at_site(session, board, site, asked.user, asked.now_ms)
    return f"{board.controller_id} is at {site or 'no site'} now."


SITES = {"site": Deed(_plan, _put)}
