"""The schema of the first servers, which made it without any steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fleet.store.migrations.columns import audited, flag, key, link, number, small, words

revision = "0001"
down_revision = None


def upgrade() -> None:
    _types()
    _catalog()
    _texts()
    _field()


def _types() -> None:
    op.create_table(
        "module_type",
        key(),
        words("key", 64),
        words("name", 128),
        words("description", 512, null=True),
        words("colour", 16, null=True),
        small("min_artifacts"),
        small("max_assignments"),
        *audited(),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "set_type",
        key(),
        words("key", 64),
        words("name", 128),
        words("description", 512, null=True),
        words("colour", 16, null=True),
        *audited(),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "set_type_element",
        link("set_type_id", "set_type.id"),
        link("module_type_id", "module_type.id"),
        flag("mandatory"),
        sa.PrimaryKeyConstraint("set_type_id", "module_type_id"),
    )


def _catalog() -> None:
    op.create_table(
        "distribution_set",
        key(),
        link("type_id", "set_type.id"),
        words("name", 128),
        words("version", 64),
        words("description", 512, null=True),
        flag("required_migration_step"),
        flag("locked"),
        flag("valid"),
        *audited(),
        sa.UniqueConstraint("name", "version", "type_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "module",
        key(),
        link("type_id", "module_type.id"),
        words("name", 128),
        words("version", 64),
        words("description", 512, null=True),
        words("vendor", 256, null=True),
        flag("locked"),
        *audited(),
        sa.UniqueConstraint("type_id", "name", "version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "artifact",
        key(),
        link("module_id", "module.id"),
        words("filename", 256),
        number("size"),
        words("md5", 32),
        words("sha1", 40),
        words("sha256", 64),
        *audited(),
        sa.UniqueConstraint("module_id", "filename"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "set_module",
        link("set_id", "distribution_set.id"),
        link("module_id", "module.id"),
        sa.PrimaryKeyConstraint("set_id", "module_id"),
    )
    op.create_index("ix_set_module_module_id", "set_module", ["module_id"])


def _texts() -> None:
    op.create_table(
        "module_metadata",
        link("module_id", "module.id"),
        words("key", 128),
        sa.Column("value", sa.Text(), nullable=False),
        flag("target_visible"),
        sa.PrimaryKeyConstraint("module_id", "key"),
    )
    op.create_table(
        "set_metadata",
        link("set_id", "distribution_set.id"),
        words("key", 128),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("set_id", "key"),
    )


def _field() -> None:
    op.create_table(
        "target",
        key(),
        words("controller_id", 256),
        words("name", 256),
        words("description", 512, null=True),
        words("board_group", 256, null=True),
        words("security_token", 128),
        words("state", 24),
        flag("request_attributes"),
        words("address", 512, null=True),
        number("last_contact_ms", null=True),
        number("installed_at_ms", null=True),
        link("assigned_set_id", "distribution_set.id", null=True),
        link("installed_set_id", "distribution_set.id", null=True),
        number("installed_action_id", null=True),
        *audited(),
        sa.UniqueConstraint("controller_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "target_attribute",
        link("target_id", "target.id", ondelete="CASCADE"),
        words("key", 128),
        words("value", 128),
        sa.PrimaryKeyConstraint("target_id", "key"),
    )
    op.create_table(
        "action",
        key(),
        link("target_id", "target.id", ondelete="CASCADE"),
        link("set_id", "distribution_set.id"),
        flag("active"),
        words("status", 24),
        words("force_type", 24),
        number("force_time_ms", null=True),
        small("weight"),
        number("last_code", null=True),
        words("external_ref", 512, null=True),
        *audited(),
        sqlite_autoincrement=True,
    )
    op.create_index("action_of_target", "action", ["target_id", "active"])
    op.create_index("ix_action_set_id", "action", ["set_id"])
    op.create_table(
        "action_status",
        key(),
        link("action_id", "action.id", ondelete="CASCADE"),
        words("status", 24),
        number("occurred_ms"),
        number("reported_ms"),
        number("code", null=True),
        sa.Column("messages", sa.JSON(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_action_status_action_id", "action_status", ["action_id"])
