"""All addresses of the page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fleet.errors import RefusedError
from fleet.page.board import board
from fleet.page.boards import boards
from fleet.page.doing import confirm, do
from fleet.page.log import log
from fleet.page.new_rollout import make, show_form
from fleet.page.overview import Overview
from fleet.page.people import change_me, change_people, me, people
from fleet.page.places import SIGN_IN, STATIC, UI
from fleet.page.releases import release, releases
from fleet.page.rollouts import rollout, rollouts
from fleet.page.signing import show_sign_in, sign_in, sign_out
from fleet.page.steering import steering
from fleet.page.templates import STATIC_FILES
from fleet.page.visitors import Visitor, for_visitor, plain
from fleet.people.roles import Role


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
        Route(UI + "/", for_visitor(Overview())),
        Route(UI + "/boards", for_visitor(boards)),
        Route(UI + "/boards/{board}", for_visitor(board)),
        Route(UI + "/releases", for_visitor(releases)),
        Route(UI + "/releases/{id:id}", for_visitor(release)),
        Route(UI + "/rollouts", for_visitor(rollouts)),
        Route(UI + "/rollouts/{id:id}", for_visitor(rollout)),
        Route(UI + "/new-rollout", for_visitor(show_form, Role.OPERATOR)),
        Route(UI + "/new-rollout", for_visitor(make, Role.OPERATOR), methods=["POST"]),
        Route(UI + "/steering", for_visitor(steering)),
        Route(UI + "/log", for_visitor(log)),
        Route(UI + "/people", for_visitor(people, Role.ADMIN)),
        Route(UI + "/people", for_visitor(change_people, Role.ADMIN), methods=["POST"]),
        Route(UI + "/me", for_visitor(me)),
        Route(UI + "/me", for_visitor(change_me), methods=["POST"]),
        Route(UI + "/do/{deed}", for_visitor(confirm)),
        Route(UI + "/do/{deed}", for_visitor(do), methods=["POST"]),
        Route(UI + "/{path:path}", for_visitor(nowhere)),
    ]
