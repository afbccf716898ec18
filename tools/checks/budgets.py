"""`python -m checks.budgets`: what the board's memory and flash have room for, and what is used.

lib/ is compiled exactly as `lockerctl release build` compiles it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from checks.budget import Budget
from checks.flash_space import flash_budgets
from checks.modules import read_modules
from checks.moments import moment_budgets, package_budgets
from checks.start_code import start_bytes
from checks.verdict import verdict
from lockerctl.errors import UserError
from lockerctl.interned import module_name
from lockerctl.layers import app_files, asset_files
from lockerctl.paths import ROOT
from lockerctl.tables import text_table


def all_budgets(root: Path) -> Iterator[Budget]:
    """Every budget of the project below `root`. Raises UserError."""
    files = app_files(root / "lib")
    code = {path: data for path, data in files.items() if path.endswith(".mpy")}
    sizes = {module_name(path): _code_bytes(path, data) for path, data in code.items()}
    yield from package_budgets(sizes)
    yield from moment_budgets(read_modules(root / "lib"), sizes, start_bytes(root))
    yield from flash_budgets(root, {"app": files, "assets": asset_files(root / "assets")})


def _code_bytes(path: str, data: bytes) -> int:
    """Of a module in the app layer; `interned` has none, only names that others have too."""
    return 0 if path.endswith("/interned.mpy") else len(data)


def exceeded(root: Path) -> list[str]:
    """Show the table of all budgets; a line for each that is exceeded, or can't be reckoned."""
    budgets, faults = [], []
    try:
        for budget in all_budgets(root):
            budgets.append(budget)
    except UserError as error:
        faults.append(str(error))
    rows = [(each.what, each.used, each.limit, each.margin) for each in budgets]
    print(text_table(("", "bytes", "budget", "to spare"), rows))
    over = [
        f"{each.what}: {-each.margin} bytes over its budget of {each.limit} ({each.source})"
        for each in budgets
        if each.margin < 0
    ]
    return over + faults


if __name__ == "__main__":
    sys.exit(verdict("budgets", lambda: exceeded(ROOT)))
