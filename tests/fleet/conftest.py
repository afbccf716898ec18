"""One server for all tests of a process: each test brings its own boards and sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet_world import GATEWAY_TOKEN, PASSWORD, World

from fleet.server import FleetServer
from fleet.settings import Settings


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data: Path = tmp_path_factory.mktemp("fleet")
    settings = Settings(data, gateway_token=GATEWAY_TOKEN, artifact_bytes=1 << 20)
    with FleetServer(data, admin=PASSWORD, settings=settings) as server, World(server) as made:
        yield made
