"""Where boards hand over pickup codes: an entry of ours beside DDI (docs/locker.md)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fleet.context import fleet_of, now_ms
from fleet.ddi.boards import Board, for_board
from fleet.pickups import parse_parcel, take_parcel
from fleet.settings import FEEDBACK_BYTES
from fleet.store.boards import Target
from fleet.web import read_json


async def hand_over(request: Request, board: Board) -> Response:
    """201 for a parcel that is new, 200 for one that the server has; durable by then."""
    parcel = parse_parcel(await read_json(request, FEEDBACK_BYTES))
    fleet = fleet_of(request)
    new = await fleet.database.write(
        lambda session: take_parcel(
            session, fleet.seal, session.get_one(Target, board.id), parcel, now_ms()
        )
    )
    return Response(status_code=201 if new else 200)


def pickup_routes() -> list[Route]:
    path = "/board/v1/{controller_id}/pickups"
    return [Route(path, for_board(hand_over), methods=["POST"])]
