"""Signing in and out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fleet.context import fleet_of, now_ms
from fleet.errors import RefusedError
from fleet.page import cookies
from fleet.page.forms import read_form
from fleet.page.places import SIGN_IN, own_address
from fleet.page.templates import render
from fleet.page.visitors import Visitor, check_site
from fleet.people import sessions
from fleet.people.accounts import TooManyGuessesError
from fleet.people.credentials import same


async def show_sign_in(request: Request) -> Response:
    return await _form(request, request.query_params.get("next"))


async def sign_in(request: Request) -> Response:
    """Begin a session for who knows name and password."""
    fleet = fleet_of(request)
    try:
        check_site(request)
        form = await read_form(request)
    except RefusedError as error:
        return await _form(request, None, error.status, error.message)
    token = cookies.sign_in_token(request, fleet.page_key)
    wanted = sessions.form_token(fleet.page_key, token) if token else ""
    if not token or not same(form.text("form_token"), wanted):
        return await _form(request, form.text("next"), 403, "Please try again.")
    address = request.client.host if request.client else ""
    name = form.text("name").lower()
    try:
        known = await fleet.accounts.prove(name, form.secret("password"), address)
    except TooManyGuessesError as error:
        response = await _form(request, form.text("next"), 429, error.message, name)
        response.headers["retry-after"] = str(error.wait_s)
        return response
    if known is None:
        return await _form(request, form.text("next"), 401, "Name or password is wrong.", name)
    begun = await fleet.database.write(lambda session: sessions.begin(session, known.id, now_ms()))
    response = RedirectResponse(own_address(form.text("next")), 303)
    cookies.keep_session(request, response, fleet.page_key, begun)
    return response


async def sign_out(visitor: Visitor) -> Response:
    """End this session, for the server as well."""
    await visitor.fleet.database.write(lambda session: sessions.end(session, visitor.visit.token))
    response = RedirectResponse(SIGN_IN, 303)
    cookies.end_session(response)
    return response


async def _form(
    request: Request, following: str | None, status: int = 200, message: str = "", name: str = ""
) -> Response:
    fleet = fleet_of(request)
    token = cookies.sign_in_token(request, fleet.page_key) or sessions.new_token()
    html = render(
        "sign_in.html",
        form_token=sessions.form_token(fleet.page_key, token),
        following=own_address(following),
        message=message,
        name=name,
        nobody=not await fleet.accounts.anybody(),
    )
    response = HTMLResponse(html, status)
    cookies.keep_sign_in(request, response, fleet.page_key, token)
    return response
