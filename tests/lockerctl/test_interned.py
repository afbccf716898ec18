"""The names of all modules are taken at once: what is loaded later adds none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lockerctl.interned import with_names
from lockerctl.layers import app_files
from lockerctl.mpy import Names
from lockerctl.paths import ROOT
from unixport import run_micropython

_TELL = "import micropython\nmicropython.qstr_info(1)\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app layer of this project, as files at /app would be."""
    root = tmp_path_factory.mktemp("layer") / "app"
    for name, data in app_files(ROOT / "lib").items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def names_after(app: Path, *modules: str) -> set[str]:
    """The names that MicroPython holds when it has met all those of these modules."""
    tries = "".join(
        f"try:\n    __import__({name!r})\nexcept ImportError:\n    pass\n" for name in modules
    )
    result = run_micropython(["-c", tries + _TELL], path=[app])
    assert result.returncode == 0, result.stdout
    return set(re.findall(r"^Q\((.*)\)$", result.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    "module",
    [
        *(f"ota.{name}" for name in ("errors", "settings", "release", "manifest")),
        *("ddi.deployment", "net.url", "tuf.rules", "tuf.p256"),
        *(f"locker.{name}" for name in ("ledger", "texts", "drawing", "font")),
    ],
)
def test_module_adds_no_name_once_they_are_taken(app: Path, module: str) -> None:
    new = names_after(app, module) - names_after(app, "ota", "locker")
    assert len(new) > 5
    taken = ("ota.interned", "locker.interned")
    new = names_after(app, *taken, module) - names_after(app, *taken)
    # On a board they lie in /app, and those paths are taken too.
    assert {name for name in new if not name.startswith(f"{app}/")} == set()


def test_names_lie_in_one_module_of_the_two(app: Path) -> None:
    ota, locker = (
        Names.read((app / package / "interned.mpy").read_bytes()).texts()
        for package in ("ota", "locker")
    )
    assert b"serve_poll" in ota
    assert b"/app/locker/cabinet.mpy" in locker
    assert not ota & locker


def test_what_few_boards_load_is_left_out(app: Path) -> None:
    names = Names.read((app / "ota/interned.mpy").read_bytes()).texts()
    assert b"/app/tuf/p256.mpy" in names
    assert b"/app/tuf/rsa.mpy" not in names


def test_bytecode_with_more_names_does_what_it_did(app: Path, tmp_path: Path) -> None:
    many = [f"name_{n}".encode() for n in range(300)]
    made = Names.read((app / "ota/layout.mpy").read_bytes())
    (tmp_path / "layout.mpy").write_bytes(made.with_texts(many))
    again = Names.read((tmp_path / "layout.mpy").read_bytes())
    assert again.texts() == made.texts() | set(many)
    result = run_micropython(["-c", "import layout\nprint(layout.MANIFEST_BYTES)"], path=[tmp_path])
    assert result.stdout == "3584\n"


def test_layer_without_such_a_module_stays_as_it_is() -> None:
    files = {"/ota/agent.mpy": b"M", "/font.bin": b"\0"}
    assert with_names(files) == files
