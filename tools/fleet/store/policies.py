"""Tables of what operators have decided: channels, pauses, windows, settings; and who did what.

`kind` and `place` are those of a fleet.scopes.Scope. Times are milliseconds since 1970.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.store.models import Audited, Base, DistributionSet, Id

CHANNEL_LENGTH = 64


class Channel(Audited, Base):
    """A name for the newest release of a kind. `rollout_id`: what moves its boards there now."""

    __tablename__ = "channel"
    name: Mapped[str] = mapped_column(String(CHANNEL_LENGTH), primary_key=True)
    set_id: Mapped[int | None] = mapped_column(ForeignKey("distribution_set.id"))
    rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollout.id"))
    set: Mapped[DistributionSet | None] = relationship()


class Placed:
    """A policy for a board, a site or all."""

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    place: Mapped[str] = mapped_column(String(256), primary_key=True)
    by: Mapped[str] = mapped_column("set_by", String(256))
    at_ms: Mapped[int] = mapped_column("set_at_ms", BigInteger)


class Follow(Placed, Base):
    """Which channel boards follow."""

    __tablename__ = "follow"
    channel: Mapped[str] = mapped_column(ForeignKey("channel.name"))


class Pause(Placed, Base):
    """That boards neither download nor install for now."""

    __tablename__ = "pause"
    reason: Mapped[str] = mapped_column(String(512), default="")


class UpdateWindow(Placed, Base):
    """When boards may install: from each time of `schedule` on, for `duration`, in `zone`."""

    __tablename__ = "update_window"
    schedule: Mapped[str] = mapped_column(String(128))
    duration: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))


class Setting(Base):
    """A setting of the Mgmt API's /system/configs that differs from its preset; JSON."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str] = mapped_column(String(1024))


class AuditEntry(Base):
    """Who did what to what. `subject`: `board:…`, `site:…`, `rollout:…` and so on."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_of", "subject", "id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(256))
    what: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(320))
    detail: Mapped[str] = mapped_column(String(1024), default="")
