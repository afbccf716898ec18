"""A server in a thread with a fleet of 120 boards, and people with browsers without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from seeded import Made, publish_some, seed_boards, seed_updates
from web_world import PASSWORD, Person, Shop

from browser import browser
from fleet.actions import TargetState
from fleet.client import FleetClient
from fleet.context import now_ms
from fleet.people import hashing
from fleet.people.roles import Role

__all__ = ["browser"]

_BOARDS = 120
_STATES = {
    "cabinet-0001": TargetState.PENDING,
    "cabinet-0002": TargetState.ERROR,
    "cabinet-0003": TargetState.IN_SYNC,
    "cabinet-0007": TargetState.ERROR,
}


@dataclass(frozen=True)
class Template:
    """A server's data, to be copied for each server that a test needs."""

    data: Path
    made: list[Made]


@pytest.fixture(scope="session", autouse=True)
def cheap_argon2() -> Iterator[None]:
    """One password takes a tenth of a second otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(hashing, "HASHER", cheap)
        yield


@pytest.fixture(scope="session")
def template(cheap_argon2: None, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A viewer, an operator and an admin; three releases; boards at five sites."""
    assert cheap_argon2 is None
    data = tmp_path_factory.mktemp("template") / "fleet"
    with Shop(data) as shop:
        for role in Role:
            shop.add(str(role), role)
        with FleetClient(shop.server.url, "operator", PASSWORD) as client:
            made = publish_some(client)
        shop.write(lambda session: seed_boards(session, made, _BOARDS, now_ms()))
        shop.write(lambda session: seed_updates(session, made[2], _STATES, now_ms()))
    return Template(data, made)


@pytest.fixture(scope="session")
def made(template: Template) -> list[Made]:
    """The releases 1.0.0, 1.1.0 and 1.2.0."""
    return template.made


@pytest.fixture
def shop(template: Template, tmp_path: Path) -> Iterator[Shop]:
    """A server of its own."""
    with Shop(shutil.copytree(template.data, tmp_path / "fleet")) as opened:
        yield opened


@pytest.fixture(scope="module")
def fleet(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests of a module, for those that only look."""
    data = tmp_path_factory.mktemp("module") / "fleet"
    with Shop(shutil.copytree(template.data, data)) as opened:
        yield opened


@pytest.fixture
def operator(shop: Shop) -> Person:
    """Somebody who may steer that server."""
    return shop.signed_in("operator")
