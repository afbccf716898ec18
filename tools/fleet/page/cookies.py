"""The page's cookies: the session, the sign-in form's secret, a line to tell on the next screen."""

from __future__ import annotations

from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from fleet.page.places import SIGN_IN, UI
from fleet.people import sessions

_SESSION = "fleet_session"
_SIGN_IN = "fleet_sign_in"
_TOLD = "fleet_told"
_TOLD_LENGTH = 300
_FORM_S = 3600


def session_token(request: Request, key: bytes) -> str | None:
    """The token of a session that we have begun, None without one."""
    return sessions.unsealed(key, request.cookies.get(_SESSION))


def keep_session(request: Request, response: Response, key: bytes, token: str) -> None:
    _set(request, response, _SESSION, sessions.sealed(key, token), sessions.LIFE_MS // 1000)


def end_session(response: Response) -> None:
    response.delete_cookie(_SESSION, path=UI)


def sign_in_token(request: Request, key: bytes) -> str | None:
    """What ties a sign-in form to the browser that it was shown in."""
    return sessions.unsealed(key, request.cookies.get(_SIGN_IN))


def keep_sign_in(request: Request, response: Response, key: bytes, token: str) -> None:
    _set(request, response, _SIGN_IN, sessions.sealed(key, token), _FORM_S, SIGN_IN)


def tell(request: Request, response: Response, text: str) -> None:
    """Show this line on the next screen."""
    _set(request, response, _TOLD, quote(text[:_TOLD_LENGTH]), 60)


def told(request: Request) -> str:
    """The line to show."""
    return unquote(request.cookies.get(_TOLD, ""))


def forget_told(request: Request, response: Response) -> None:
    if _TOLD in request.cookies:
        response.delete_cookie(_TOLD, path=UI)


def _set(
    request: Request, response: Response, name: str, value: str, seconds: int, path: str = UI
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
