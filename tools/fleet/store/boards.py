"""Tables of what happens in the field: targets (boards), their actions, and what they report."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.actions import ForceType, Status, TargetState
from fleet.offers import Verdict
from fleet.store.models import Audited, Base, DistributionSet, Id, text_enum
from fleet.store.rollouts import Rollout


def _rare(name: str, column: str) -> Index:
    """The ids of those rows alone in which `column` is true, as each database is asked for it."""
    return Index(name, "id", sqlite_where=text(f"{column} = 1"), postgresql_where=text(column))


class Target(Audited, Base):
    """A board. `request_attributes`: the server wants its configData. `group` is its site.

    The two `…_set_id` and `installed_action_id` follow from its actions; they stand here so
    that a poll is answered by one read. `model` to `sequence` follow from its attributes, None
    if they are missing there or make no sense.

    `security_token` is sealed (fleet.tokens).

    What a channel makes of it: `due` says that this is to be found out anew; `verdict` and
    `verdict_text` were found last. `fell_from` is the release from which it went back to an
    older one. Actions up to `forgiven_action_id` no longer count against their releases.
    """

    __tablename__ = "target"
    __table_args__ = (
        _rare("target_due", "due"),
        Index("target_of_site", "board_group"),
        Index("target_by_state", "state", "controller_id"),
        Index("target_by_release", "release", "controller_id"),
        Index("target_by_contact", "last_contact_ms"),
        Index("target_by_verdict", "verdict"),
        Index("target_by_model", "model", "revision"),
        _rare("target_held", "held"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    controller_id: Mapped[str] = mapped_column(String(256), unique=True)
    name: Mapped[str] = mapped_column(String(256))
    description: Mapped[str | None] = mapped_column(String(512))
    group: Mapped[str | None] = mapped_column("board_group", String(256))
    security_token: Mapped[str] = mapped_column("sealed_token", String(1024))
    state: Mapped[TargetState] = mapped_column(text_enum(TargetState), default=TargetState.UNKNOWN)
    request_attributes: Mapped[bool] = mapped_column(default=True)
    address: Mapped[str | None] = mapped_column(String(512))
    last_contact_ms: Mapped[int | None] = mapped_column(BigInteger)
    installed_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    assigned_set_id: Mapped[int | None] = mapped_column(ForeignKey("distribution_set.id"))
    installed_set_id: Mapped[int | None] = mapped_column(ForeignKey("distribution_set.id"))
    installed_action_id: Mapped[int | None] = mapped_column(BigInteger)
    model: Mapped[str | None] = mapped_column(String(128))
    revision: Mapped[int | None]
    release: Mapped[str | None] = mapped_column(String(128))
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    held: Mapped[bool] = mapped_column(default=False)
    due: Mapped[bool] = mapped_column(default=True)
    verdict: Mapped[Verdict | None] = mapped_column(text_enum(Verdict))
    verdict_text: Mapped[str | None] = mapped_column(String(512))
    fell_from: Mapped[str | None] = mapped_column(String(128))
    forgiven_action_id: Mapped[int | None] = mapped_column(BigInteger)
    auto_confirm_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    auto_confirm_by: Mapped[str | None] = mapped_column(String(256))
    auto_confirm_remark: Mapped[str | None] = mapped_column(String(512))
    assigned_set: Mapped[DistributionSet | None] = relationship(foreign_keys=[assigned_set_id])
    installed_set: Mapped[DistributionSet | None] = relationship(foreign_keys=[installed_set_id])


class TargetAttribute(Base):
    """One attribute a board reported by configData."""

    __tablename__ = "target_attribute"
    target_id: Mapped[int] = mapped_column(
        ForeignKey("target.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    value: Mapped[str] = mapped_column(String(128))


class Pickup(Base):
    """A pickup code that a board handed over (docs/locker.md), the newest of each door.

    `sealed_code` as by fleet.sealing; `closed_at_s`: seconds since 1970, None if the board had no
    clock.
    """

    __tablename__ = "pickup"
    target_id: Mapped[int] = mapped_column(
        ForeignKey("target.id", ondelete="CASCADE"), primary_key=True
    )
    door: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(8))
    size: Mapped[str] = mapped_column(String(8))
    sealed_code: Mapped[str] = mapped_column(String(256))
    closed_at_s: Mapped[int | None] = mapped_column(BigInteger)
    received_ms: Mapped[int] = mapped_column(BigInteger)


class Action(Audited, Base):
    """One assignment of one set to one board, and how it stands.

    The window is hawkBit's maintenance window of this action alone: all three or none.
    """

    __tablename__ = "action"
    __table_args__ = (
        Index("action_of_target", "target_id", "active"),
        Index("action_of_group", "rollout_id", "group_id", "status"),
        _rare("action_active", "active"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"))
    set_id: Mapped[int] = mapped_column(ForeignKey("distribution_set.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    status: Mapped[Status] = mapped_column(text_enum(Status), default=Status.RUNNING)
    force_type: Mapped[ForceType] = mapped_column(text_enum(ForceType), default=ForceType.FORCED)
    force_time_ms: Mapped[int | None] = mapped_column(BigInteger)
    weight: Mapped[int] = mapped_column(default=1000)
    last_code: Mapped[int | None] = mapped_column(BigInteger)
    external_ref: Mapped[str | None] = mapped_column(String(512))
    rollout_id: Mapped[int | None] = mapped_column(ForeignKey("rollout.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("rollout_group.id"))
    window_schedule: Mapped[str | None] = mapped_column(String(128))
    window_duration: Mapped[str | None] = mapped_column(String(8))
    window_zone: Mapped[str | None] = mapped_column(String(64))
    target: Mapped[Target] = relationship(lazy="joined")
    set: Mapped[DistributionSet] = relationship(lazy="joined")
    rollout: Mapped[Rollout | None] = relationship()


class ActionStatus(Base):
    """One line of an action's history. `occurred_ms`: the board's clock, `reported_ms`: ours."""

    __tablename__ = "action_status"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id", ondelete="CASCADE"), index=True)
    status: Mapped[Status] = mapped_column(text_enum(Status))
    occurred_ms: Mapped[int] = mapped_column(BigInteger)
    reported_ms: Mapped[int] = mapped_column(BigInteger)
    code: Mapped[int | None] = mapped_column(BigInteger)
    messages: Mapped[list[str]] = mapped_column(JSON, default=list)
