"""The boards' tokens: kept sealed, opened to compare them, and for an admin who moves the fleet."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.sealing import Seal, is_sealed, load_seal
from fleet.store.boards import Target
from fleet.store.database import Database


def new_token() -> str:
    """A board's token as hawkBit makes them."""
    return secrets.token_hex(16)


def keep_token(seal: Seal, target: Target, token: str) -> None:
    """The board has that token from now on."""
    target.security_token = seal.seal(token, target.controller_id)


def token_of(seal: Seal, target: Target) -> str:
    return seal.open(target.security_token, target.controller_id)


def all_tokens(session: Session, seal: Seal) -> dict[str, str]:
    """In clear, by the boards' ids."""
    rows = session.execute(
        select(Target.controller_id, Target.security_token).order_by(Target.controller_id)
    )
    return {name: seal.open(kept, name) for name, kept in rows}


def open_seal(database: Database, path: Path) -> Seal:
    """The key that the tokens in the database are sealed with; those in clear are sealed now.

    Raises SealError if it is missing, or another one.
    """
    sealed, plain = database.write_now(_count)
    seal = load_seal(path, new=not sealed)
    if sealed:
        database.write_now(lambda session: _try(session, seal))
    if plain:
        database.write_now(lambda session: _seal_plain(session, seal))
        database.wipe()
    return seal


def _count(session: Session) -> tuple[int, int]:
    """How many tokens are sealed, and how many are not."""
    total = session.scalar(select(func.count(Target.id))) or 0
    mark = Target.security_token.like("sealed:%")
    sealed = session.scalar(select(func.count(Target.id)).where(mark)) or 0
    return sealed, total - sealed


def _try(session: Session, seal: Seal) -> None:
    mark = Target.security_token.like("sealed:%")
    target = session.scalars(select(Target).where(mark).limit(1)).first()
    if target:
        token_of(seal, target)


def _seal_plain(session: Session, seal: Seal) -> None:
    for target in session.scalars(select(Target)):
        if not is_sealed(target.security_token):
            keep_token(seal, target, target.security_token)
