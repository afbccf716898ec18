"""Indexes of rare rows as SQLite's planner knows them again, and of what hardware there is.

SQLAlchemy asks it for `due = 1`, which is not the `due` that the indexes were made with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_index("target_due", "target")
    op.drop_index("action_active", "action")
    for name, table, column in (
        ("target_due", "target", "due"),
        ("target_held", "target", "held"),
        ("action_active", "action", "active"),
    ):
        op.create_index(
            name,
            table,
            ["id"],
            sqlite_where=sa.text(f"{column} = 1"),
            postgresql_where=sa.text(column),
        )
    op.create_index("target_by_model", "target", ["model", "revision"])
