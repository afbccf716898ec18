"""Bringing a database to the schema that this program knows, before anybody uses it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

_STEPS = Path(__file__).with_name("migrations")
_BASELINE = "0001"
# A table that every server has ever had.
_OLDEST = "target"


class SchemaError(Exception):
    """The database is a newer program's; one line says so."""


def migrate(connection: Connection) -> None:
    """Make the schema, or bring it up to date, in the transaction of `connection`.

    Raises SchemaError.
    """
    config = _config(connection)
    steps = ScriptDirectory.from_config(config)
    known = {each.revision for each in steps.walk_revisions()}
    found = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := found - known:
        raise SchemaError(
            f"its schema ({', '.join(sorted(unknown))}) is newer than this program: "
            "start the newer one, or restore a backup from before"
        )
    if not found and inspect(connection).has_table(_OLDEST):
        command.stamp(config, _BASELINE)
    if found != set(steps.get_heads()):
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Do the steps up to that one."""
    command.upgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    return config
