"""What boards report of themselves, and what follows from it (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.actions import Status, TargetState
from fleet.errors import QUOTA, RefusedError
from fleet.history import note
from fleet.settings import MAX_ATTRIBUTES
from fleet.store.boards import Action, Target, TargetAttribute
from fleet.store.models import DistributionSet
from fleet.versions import rank

_REVISION_DIGITS = 9
_SEQUENCE_DIGITS = 18


def store_attributes(
    session: Session, target: Target, wanted: Mapping[str, str], now_ms: int
) -> None:
    """These are the board's attributes now. Raises RefusedError (429)."""
    if len(wanted) > MAX_ATTRIBUTES:
        raise RefusedError(QUOTA, f"A target has at most {MAX_ATTRIBUTES} attributes.")
    known = {each.key: each for each in attributes_of(session, target.id)}
    for key, row in known.items():
        if key not in wanted:
            session.delete(row)
    for key, value in wanted.items():
        if key not in known or known[key].value != value:
            session.merge(TargetAttribute(target_id=target.id, key=key, value=value))
    if target.request_attributes:  # it was asked, and whoever asked waits for what follows
        target.request_attributes, target.due = False, True
    _take_over(session, target, wanted, now_ms)


def attributes_of(session: Session, target_id: int) -> list[TargetAttribute]:
    found = select(TargetAttribute).where(TargetAttribute.target_id == target_id)
    return list(session.scalars(found.order_by(TargetAttribute.key)))


def _take_over(session: Session, target: Target, wanted: Mapping[str, str], now_ms: int) -> None:
    """What lists and channels need of it, in columns of its own."""
    before = target.release
    facts = (
        wanted.get("board"),
        _number(wanted.get("revision"), _REVISION_DIGITS),
        wanted.get("release"),
        _number(wanted.get("sequence"), _SEQUENCE_DIGITS),
    )
    if facts == (target.model, target.revision, before, target.sequence):
        return
    target.model, target.revision, target.release, target.sequence = facts
    target.due = True
    was, now, fell = rank(before), rank(target.release), rank(target.fell_from)
    if was and now and now < was:
        fall_back(session, target, before or "", now_ms)
    elif fell and now and now >= fell:
        target.fell_from = None


def fall_back(session: Session, target: Target, version: str, now_ms: int) -> None:
    """It went back to an older release by itself: what was a success has failed after all."""
    target.fell_from = version
    last = session.get(Action, target.installed_action_id) if target.installed_action_id else None
    if last is None or last.status is not Status.FINISHED or last.set.version != version:
        return
    text = f"The board went back from {version} to {target.release} by itself."
    note(session, last, Status.ERROR, text, now_ms)
    last.status = Status.ERROR
    if target.assigned_set_id == last.set_id:
        target.assigned_set_id, target.state = None, TargetState.ERROR
    _install(session, target, last.set)


def _install(session: Session, target: Target, failed: DistributionSet) -> None:
    """What it runs now and the action that brought it, as far as they are known here."""
    older = session.scalars(
        select(DistributionSet).where(
            DistributionSet.name == failed.name,
            DistributionSet.type_id == failed.type_id,
            DistributionSet.version == target.release,
        )
    ).first()
    target.installed_set_id = older.id if older else None
    target.installed_action_id = None
    if older:
        brought = select(Action.id).where(
            Action.target_id == target.id,
            Action.set_id == older.id,
            Action.status == Status.FINISHED,
        )
        target.installed_action_id = session.scalar(brought.order_by(Action.id.desc()).limit(1))


def _number(text: str | None, digits: int) -> int | None:
    if text and text.isascii() and text.isdigit() and len(text) <= digits:
        return int(text)
    return None
