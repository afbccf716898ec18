"""A copy of all that the checks look at, for tests to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

from unixport import ROOT


def copy_of_project(target: Path) -> Path:
    """The board's code and what its budgets depend on."""
    target.mkdir()
    for name in ("boot.py", "main.py"):
        shutil.copy(ROOT / name, target)
    for name in ("lib", "assets", "firmware"):
        shutil.copytree(ROOT / name, target / name)
    return target
