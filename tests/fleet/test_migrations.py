"""From whatever schema a database has to today's, or not at all."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from fleet.store import engine as engine_module
from fleet.store.engine import DatabaseError, claim, open_engine
from fleet.store.migrate import migrate, upgrade
from fleet.store.tables import Base


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _run(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))
    engine.dispose()


def test_the_steps_lead_to_the_very_schema_that_the_program_uses(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_database_from_before_there_were_steps_keeps_what_is_in_it(database_url: str) -> None:
    _only_the_baseline(database_url)
    _run(
        database_url,
        "INSERT INTO target (id, controller_id, name, security_token, state, request_attributes,"
        " created_by, created_at, modified_by, modified_at)"
        " VALUES (7, 'hall-1', 'hall-1', 'its token', 'in_sync', false, 'ada', 1, 'ada', 1)",
    )
    open_engine(database_url).dispose()
    engine = open_engine(database_url)  # and what is up to date stays as it is
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, controller_id, state FROM target")).all()
        assert [tuple(row) for row in found] == [(7, "hall-1", "in_sync")]
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_the_schema_of_a_newer_program_is_refused_in_one_line(database_url: str) -> None:
    open_engine(database_url).dispose()
    _run(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match=r"schema \(9999\) is newer than this program") as told:
        open_engine(database_url)
    assert "\n" not in str(told.value)


def test_steps_that_are_cut_leave_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(connection: Connection) -> None:
        migrate(connection)
        assert "target" in inspect(connection).get_table_names()
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(engine_module, "migrate", cut)
    with pytest.raises(RuntimeError):
        open_engine(database_url)
    assert _tables(database_url) == set()


def test_a_second_server_on_one_database_is_refused(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_CLAIM_S", 0.2)
    first, second = open_engine(postgres_url), open_engine(postgres_url)
    claimed = claim(first)
    assert claimed is not None
    with pytest.raises(DatabaseError, match="another server is running on it"):
        claim(second)
    claimed.close()
    first.dispose()
    again = claim(second)
    assert again is not None
    again.close()
    second.dispose()


def _only_the_baseline(url: str) -> None:
    """What servers made before Alembic: the first step, and nobody who says so."""
    engine = create_engine(url)
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
