"""One cabinet on the bench, its page served, for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from shown import PATIENCE_S, Shown

from browser import browser
from playground.bench import Options, open_bench
from playground.server import PageServer
from virtualboard.board import BOARD_HEAP_BYTES

__all__ = ["browser"]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    out = tmp_path_factory.mktemp("bench")
    options = Options(out, "cabinet16", BOARD_HEAP_BYTES, "en", "storage")
    with (
        open_bench(options) as bench,
        PageServer(bench, "127.0.0.1", 0) as page,
        httpx.Client(base_url=page.url, timeout=PATIENCE_S, verify=False) as http,
    ):
        yield Shown(bench, page.url, http)


@pytest.fixture
def shown(served: Shown) -> Shown:
    """The cabinet as it is when nobody is there: switched on, all doors closed, in range."""
    for door in served.bench.board.world.doors:
        door.close()
        door.is_jammed = False
    served.do(do="wifi", on=True)
    served.do(do="power", on=True)
    served.says("Ready")
    return served
