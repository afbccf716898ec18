"""One server for all tests of a process: each test brings its own boards and sets.

What depends on the database is tested on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fleet_world import GATEWAY_TOKEN, PASSWORD, World
from postgres import MISSING, Postgres, binaries
from trust_world import Shop, ceremony_in

from fleet.server import FleetServer
from fleet.settings import Settings
from lockerctl.keys import keyfiles
from lockerctl.keys.keyfiles import Cost

# Nobody waits for what the server does by itself.
_LOOK_S = 0.1
_KINDS = ("sqlite", "postgresql")
# Modules of tests that are run on both, save those that ask little of the database but take long.
_ON_BOTH = (
    "test_ddi_",
    "test_mgmt_",
    "test_migrations",
    "test_rollouts",
    "test_policies",
    "test_durability",
)
_ON_ONE = ("test_ddi_auth", "test_ddi_downloads", "test_ddi_windows", "test_mgmt_catalog")
_SLOW = (
    "test_a_full_history",
    "test_a_filter_that_cannot_be",
    "test_a_new_core_is_assigned",
    "test_a_rollout_that_cannot_be",
    "test_pages_are_never_larger",
    "test_what_cannot_be_decided",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module, name = metafunc.module.__name__, metafunc.function.__name__
    both = module.startswith(_ON_BOTH) and not module.startswith(_ON_ONE)
    kinds = _KINDS if both and not name.startswith(_SLOW) else _KINDS[:1]
    if "world" in metafunc.fixturenames:
        metafunc.parametrize("world", kinds, indirect=True, scope="session")
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = binaries()
    if programs is None:
        pytest.skip(MISSING)
    with Postgres(programs) as running:
        yield running


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """An empty database."""
    return postgres.new_database()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fleet.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    data: Path = tmp_path_factory.mktemp("fleet")
    settings = Settings(data, gateway_token=GATEWAY_TOKEN, artifact_bytes=4 << 20, look_s=_LOOK_S)
    if request.param != "sqlite":
        postgres: Postgres = request.getfixturevalue("postgres")
        settings = replace(settings, database_url=postgres.new_database())
    with FleetServer(data, admin=PASSWORD, settings=settings) as server, World(server) as made:
        yield made


@pytest.fixture(autouse=True)
def no_test_leaves_work(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "world" in request.fixturenames:
        world: World = request.getfixturevalue("world")
        world.rest()


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """One try of a passphrase takes half a second otherwise."""
    monkeypatch.setattr(keyfiles, "COST", Cost(n=16, p=1))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Three root keys, of which two must sign, one targets key, and a server; 1.0.0 is signed."""
    made = Shop(tmp_path / "shop", ceremony_in(tmp_path / "keys", root=3))
    made.offer()
    return made
