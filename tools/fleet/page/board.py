"""The screen of one board."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.responses import Response

from fleet.history import SERVER_MESSAGE
from fleet.page.board_query import BoardView, read_board
from fleet.page.marks import HELD, OVERDUE, action_mark, line_mark, state_mark
from fleet.page.overdue import overdue_since_ms
from fleet.page.places import url_of
from fleet.page.visitors import Visitor
from fleet.scopes import Scope


async def board(visitor: Visitor) -> Response:
    """What a board runs, how its updates went, and what has been decided for it."""
    name: str = visitor.request.path_params["board"]
    before = visitor.number("before")

    def read(session: Session) -> BoardView:
        return read_board(session, name, before)

    view = await visitor.fleet.database.read(read)
    found, rules = view.board, visitor.fleet.steering.rules
    contact = visitor.fleet.contacts.latest(found)
    window = rules.window_of(name, found.group)
    return visitor.show(
        "board.html",
        view=view,
        board=found,
        on=str(Scope.board(name)),
        contact=contact,
        overdue=contact is not None and contact < overdue_since_ms(visitor.fleet, visitor.now_ms),
        pause=rules.pause_of(name, found.group),
        channel=rules.channel_of(name, found.group),
        window=window,
        window_span=window.span(visitor.now_ms) if window else None,
        older=url_of("/boards", name, before=view.older) if view.older else None,
        newer=url_of("/boards", name) if before is not None else None,
        state_mark=state_mark,
        action_mark=action_mark,
        line_mark=line_mark,
        shown=lambda text: text.removeprefix(SERVER_MESSAGE),
        OVERDUE=OVERDUE,
        HELD=HELD,
    )
