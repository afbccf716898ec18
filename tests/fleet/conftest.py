"""One server for all tests of a process: each test brings its own boards and sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet_world import GATEWAY_TOKEN, PASSWORD, World
from trust_world import Shop, ceremony_in

from fleet.server import FleetServer
from fleet.settings import Settings
from lockerctl.keys import keyfiles
from lockerctl.keys.keyfiles import Cost


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data: Path = tmp_path_factory.mktemp("fleet")
    settings = Settings(data, gateway_token=GATEWAY_TOKEN, artifact_bytes=1 << 20)
    with FleetServer(data, admin=PASSWORD, settings=settings) as server, World(server) as made:
        yield made


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
