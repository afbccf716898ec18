"""A server in this process, and people with browsers without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from web_world import Shop

from fleet.people import hashing


@pytest.fixture(autouse=True)
def cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """One password takes a tenth of a second otherwise."""
    monkeypatch.setattr(
        hashing, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A server of its own, with a viewer, an operator and an admin."""
    with Shop(tmp_path / "fleet") as made:
        yield made


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests of a module, for those that only look."""
    with Shop(tmp_path_factory.mktemp("module") / "fleet") as made:
        yield made
