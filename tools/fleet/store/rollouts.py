"""Tables of releases on their way to many boards: rollouts with groups, and target filters."""

from __future__ import annotations

from sqlalchemy import REAL, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fleet.actions import ForceType
from fleet.rollout_rules import GroupStatus, RolloutStatus, SuccessAction
from fleet.store.models import Audited, Base, DistributionSet, Id, text_enum

QUERY_LENGTH = 1024


class Rollout(Audited, Base):
    """A set on its way to the boards that `query` matched when it was made, group by group.

    `why`: why it does not go on. `channel`: the channel that it moves, whose rules then say
    which boards take part.
    """

    __tablename__ = "rollout"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(128), index=True)
    description: Mapped[str | None] = mapped_column(String(512))
    set_id: Mapped[int] = mapped_column(ForeignKey("distribution_set.id"), index=True)
    query: Mapped[str] = mapped_column(String(QUERY_LENGTH))
    status: Mapped[RolloutStatus] = mapped_column(text_enum(RolloutStatus), index=True)
    force_type: Mapped[ForceType] = mapped_column(text_enum(ForceType), default=ForceType.FORCED)
    force_time_ms: Mapped[int | None] = mapped_column(BigInteger)
    start_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    weight: Mapped[int] = mapped_column(default=1000)
    decided_by: Mapped[str | None] = mapped_column(String(256))
    remark: Mapped[str | None] = mapped_column(String(512))
    why: Mapped[str | None] = mapped_column(String(512))
    channel: Mapped[str | None] = mapped_column(String(64))
    total: Mapped[int] = mapped_column(default=0)
    deleted: Mapped[bool] = mapped_column(default=False)
    set: Mapped[DistributionSet] = relationship()
    groups: Mapped[list[RolloutGroup]] = relationship(
        order_by="RolloutGroup.position", back_populates="rollout"
    )


class RolloutGroup(Audited, Base):
    """One step of a rollout. Thresholds in percent of its boards; `percentage` of all boards."""

    __tablename__ = "rollout_group"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    rollout_id: Mapped[int] = mapped_column(
        ForeignKey("rollout.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(128))
    description: Mapped[str | None] = mapped_column(String(512))
    query: Mapped[str | None] = mapped_column(String(QUERY_LENGTH))
    percentage: Mapped[float] = mapped_column(REAL, default=100.0)
    status: Mapped[GroupStatus] = mapped_column(text_enum(GroupStatus))
    success_percent: Mapped[int]
    success_action: Mapped[SuccessAction] = mapped_column(text_enum(SuccessAction))
    error_percent: Mapped[int]
    confirmation: Mapped[bool] = mapped_column(default=True)
    total: Mapped[int] = mapped_column(default=0)
    rollout: Mapped[Rollout] = relationship(back_populates="groups")


class RolloutTarget(Base):
    """That a board belongs to a group; its action is made when the rollout starts."""

    __tablename__ = "rollout_target"
    __table_args__ = (Index("rollout_of_target", "target_id"),)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("rollout_group.id", ondelete="CASCADE"), primary_key=True
    )
    target_id: Mapped[int] = mapped_column(
        ForeignKey("target.id", ondelete="CASCADE"), primary_key=True
    )


class TargetFilter(Audited, Base):
    """A query with a name; with a set, boards that match it are assigned that once, by itself."""

    __tablename__ = "target_filter"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(128), unique=True)
    query: Mapped[str] = mapped_column(String(QUERY_LENGTH))
    auto_set_id: Mapped[int | None] = mapped_column(ForeignKey("distribution_set.id"))
    auto_type: Mapped[ForceType | None] = mapped_column(text_enum(ForceType))
    auto_weight: Mapped[int | None]
    auto_confirmation: Mapped[bool] = mapped_column(default=True)
    auto_set: Mapped[DistributionSet | None] = relationship()
