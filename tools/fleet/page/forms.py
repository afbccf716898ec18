"""What a browser sends from a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from fleet.errors import NOT_READABLE, RefusedError
from fleet.web import read_body

_BYTES = 64 * 1024
_FIELDS = 100
_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Form:
    """Fields by name."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """A field without blanks around it; empty if it is missing."""
        return self.fields.get(name, "").strip()

    def secret(self, name: str) -> str:
        """A field as it was typed."""
        return self.fields.get(name, "")

    def number(self, name: str, preset: int) -> int:
        """A whole number, the preset if there is none. Raises RefusedError (400)."""
        text = self.text(name)
        if not text:
            return preset
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise RefusedError(NOT_READABLE, f"{name} must be a number.")
        return int(text)


async def read_form(request: Request) -> Form:
    """Raises RefusedError: 413 when it is too large, 415 when it is none, 400."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise RefusedError(415)
    body = await read_body(request, _BYTES)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        raise RefusedError(NOT_READABLE, "This form can't be read.") from None
    if any("\0" in text for pair in pairs for text in pair):
        raise RefusedError(NOT_READABLE, "This form can't be read.")
    return Form(dict(pairs))
