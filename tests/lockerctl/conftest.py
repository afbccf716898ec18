"""Small releases to work on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ceremonies import ceremony_in, cheap
from tooling import release_inputs, run

from lockerctl.keys.ceremony import Ceremony
from lockerctl.stand_in import stand_in

_SOURCES = {
    "lib/locker/__init__.py": "NAME = 'locker'\n",
    "lib/locker/doors.py": "def count():\n    return 4\n",
    "lib/ota/agent.py": "class Agent:\n    pass\n",
    "assets/texts/en.json": '{"idle": "Ready"}\n',
}


@pytest.fixture(scope="session")
def core_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small core as a file: an app image alone."""
    path = tmp_path_factory.mktemp("core") / "core.bin"
    path.write_bytes(stand_in("small", 200_000))
    return path


@pytest.fixture(scope="session")
def official() -> Path:
    """An official MicroPython `.bin` for ESP32, named by OFFICIAL_CORE."""
    path = os.environ.get("OFFICIAL_CORE")
    if path is None:
        pytest.skip("OFFICIAL_CORE does not name an official MicroPython .bin for ESP32")
    return Path(path)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with a small `lib` and `assets`, to be changed at will."""
    root = tmp_path / "sources"
    for name, text in _SOURCES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def first_release(sources: Path, core_file: Path, tmp_path: Path) -> Path:
    """Release 1.0.0 of the small sources, to be changed at will."""
    out = tmp_path / "1.0.0"
    run("release", "build", "--version", "1.0.0", "--out", out, *release_inputs(sources, core_file))
    return out


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The passphrase of all keys is in the environment, and costs nothing to try."""
    cheap(monkeypatch)


@pytest.fixture
def ceremony(tmp_path: Path) -> Ceremony:
    """One root key, one targets key."""
    return ceremony_in(tmp_path / "keys")


@pytest.fixture
def three_roots(tmp_path: Path) -> Ceremony:
    """Three root keys, of which two must sign."""
    return ceremony_in(tmp_path / "keys", keys={"root": 3, "targets": 1})
