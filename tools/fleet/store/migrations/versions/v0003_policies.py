"""Rollouts, target filters, channels, pauses, windows, settings, and who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fleet.store.migrations.columns import (
    add_link,
    audited,
    flag,
    key,
    link,
    number,
    placed,
    small,
    words,
)

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _rollouts()
    _policies()
    _boards()
    _actions()


def _rollouts() -> None:
    op.create_table(
        "rollout",
        key(),
        words("name", 128),
        words("description", 512, null=True),
        link("set_id", "distribution_set.id"),
        words("query", 1024),
        words("status", 24),
        words("force_type", 24),
        number("force_time_ms", null=True),
        number("start_at_ms", null=True),
        small("weight"),
        words("decided_by", 256, null=True),
        words("remark", 512, null=True),
        words("why", 512, null=True),
        words("channel", 64, null=True),
        small("total"),
        flag("deleted"),
        *audited(),
        sqlite_autoincrement=True,
    )
    for column in ("name", "set_id", "status"):
        op.create_index(f"ix_rollout_{column}", "rollout", [column])
    op.create_table(
        "rollout_group",
        key(),
        link("rollout_id", "rollout.id", ondelete="CASCADE"),
        small("position"),
        words("name", 128),
        words("description", 512, null=True),
        words("query", 1024, null=True),
        sa.Column("percentage", sa.REAL(), nullable=False),
        words("status", 24),
        small("success_percent"),
        words("success_action", 24),
        small("error_percent"),
        flag("confirmation"),
        small("total"),
        *audited(),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rollout_group_rollout_id", "rollout_group", ["rollout_id"])
    op.create_table(
        "rollout_target",
        link("group_id", "rollout_group.id", ondelete="CASCADE"),
        link("target_id", "target.id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "target_id"),
    )
    op.create_index("rollout_of_target", "rollout_target", ["target_id"])
    op.create_table(
        "target_filter",
        key(),
        words("name", 128),
        words("query", 1024),
        link("auto_set_id", "distribution_set.id", null=True),
        words("auto_type", 24, null=True),
        small("auto_weight", null=True),
        flag("auto_confirmation"),
        *audited(),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )


def _policies() -> None:
    op.create_table(
        "channel",
        sa.Column("name", sa.String(64), primary_key=True),
        link("set_id", "distribution_set.id", null=True),
        link("rollout_id", "rollout.id", null=True),
        *audited(),
    )
    op.create_table(
        "follow",
        *placed(),
        sa.Column("channel", sa.String(64), sa.ForeignKey("channel.name"), nullable=False),
    )
    op.create_table("pause", *placed(), words("reason", 512))
    op.create_table(
        "update_window",
        *placed(),
        words("schedule", 128),
        words("duration", 8),
        words("zone", 64),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(128), primary_key=True),
        words("value", 1024),
    )
    op.create_table(
        "audit_entry",
        key(),
        number("at_ms"),
        words("who", 256),
        words("what", 64),
        words("subject", 320),
        words("detail", 1024),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_of", "audit_entry", ["subject", "id"])


def _boards() -> None:
    for column in (
        words("model", 128, null=True),
        small("revision", null=True),
        words("release", 128, null=True),
        number("sequence", null=True),
        sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("due", sa.Boolean(), nullable=False, server_default=sa.true()),
        words("verdict", 24, null=True),
        words("verdict_text", 512, null=True),
        words("fell_from", 128, null=True),
        number("forgiven_action_id", null=True),
        number("auto_confirm_at_ms", null=True),
        words("auto_confirm_by", 256, null=True),
        words("auto_confirm_remark", 512, null=True),
    ):
        op.add_column("target", column)
    due = sa.text("due")
    op.create_index("target_due", "target", ["id"], sqlite_where=due, postgresql_where=due)
    op.create_index("target_of_site", "target", ["board_group"])
    # What boards have reported already; what is no number is left out.
    for name, attribute in (("model", "board"), ("release", "release")):
        op.execute(_reported(name, "value", attribute))
    op.execute(_reported("revision", "CAST(value AS INTEGER)", "revision", digits=9))
    op.execute(_reported("sequence", "CAST(value AS BIGINT)", "sequence", digits=18))


def _actions() -> None:
    add_link("action", "rollout_id", "rollout")
    add_link("action", "group_id", "rollout_group")
    op.add_column("action", words("window_schedule", 128, null=True))
    op.add_column("action", words("window_duration", 8, null=True))
    op.add_column("action", words("window_zone", 64, null=True))
    op.create_index("action_of_group", "action", ["rollout_id", "group_id", "status"])


def _reported(column: str, value: str, name: str, digits: int = 0) -> str:
    """An attribute of each board into a column of it."""
    number_only = f" AND length(value) <= {digits} AND {_ONLY_DIGITS}" if digits else ""
    return (
        f"UPDATE target SET {column} = (SELECT {value} FROM target_attribute"  # noqa: S608
        f" WHERE target_id = target.id AND key = '{name}'{number_only})"
    )


# Both databases know it; nothing but digits is left of nothing but digits.
_ONLY_DIGITS = "value <> '' AND trim(value, '0123456789') = ''"
