"""One fleet for all stories of a process; each story brings its own cabinet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cabinet import Cabinet, Fleet, MakeCabinet, factory_flash

from lockerctl.release_dir import Release


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with Fleet(tmp_path_factory.mktemp("fleet")) as made:
        yield made


@pytest.fixture
def make_cabinet(fleet: Fleet, tmp_path: Path) -> Iterator[MakeCabinet]:
    """`make_cabinet(release, settings=…, files=…, board=…)`: switched off, as from production."""
    with ExitStack() as opened:

        def make(
            release: Release | None = None, board: dict[str, Any] | None = None, **options: Any
        ) -> Cabinet:
            name = fleet.new_board()
            path = tmp_path / f"{name}.bin"
            path.write_bytes(factory_flash(fleet, name, release or fleet.workshop.base, **options))
            model = options.get("model", "bench")
            return opened.enter_context(Cabinet(fleet, name, path, model, **(board or {})))

        yield make
