"""The audit log: who did what to what, written in the very transaction that does it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fleet.store.policies import AuditEntry

_DETAIL = 1024
_SUBJECT = 320


def record(
    session: Session, user: str, what: str, subject: str, now_ms: int, detail: str = ""
) -> None:
    """One line. `what` is a verb of ours or a method of HTTP; no secret may be in `detail`."""
    session.add(
        AuditEntry(
            at_ms=now_ms, who=user, what=what, subject=subject[:_SUBJECT], detail=detail[:_DETAIL]
        )
    )
