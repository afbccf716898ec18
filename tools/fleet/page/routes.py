"""All addresses of the page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fleet.errors import RefusedError
from fleet.page.board import board
from fleet.page.boards import boards
from fleet.page.overview import overview
from fleet.page.places import SIGN_IN, STATIC, UI
from fleet.page.signing import show_sign_in, sign_in, sign_out
from fleet.page.templates import STATIC_FILES
from fleet.page.visitors import Visitor, for_visitor, plain


async def to_page(_request: Request) -> Response:
    return RedirectResponse(UI + "/", 303)


async def static_file(request: Request) -> Response:
    """A file that has another address as soon as it is another one."""
    found = STATIC_FILES.get(request.path_params["name"])
    if found is None:
        return Response(status_code=404)
    kind, data = found
    caching = "public, max-age=31536000, immutable"
    return Response(data, headers={"cache-control": caching}, media_type=kind)


async def nowhere(_visitor: Visitor) -> Response:
    raise RefusedError(404)


def page_routes() -> list[Route]:
    """Below /ui; `/` leads there."""
    return [
        Route("/", to_page),
        Route(UI, to_page),
        Route(STATIC + "/{version}/{name}", plain(static_file)),
        Route(SIGN_IN, plain(show_sign_in)),
        Route(SIGN_IN, plain(sign_in), methods=["POST"]),
        Route(UI + "/sign-out", for_visitor(sign_out), methods=["POST"]),
        Route(UI + "/", for_visitor(overview)),
        Route(UI + "/boards", for_visitor(boards)),
        Route(UI + "/boards/{board}", for_visitor(board)),
        Route(UI + "/{path:path}", for_visitor(nowhere)),
    ]
