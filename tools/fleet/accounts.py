"""Who may use the Mgmt API: for now one admin, whose password lies in the data directory."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from pathlib import Path

PASSWORD_FILE = "admin.password"  # noqa: S105  (a file's name)


class Accounts:
    """Checks HTTP Basic credentials."""

    def __init__(self, password: str, user: str = "admin") -> None:
        self._user = user
        self._password = password

    def user_of(self, authorization: str | None) -> str | None:
        """The user behind an Authorization header, None if it proves nobody."""
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        known = same(user, self._user)
        return self._user if same(password, self._password) and known else None


def same(given: str, wanted: str) -> bool:
    """Equality that takes as long whatever differs."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def admin_password(data: Path, given: str | None) -> str:
    """The password to start with: the one given, or the kept one, made when there is none."""
    if given:
        return given
    path = data / PASSWORD_FILE
    # Whole or not at all: an empty one would let everybody in.
    if not path.exists() or not path.read_text().strip():
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(18) + "\n")
        new.replace(path)
    return path.read_text().strip()
