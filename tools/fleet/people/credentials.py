"""Names and secrets as they come over the wire. No I/O."""

from __future__ import annotations

import base64
import binascii
import hmac


def same(given: str, wanted: str) -> bool:
    """Equality that takes as long whatever differs."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    """Name and password of a Basic Authorization header (RFC 7617), None if it is none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None
