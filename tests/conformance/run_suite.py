"""Runs the official TUF conformance suite: `run_suite.py FOLDER [pytest options]`.

FOLDER is a copy of https://github.com/theupdateframework/tuf-conformance. Its packages go into a
virtual environment of their own below build/.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ENVIRONMENT = _HERE.parent.parent / "build" / "conformance" / "suite"


def main(argv: list[str]) -> int:
    """The suite's exit status; 0, with the reason, where it was not asked for or can't be run."""
    if not argv or not argv[0]:
        print(
            "conformance: skipped: no copy of the suite. Fetch "
            "https://github.com/theupdateframework/tuf-conformance and call "
            "make conformance SUITE=its-folder"
        )
        return 0
    suite = Path(argv[0]).resolve()
    if not (suite / "tuf_conformance").is_dir():
        print(f"conformance: {suite} has no folder tuf_conformance: not a copy of the suite")
        return 2
    if not shutil.which("faketime"):
        print("conformance: skipped: the suite needs faketime (Debian: apt install faketime)")
        return 0
    python = _ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(_ENVIRONMENT, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", suite], check=True)
    pytest = [str(python), "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(suite)]
    entrypoint = f"--entrypoint={_HERE / 'tuf_client'}"
    what = [str(suite / "tuf_conformance"), entrypoint, *argv[1:]]
    return subprocess.run([*pytest, *what], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
