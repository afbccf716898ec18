"""Indexes by which operators pick boards out of very many, and count them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("target_by_state", "target", ["state", "controller_id"])
    op.create_index("target_by_release", "target", ["release", "controller_id"])
    op.create_index("target_by_contact", "target", ["last_contact_ms"])
    op.create_index("target_by_verdict", "target", ["verdict"])
    active = sa.text("active")
    op.create_index("action_active", "action", ["id"], sqlite_where=active, postgresql_where=active)
