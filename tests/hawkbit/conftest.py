"""Tests against a real hawkBit: `make test-hawkbit`. They are not part of `make test`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hawkbit_server import PASSWORD, HawkbitServer, missing
from hawkbit_world import Cabinet, World

from fleet.server import FleetServer
from fleet.settings import Settings
from owner import Owner

_HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Only who names this folder, or a file in it, gets it."""
    asked = [Path(each.partition("::")[0]).absolute() for each in config.args]
    named = any(each == _HERE or _HERE in each.parents for each in asked)
    return None if named or collection_path == _HERE else True


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    reason = missing()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("hawkbit")
    owner = Owner(folder / "owner")
    settings = Settings(folder / "tuf", trust=owner.settings)
    with (
        HawkbitServer(folder) as hawkbit,
        FleetServer(folder / "tuf", admin=PASSWORD, settings=settings) as tuf,
    ):
        made = World(folder, hawkbit, tuf, owner)
        made.publish(made.base)
        yield made
        made.close()


@pytest.fixture
def new_cabinet(world: World) -> Iterator[Callable[[], Cabinet]]:
    """Boards that are switched off at the end of the test."""
    with ExitStack() as opened:

        def make() -> Cabinet:
            cabinet = world.new_cabinet()
            opened.callback(cabinet.board.close)
            return cabinet

        yield make
