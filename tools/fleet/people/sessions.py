"""Sessions of the page: begun by a password, ended by the person, an admin, or time.

The cookie holds a random token and a signature of it; the table only the token's hash. Each
function runs in the transaction that it is given.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from fleet.people.accounts import ENVIRONMENT_ADMIN
from fleet.people.models import Person, SignIn
from fleet.people.roles import Identity, Role

IDLE_MS = 12 * 3600 * 1000
LIFE_MS = 7 * 24 * 3600 * 1000
# How exact `seen_ms` is: a page that refreshes itself must not write with every request.
SEEN_MS = 10 * 60 * 1000

_KEY_FILE = "page.key"
_KEY_BYTES = 32
_FOUND = (
    select(SignIn.person_id, SignIn.created_ms, SignIn.seen_ms, Person.name, Person.role)
    .outerjoin(Person, Person.id == SignIn.person_id)
    .where(SignIn.token_hash == bindparam("hash"))
)


@dataclass(frozen=True)
class Visit:
    """A person in a browser. `token` identifies the session to whoever holds it."""

    token: str
    person_id: int | None
    identity: Identity
    seen_ms: int


def page_key(data: Path) -> bytes:
    """The key that signs cookies, made once for each data directory."""
    path = data / _KEY_FILE
    if not path.exists() or path.stat().st_size != _KEY_BYTES:
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        new.replace(path)
    return path.read_bytes()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def sealed(key: bytes, token: str) -> str:
    """A token as a cookie holds it."""
    return f"{token}.{_signature(key, 'cookie', token)}"


def unsealed(key: bytes, cookie: str | None) -> str | None:
    """The token of a cookie, None unless we have signed it."""
    token, _, signature = (cookie or "").rpartition(".")
    if not token or not hmac.compare_digest(
        signature.encode(), _signature(key, "cookie", token).encode()
    ):
        return None
    return token


def form_token(key: bytes, token: str) -> str:
    """What each form of that session carries, and no other site can know."""
    return _signature(key, "form", token)


def begin(session: Session, person_id: int | None, now_ms: int) -> str:
    """Sign a person in: the new session's token. Old sessions of anybody are swept out."""
    session.execute(
        delete(SignIn).where(
            or_(SignIn.seen_ms < now_ms - IDLE_MS, SignIn.created_ms < now_ms - LIFE_MS)
        )
    )
    token = new_token()
    session.add(
        SignIn(token_hash=_hash(token), person_id=person_id, created_ms=now_ms, seen_ms=now_ms)
    )
    return token


def find(db: Connection, token: str, now_ms: int) -> Visit | None:
    """The session of a token, None if it is over."""
    row = db.execute(_FOUND, {"hash": _hash(token)}).first()
    if row is None or now_ms - row.seen_ms > IDLE_MS or now_ms - row.created_ms > LIFE_MS:
        return None
    if row.person_id is None:
        return Visit(token, None, Identity(ENVIRONMENT_ADMIN, Role.ADMIN), row.seen_ms)
    return Visit(token, row.person_id, Identity(row.name, row.role), row.seen_ms)


def touch(session: Session, visit: Visit, now_ms: int) -> None:
    """The person is still there."""
    hashed = _hash(visit.token)
    session.execute(update(SignIn).where(SignIn.token_hash == hashed).values(seen_ms=now_ms))


def end(session: Session, token: str) -> None:
    session.execute(delete(SignIn).where(SignIn.token_hash == _hash(token)))


def end_all(session: Session, person_id: int | None, but: str | None = None) -> None:
    """Sign a person out everywhere, save in the session of the token `but`."""
    kept = _hash(but) if but else ""
    session.execute(
        delete(SignIn).where(
            SignIn.person_id.is_(None) if person_id is None else SignIn.person_id == person_id,
            SignIn.token_hash != kept,
        )
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _signature(key: bytes, purpose: str, token: str) -> str:
    return hmac.new(key, f"{purpose}:{token}".encode(), hashlib.sha256).hexdigest()
