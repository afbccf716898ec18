"""People who may sign in, and where they are signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fleet.store.migrations.columns import key, link, number, words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "person",
        key(),
        words("name", 64),
        words("password", 256),
        words("role", 24),
        number("created_ms"),
        number("changed_ms"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        link("person_id", "person.id", null=True, ondelete="CASCADE"),
        number("created_ms"),
        number("seen_ms"),
    )
    op.create_index("ix_sign_in_person_id", "sign_in", ["person_id"])
    op.create_index("ix_sign_in_seen_ms", "sign_in", ["seen_ms"])
