"""Columns that many tables have, for the steps alone: what a released step uses stays as it is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def key(name: str = "id") -> sa.Column[Any]:
    """An id, or a part of a primary key that is one."""
    return sa.Column(name, ID, primary_key=True)


def words(name: str, length: int, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=null)


def number(name: str, *, null: bool = False) -> sa.Column[Any]:
    """A number of any size: milliseconds, bytes, ids of what may be gone."""
    return sa.Column(name, sa.BigInteger(), nullable=null)


def small(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=null)


def flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def link(name: str, to: str, *, null: bool = False, ondelete: str | None = None) -> sa.Column[Any]:
    """The id of a row of another table, `to` = `table.id`."""
    return sa.Column(name, ID, sa.ForeignKey(to, ondelete=ondelete), nullable=null)


def audited() -> list[sa.Column[Any]]:
    """Who made a row and who changed it last."""
    return [
        words("created_by", 256),
        number("created_at"),
        words("modified_by", 256),
        number("modified_at"),
    ]


def placed() -> list[sa.Column[Any]]:
    """What a policy is about, and who made it."""
    return [
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("place", sa.String(256), primary_key=True),
        words("set_by", 256),
        number("set_at_ms"),
    ]


def add_link(table: str, name: str, to: str) -> None:
    """A column with the id of a row of another table. Alembic would copy SQLite's table for it."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind} REFERENCES {to} (id)")
