"""Pickup codes that boards hand over, for the firm to pass on to people (docs/locker.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.errors import CONSTRAINT, RefusedError
from fleet.payload import an_object, integer, required_integer, required_text, text
from fleet.sealing import Seal
from fleet.store.boards import Pickup, Target

_REF = re.compile(r"[0-9a-f]{8}")
_CODE = re.compile(r"[0-9]{4,16}", re.ASCII)
_SIZE = 8
_MAX_DOORS = 1000


@dataclass(frozen=True)
class Parcel:
    """What a board says of a parcel that lies behind a door; `at_s`: seconds since 1970."""

    ref: str
    door: int
    size: str
    code: str
    at_s: int | None


def parse_parcel(payload: object) -> Parcel:
    """Raises RefusedError (400)."""
    given = an_object(payload)
    door = required_integer(given, "door")
    if not 0 < door <= _MAX_DOORS:
        raise RefusedError(CONSTRAINT, f"door must be from 1 to {_MAX_DOORS}.")
    ref, code = required_text(given, "ref", 8), required_text(given, "code", 16)
    if not _REF.fullmatch(ref):
        raise RefusedError(CONSTRAINT, "ref must be 8 hex digits.")
    if not _CODE.fullmatch(code):
        raise RefusedError(CONSTRAINT, "code must be 4 to 16 digits.")
    return Parcel(ref, door, text(given, "size", _SIZE) or "", code, integer(given, "at"))


def take_parcel(session: Session, seal: Seal, target: Target, parcel: Parcel, now_ms: int) -> bool:
    """Keep a parcel's code; whether it is news. What lay behind that door before is gone."""
    kept = session.get(Pickup, (target.id, parcel.door))
    if kept and kept.ref == parcel.ref:
        return False
    session.merge(
        Pickup(
            target_id=target.id,
            door=parcel.door,
            ref=parcel.ref,
            size=parcel.size,
            sealed_code=seal.seal(parcel.code, _about(target, parcel.door)),
            closed_at_s=parcel.at_s,
            received_ms=now_ms,
        )
    )
    return True


def parcels_of(session: Session, seal: Seal, target: Target) -> list[Parcel]:
    """The newest of each door, with the codes in clear."""
    found = session.scalars(
        select(Pickup).where(Pickup.target_id == target.id).order_by(Pickup.door)
    )
    return [
        Parcel(
            each.ref,
            each.door,
            each.size,
            seal.open(each.sealed_code, _about(target, each.door)),
            each.closed_at_s,
        )
        for each in found
    ]


def _about(target: Target, door: int) -> str:
    return f"{target.controller_id}/{door}"
