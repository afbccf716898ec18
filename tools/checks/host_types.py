"""`python -m checks.host_types`: mypy --strict for the host's code and its tests.

Folders of tests are checked one by one, as pytest loads them: each has its own `conftest`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from checks.typechecker import run_mypy
from checks.verdict import verdict
from lockerctl.paths import ROOT

# What runs under MicroPython: neither its library nor its idiom is the host's.
_BOARD_CODE = (
    "tools/virtualboard/shims/",
    "tests/board/",
    "tests/conformance/client/",
    "tests/conformance/verify_lines.py",
    "tests/first_release/",
)
_CONFIG = ("--config-file", str(ROOT / "pyproject.toml"))
_FOR_TESTS = (
    # Mistakes in what they import are told when that is checked itself.
    "--follow-imports=silent",
    # Their lambdas call what gives nothing.
    "--disable-error-code=func-returns-value",
)


def mistakes(root: Path) -> list[str]:
    """A line for each mistake below `root`/tools and `root`/tests. Raises MypyError."""
    told = _mistakes(root, ["tools"], sorted((root / "tools").rglob("*.py")))
    tests = root / "tests"
    told += _mistakes(root, ["tools", "tests"], sorted(tests.glob("*.py")), _FOR_TESTS)
    for folder in sorted(path for path in tests.iterdir() if path.is_dir()):
        search = ["tools", "tests", str(folder)]
        told += _mistakes(root, search, sorted(folder.glob("*.py")), _FOR_TESTS)
    return told


def _mistakes(
    root: Path, search: list[str], files: list[Path], more: tuple[str, ...] = ()
) -> list[str]:
    names = [str(path.relative_to(root)) for path in files]
    names = [name for name in names if not name.startswith(_BOARD_CODE)]
    lines = run_mypy(root, search, (*_CONFIG, *more, *names)) if names else []
    return [line.replace(": error: ", ": ", 1) for line in lines]


if __name__ == "__main__":
    sys.exit(verdict("types of the host's code", lambda: mistakes(ROOT)))
