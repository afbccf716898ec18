"""Runs mypy as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


class MypyError(Exception):
    """mypy itself failed; the text is what it said."""


def run_mypy(
    root: Path, search: Iterable[str | Path], arguments: Iterable[str | Path]
) -> list[str]:
    """What mypy says of code below `root`, a line each; `search`: where modules are looked for.

    No configuration counts but the arguments. Raises MypyError.
    """
    result = subprocess.run(  # noqa: S603 - our own tools
        [
            *(sys.executable, "-m", "mypy", "--no-error-summary", "--no-pretty"),
            *arguments,
        ],
        cwd=root,
        env={**os.environ, "MYPYPATH": ":".join(map(str, search))},
        capture_output=True,
        text=True,
        check=False,
    )
    # 1: mistakes were found. 2, with a line in the form of a mistake: a file did not parse.
    if result.returncode not in (0, 1) and ": error: " not in result.stdout:
        raise MypyError(result.stderr.strip() or result.stdout.strip())
    return [line for line in result.stdout.splitlines() if ": error: " in line]
