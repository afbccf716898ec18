"""Who visits the page, and what every screen begins and ends with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import NoResultFound
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fleet.context import Fleet, fleet_of, now_ms
from fleet.errors import RefusedError
from fleet.page import cookies
from fleet.page.forms import Form, read_form
from fleet.page.places import SIGN_IN, url_of
from fleet.page.templates import render
from fleet.people import sessions
from fleet.people.credentials import same
from fleet.people.roles import Role
from fleet.people.sessions import Visit
from fleet.web import is_from_elsewhere

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}

_LONGEST = 256
_DIGITS = 18


class FormError(RefusedError):
    """A form that this page has not made, or made too long ago."""

    def __init__(self) -> None:
        super().__init__(403)
        self.message = "This form is no longer good. Go back, load the page again, and try again."


class RoleError(RefusedError):
    """This is for people of another role."""

    def __init__(self, needed: Role, role: Role) -> None:
        super().__init__(403)
        self.message = f"This takes the role {needed}; you are signed in as {role}."


@dataclass(frozen=True)
class Visitor:
    """A person who is signed in, and what that person asks for."""

    fleet: Fleet
    visit: Visit
    request: Request
    now_ms: int
    form: Form

    @property
    def name(self) -> str:
        return self.visit.identity.name

    @property
    def role(self) -> Role:
        return self.visit.identity.role

    def need(self, role: Role) -> None:
        """Raises RefusedError (403) unless the person has that role."""
        if not self.role.may(role):
            raise RoleError(role, self.role)

    def asked(self, name: str) -> str:
        """What the address says: text that a database takes, without blanks around it."""
        text = self.request.query_params.get(name, "")[:_LONGEST]
        return "".join(each for each in text if each.isprintable()).strip()

    def number(self, name: str) -> int | None:
        """A number of the address that an id column can hold, None if there is none."""
        text = self.asked(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A screen."""
        html = render(
            template,
            me=self.visit.identity,
            operates=self.role.may(Role.OPERATOR),
            administers=self.role.may(Role.ADMIN),
            form_token=sessions.form_token(self.fleet.page_key, self.visit.token),
            here=self.request.url.path,
            now=self.now_ms,
            told=cookies.told(self.request),
            **values,
        )
        response = HTMLResponse(html, status)
        cookies.forget_told(self.request, response)
        return response

    def go(self, address: str, told: str = "") -> Response:
        """Another screen, with a line that says what was done."""
        response = RedirectResponse(address, 303)
        if told:
            cookies.tell(self.request, response, told)
        return response


Handler = Callable[[Visitor], Coroutine[Any, Any, Response]]
Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


def for_visitor(handler: Handler, role: Role = Role.VIEWER) -> Endpoint:
    """A screen for people of that role. Others sign in first, or are told that it is not theirs."""

    async def checked(request: Request) -> Response:
        visit = await _visit(request)
        if visit is None:
            return RedirectResponse(_sign_in_first(request), 303)
        visitor = Visitor(fleet_of(request), visit, request, now_ms(), Form({}))
        try:
            return await _handled(handler, visitor, role)
        except RefusedError as error:
            message = error.message or "This is not possible."
            return visitor.show("refused.html", error.status, message=message)
        except NoResultFound:
            return visitor.show("refused.html", 404, message="There is no such thing any more.")

    return plain(checked)


def plain(endpoint: Endpoint) -> Endpoint:
    """A screen for everybody: with the headers that all of them have."""

    async def headed(request: Request) -> Response:
        response = await endpoint(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return headed


def check_site(request: Request) -> None:
    """What a browser says of where a form comes from must not be another site.

    Raises FormError.
    """
    if is_from_elsewhere(request):
        raise FormError


async def _handled(handler: Handler, visitor: Visitor, role: Role) -> Response:
    if visitor.request.method == "POST":
        check_site(visitor.request)
        form = await read_form(visitor.request)
        wanted = sessions.form_token(visitor.fleet.page_key, visitor.visit.token)
        if not same(form.text("form_token"), wanted):
            raise FormError
        visitor = Visitor(visitor.fleet, visitor.visit, visitor.request, visitor.now_ms, form)
    visitor.need(role)
    return await handler(visitor)


async def _visit(request: Request) -> Visit | None:
    fleet = fleet_of(request)
    token = cookies.session_token(request, fleet.page_key)
    if token is None:
        return None
    now = now_ms()
    visit = await fleet.database.read_indexed(lambda db: sessions.find(db, token, now))
    if visit and now - visit.seen_ms > sessions.SEEN_MS:
        await fleet.database.write(lambda session: sessions.touch(session, visit, now))
    return visit


def _sign_in_first(request: Request) -> str:
    if request.method != "GET":
        return SIGN_IN
    query = f"?{request.url.query}" if request.url.query else ""
    return url_of("/sign-in", next=request.url.path + query)
