"""A headless Chromium for tests that need one: Debian's, found on the PATH.

A conftest offers it by `from browser import browser`. Tests are skipped where there is none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# It runs as root in containers, without a graphics card, and asks nobody on the network anything.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str | None:
    """The program, None where there is none."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


@contextmanager
def open_browser(path: str) -> Iterator[Browser]:
    """A browser with a new, empty profile."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, headless=True, args=list(_FLAGS))
        try:
            yield started
        finally:
            started.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process; each opens pages of its own."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on the PATH: apt-get install chromium")
    with open_browser(path) as started:
        yield started
