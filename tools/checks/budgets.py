"""`python -m checks.budgets`: what the board's memory and flash have room for, and what is used.

lib/ is compiled exactly as `lockerctl release build` compiles it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
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
from lockerctl.mpy import Names
from lockerctl.paths import ROOT
from lockerctl.tables import text_table

# With 1,345 the emulated ESP32 had 1,229, for its core has some of them; from 1,260 on their table
# takes 9 KB more. Some come later, out of what servers send.
_MOST_NAMES = 1375


def all_budgets(root: Path) -> Iterator[Budget]:
    """Every budget of the project below `root`. Raises UserError."""
    files = app_files(root / "lib")
    code = {path: data for path, data in files.items() if path.endswith(".mpy")}
    sizes = {module_name(path): _code_bytes(path, data) for path, data in code.items()}
    yield from package_budgets(sizes)
    yield from moment_budgets(read_modules(root / "lib"), sizes, start_bytes(root))
    yield _names_budget(code)
    yield from flash_budgets(root, {"app": files, "assets": asset_files(root / "assets")})


def _names_budget(code: Mapping[str, bytes]) -> Budget:
    """What a cabinet with a keypad takes at its start: docs/memory.md."""
    filled = (data for path, data in code.items() if path.endswith("/interned.mpy"))
    names = {name for data in filled for name in Names.read(data).texts()}
    return Budget("names taken at the start", len(names), _MOST_NAMES, "docs/memory.md", "names")


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
    print(text_table(("", "used", "budget", "to spare"), rows))
    over = [
        f"{each.what}: {-each.margin} {each.unit} over its budget of {each.limit} ({each.source})"
        for each in budgets
        if each.margin < 0
    ]
    return over + faults


if __name__ == "__main__":
    sys.exit(verdict("budgets", lambda: exceeded(ROOT)))
