"""Signing in and out."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fleet.audit import record
from fleet.context import fleet_of, now_ms
from fleet.errors import RefusedError
from fleet.page import cookies
from fleet.page.forms import Form, read_form
from fleet.page.places import SIGN_IN, own_address
from fleet.page.templates import render
from fleet.page.visitors import FormError, Visitor, check_site
from fleet.people import sessions
from fleet.people.accounts import Known, TooManyGuessesError
from fleet.people.credentials import same


async def show_sign_in(request: Request) -> Response:
    return await _form(request, request.query_params.get("next"))


async def sign_in(request: Request) -> Response:
    """Begin a session for who knows name and password."""
    try:
        form = await _own_form(request)
    except RefusedError as error:
        return await _form(request, None, error.status, error.message or "Please try again.")
    following, name = form.text("next"), form.text("name").lower()
    address = request.client.host if request.client else ""
    try:
        known = await fleet_of(request).accounts.prove(name, form.secret("password"), address)
    except TooManyGuessesError as error:
        response = await _form(request, following, 429, error.message, name)
        response.headers["retry-after"] = str(error.wait_s)
        return response
    if known is None:
        return await _form(request, following, 401, "Name or password is wrong.", name)
    return await _begin(request, known, address, following)


async def sign_out(visitor: Visitor) -> Response:
    """End this session, for the server as well."""
    await visitor.fleet.database.write(lambda session: sessions.end(session, visitor.visit.token))
    response = RedirectResponse(SIGN_IN, 303)
    cookies.end_session(response)
    return response


async def _own_form(request: Request) -> Form:
    """The form, if it was shown in this browser. Raises RefusedError."""
    check_site(request)
    form = await read_form(request)
    key = fleet_of(request).page_key
    token = cookies.sign_in_token(request, key)
    if token is None or not same(form.text("form_token"), sessions.form_token(key, token)):
        raise FormError
    return form


async def _begin(request: Request, known: Known, address: str, following: str) -> Response:
    fleet, name = fleet_of(request), known.identity.name

    def begin(session: Session) -> str:
        record(session, name, "sign in", f"person:{name}", now_ms(), address)
        return sessions.begin(session, known.id, now_ms())

    token = await fleet.database.write(begin)
    response = RedirectResponse(own_address(following), 303)
    cookies.keep_session(request, response, fleet.page_key, token)
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
