"""The font of the screens: taken where it is, fetched where it is not, or told in one line."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lockerctl import unifont
from lockerctl.errors import UserError

_APT = """#!/bin/sh
echo "$@" >>"{log}"
case "$*" in
*update) touch "{log}.lists"; exit {update};;
*download*) {download}
esac
"""
_HAS_IT = "touch unifont_1_all.deb"
_HAS_LISTS = f'if [ -e "{{log}}.lists" ]; then {_HAS_IT}; else echo "E: no lists" >&2; exit 100; fi'
_HAS_NONE = 'echo "E: first" >&2; echo "E: Unable to locate package" >&2; exit 100'
_DPKG = """#!/bin/sh
mkdir -p "$3/usr/share/unifont"
echo "0041:00183C" >"$3/usr/share/unifont/unifont.hex"
"""


class Debian:
    """Stands for apt-get and dpkg-deb, first on the PATH."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._log = folder / "log"
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        self._script("dpkg-deb", _DPKG)

    def gives(self, download: str, update: int = 0) -> None:
        """What apt-get does from now on."""
        filled = download.format(log=self._log)
        self._script("apt-get", _APT.format(log=self._log, update=update, download=filled))

    def asked(self) -> list[str]:
        """The verbs that apt-get was called with."""
        if not self._log.exists():
            return []
        return re.findall(r"(download|update)(?: unifont)?$", self._log.read_text(), re.MULTILINE)

    def _script(self, name: str, text: str) -> None:
        path = self._folder / name
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Debian:
    folder = tmp_path / "bin"
    folder.mkdir()
    return Debian(folder, monkeypatch)


def test_font_is_fetched_once(debian: Debian, tmp_path: Path) -> None:
    debian.gives(_HAS_IT)
    path = unifont.fetch(tmp_path / "fonts")
    assert unifont.load_font(path).glyph("A") == b"\x00\x18\x3c"
    assert unifont.fetch(tmp_path / "fonts") == path
    assert debian.asked() == ["download"]
    assert sorted(file.name for file in (tmp_path / "fonts").iterdir()) == ["lock", "usr"]


def test_system_without_lists_of_packages_gets_some_of_our_own(
    debian: Debian, tmp_path: Path
) -> None:
    debian.gives(_HAS_LISTS)
    assert unifont.fetch(tmp_path / "fonts").exists()
    assert debian.asked() == ["download", "update", "download"]


def test_source_of_packages_that_fails_may_be_another_than_needed(
    debian: Debian, tmp_path: Path
) -> None:
    debian.gives(_HAS_LISTS, update=100)
    assert unifont.fetch(tmp_path / "fonts").exists()


@pytest.mark.parametrize(
    ("download", "update", "reason"),
    [(_HAS_NONE, 0, "apt-get: E: Unable to locate package"), ("exit 7", 100, "apt-get: status 7")],
)
def test_font_that_can_not_be_had_is_told_in_one_line(
    debian: Debian, tmp_path: Path, download: str, update: int, reason: str
) -> None:
    debian.gives(download, update)
    with pytest.raises(UserError) as caught:
        unifont.fetch(tmp_path / "fonts")
    (line,) = str(caught.value).splitlines()
    assert "install Debian's package unifont, or name its unifont.hex in LOCKER_UNIFONT" in line
    assert reason in line


def test_system_without_apt_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"the font of the screens is missing.*apt-get"):
        unifont.fetch(tmp_path / "fonts")


def test_font_that_is_named_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "my.hex"
    path.write_text("0041:FF\n")
    monkeypatch.setenv("LOCKER_UNIFONT", str(path))
    assert unifont.the_font().glyph("A") == b"\xff"


@pytest.mark.parametrize("content", [None, b"", b"\x00\xff"])
def test_named_file_that_is_no_font_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "my.hex"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("LOCKER_UNIFONT", str(path))
    with pytest.raises(UserError, match=r"my\.hex"):
        unifont.the_font()
