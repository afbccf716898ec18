"""Alembic's entry: runs the steps on the connection that fleet.store.migrate has opened."""

from __future__ import annotations

from alembic import context

# All or nothing: a server that is killed half-way finds the old schema, whole.
context.configure(
    connection=context.config.attributes["connection"],
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
