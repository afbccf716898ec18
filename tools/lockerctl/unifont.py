"""GNU Unifont, the font of the screens: from Debian's package, which is fetched when it is missing.

Nothing of it lies in this repository. Its licences are named in docs/screens.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.paths import ROOT

PACKAGE = "unifont"
VARIABLE = "LOCKER_UNIFONT"
_FILE = "usr/share/unifont/unifont.hex"
_FETCHED = ROOT / "build" / "fonts"
_TIMEOUT_S = 150
_PATIENT = ("-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=20")
# Root's apt would hand the download to a user who can't write here.
_AS_WE_ARE = ("-o", "APT::Sandbox::User=root")


@dataclass(frozen=True)
class Font:
    """Glyphs by their number in Unicode, as unifont.hex has them: `4E00` to hexadecimal rows."""

    path: Path
    glyphs: Mapping[str, str]

    def glyph(self, char: str) -> bytes:
        """Its rows from the top, the leftmost dot in the highest bit: 16 bytes, 32 if it is wide.

        UserError: the font has no such character.
        """
        try:
            return bytes.fromhex(self.glyphs[f"{ord(char):04X}"])
        except KeyError:
            raise UserError(f"{self.path} has no glyph for {char!r}") from None


def the_font() -> Font:
    """The font, fetched if need be. Raises UserError."""
    named = os.environ.get(VARIABLE)
    if named:
        return load_font(Path(named))
    for path in (Path("/", _FILE), _FETCHED / _FILE):
        if path.exists():
            return load_font(path)
    return load_font(fetch(_FETCHED))


@cache
def load_font(path: Path) -> Font:
    """The font in a file like unifont.hex. Raises UserError."""
    lines = read_file(path).decode("ascii", "replace").splitlines()
    glyphs = dict(line.split(":", 1) for line in lines if ":" in line)
    if not glyphs:
        raise UserError(f"{path}: there are no glyphs in it; a unifont.hex is wanted")
    return Font(path, glyphs)


def fetch(folder: Path) -> Path:
    """Bring the package's font below `folder`, as any user; its path. Raises UserError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / _FILE).exists():  # another process may just have fetched it
                with tempfile.TemporaryDirectory(dir=folder) as work:
                    _download(Path(work))
                    _unpack(Path(work), folder)
    except (OSError, subprocess.SubprocessError) as error:
        raise UserError(
            f"the font of the screens is missing: install Debian's package {PACKAGE}, "
            f"or name its unifont.hex in {VARIABLE} ({_reason(error)})"
        ) from error
    return folder / _FILE


def _download(work: Path) -> None:
    """With the system's lists of packages, or, when it has none, with lists of our own."""
    try:
        _run(work, "apt-get", *_PATIENT, *_AS_WE_ARE, "download", PACKAGE)
    except subprocess.CalledProcessError:
        (work / "lists" / "partial").mkdir(parents=True)
        (work / "cache").mkdir()
        own = ("-o", f"Dir::State::Lists={work}/lists", "-o", f"Dir::Cache={work}/cache")
        # A source of packages that fails may be one that is not needed.
        with contextlib.suppress(subprocess.CalledProcessError):
            _run(work, "apt-get", *_PATIENT, *_AS_WE_ARE, *own, "update")
        _run(work, "apt-get", *_PATIENT, *_AS_WE_ARE, *own, "download", PACKAGE)


def _unpack(work: Path, folder: Path) -> None:
    package = next(work.glob("*.deb"))
    _run(work, "dpkg-deb", "-x", str(package), "unpacked")
    (folder / _FILE).parent.mkdir(parents=True, exist_ok=True)
    (work / "unpacked" / _FILE).replace(folder / _FILE)


def _run(work: Path, *command: str) -> None:
    subprocess.run(  # noqa: S603 - apt-get and dpkg-deb, with nothing that came from outside
        command,
        cwd=work,
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=_TIMEOUT_S,
    )


def _reason(error: OSError | subprocess.SubprocessError) -> str:
    """What went wrong, on one line."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).strip().splitlines() or [f"status {error.returncode}"]
        return f"{error.cmd[0]}: {lines[-1]}"
    return str(error)
