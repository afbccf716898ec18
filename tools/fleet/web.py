"""HTTP as both APIs speak it: bounded JSON bodies in, JSON with an ETag out, refusals."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from starlette.convertors import Convertor, StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fleet.errors import CONSTRAINT, NOT_READABLE, Kind, RefusedError

_LOG = logging.getLogger("fleet")
_HAL = "application/hal+json"
_JSON = "application/json"
_ANY = ("*/*", "application/*", _HAL)


class IdConvertor(Convertor[int]):
    """`{name:id}` in a path: a number that an id column can hold."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


class NameConvertor(StringConvertor):
    """`{name}` in a path: a text that every database takes."""

    regex = "[^/\0]+"


register_url_convertor("id", IdConvertor())
register_url_convertor("str", NameConvertor())

_BODY_TOO_LARGE = Kind(413, "rest.body.notReadable", "rest.exception.MessageNotReadableException")


async def read_json(request: Request, limit_bytes: int, types: tuple[str, ...] = (_JSON,)) -> Any:
    """The body as JSON. Raises RefusedError: 415 for another type, 413 above the limit, 400."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in types:
        raise RefusedError(415)
    body = await read_body(request, limit_bytes)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(NOT_READABLE, "The body is not JSON.") from None


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body, never more of it than the limit. Raises RefusedError (413)."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit_bytes:
                raise RefusedError(_BODY_TOO_LARGE, f"The body is larger than {limit_bytes} bytes.")
    except ClientDisconnect:
        raise RefusedError(NOT_READABLE, "The body ended early.") from None
    return bytes(body)


def json_response(request: Request, payload: object, status: int = 200) -> Response:
    """The payload, or 304 if the client has it. Raises RefusedError (406)."""
    media_type = negotiate(request.headers.get("accept"))
    body = json.dumps(payload, separators=(",", ":")).encode()
    if status != 200 or request.method not in ("GET", "HEAD"):
        return Response(body, status, media_type=media_type)
    etag = f'"{hashlib.blake2s(body, digest_size=16).hexdigest()}"'
    if _matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers={"etag": etag})
    return Response(body, headers={"etag": etag}, media_type=media_type)


def negotiate(accept: str | None) -> str:
    """The JSON type to answer with. Raises RefusedError (406)."""
    if accept is None or accept == "*/*":
        return _HAL
    for part in accept.split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in _ANY:
            return _HAL
        if kind == _JSON:
            return _JSON
    raise RefusedError(406)


def refusal_response(_request: Request, error: Exception) -> Response:
    """How a refusal looks on the wire."""
    assert isinstance(error, RefusedError)
    body = error.body()
    if body is None:
        return Response(status_code=error.status)
    return Response(json.dumps(body).encode(), error.status, media_type=_JSON)


def http_error_response(_request: Request, error: Exception) -> Response:
    """The router's own refusals (404, 405), as bare as hawkBit's."""
    assert isinstance(error, HTTPException)
    return Response(status_code=error.status_code, headers=error.headers)


def gone_response(_request: Request, _error: Exception) -> Response:
    """For a request that lost against another one."""
    return Response(status_code=404)


def unstorable_response(_request: Request, error: Exception) -> Response:
    """Something in the request is more than the database can hold."""
    _LOG.warning("database: %s", str(error).splitlines()[0])
    body = RefusedError(CONSTRAINT, "There is a value in it that cannot be stored.").body()
    return Response(json.dumps(body).encode(), 400, media_type=_JSON)


def unavailable_response(_request: Request, error: Exception) -> Response:
    """The database is away, or the disk is full: boards and people come again."""
    # What stands behind the first line may be what was to be written.
    _LOG.error("database: %s", str(error).splitlines()[0])
    return Response(status_code=503, headers={"retry-after": "10"})


def is_from_elsewhere(request: Request) -> bool:
    """Whether a browser says that another site made it send this."""
    sender = request.headers.get("origin")
    if sender is not None and sender.partition("://")[2] != request.headers.get("host"):
        return True
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def origin(request: Request) -> str:
    """Scheme, host and port by which the client reached the server."""
    headers: Mapping[str, str] = request.headers
    host = headers.get("host")
    if not host:
        return str(request.base_url).rstrip("/")
    return f"{request.scope['scheme']}://{host}"


def query_int(request: Request, name: str, preset: int) -> int:
    """An integer of the query; the preset if it is absent or empty. Raises RefusedError (400)."""
    text = request.query_params.get(name)
    if not text:
        return preset
    try:
        return int(text)
    except ValueError:
        raise RefusedError(NOT_READABLE, f"{name} must be an integer.") from None


def _matches(if_none_match: str | None, etag: str) -> bool:
    if not if_none_match:
        return False
    given = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in given or "*" in given
