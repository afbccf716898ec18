"""Room for sealed tokens, and pickup codes that boards have handed over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from fleet.store.migrations.columns import link, number, small, words

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # SQLite can't widen a column. The server seals what is in clear when it starts.
    op.add_column(
        "target", sa.Column("sealed_token", sa.String(1024), nullable=False, server_default="")
    )
    op.execute("UPDATE target SET sealed_token = security_token")
    op.execute("ALTER TABLE target DROP COLUMN security_token")
    op.create_table(
        "pickup",
        link("target_id", "target.id", ondelete="CASCADE"),
        small("door"),
        words("ref", 8),
        words("size", 8),
        words("sealed_code", 256),
        number("closed_at_s", null=True),
        number("received_ms"),
        sa.PrimaryKeyConstraint("target_id", "door"),
    )
