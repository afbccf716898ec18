"""The screen of the audit log: who did what to what."""

from __future__ import annotations

from sqlalchemy import select
from starlette.responses import Response

from fleet.page.places import url_of
from fleet.page.visitors import Visitor
from fleet.store.policies import AuditEntry

PAGE = 100


async def log(visitor: Visitor) -> Response:
    """Newest first; of one subject if the address names it."""
    before, subject = visitor.number("before"), visitor.asked("subject")
    rows = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE + 1)
    if before is not None:
        rows = rows.where(AuditEntry.id < before)
    if subject:
        rows = rows.where(AuditEntry.subject == subject)
    found = await visitor.fleet.database.read(lambda session: session.scalars(rows).all())
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return visitor.show(
        "log.html",
        entries=found[:PAGE],
        subject=subject,
        older=url_of("/log", before=older, subject=subject) if older else None,
        newer=url_of("/log", subject=subject) if before is not None else None,
    )
