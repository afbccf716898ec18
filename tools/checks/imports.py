"""`python -m checks.imports`: boot.py, main.py and lib/ keep the import rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from checks.import_rules import RULES, problems
from checks.modules import read_module, read_modules
from checks.verdict import verdict
from lockerctl.paths import ROOT


def broken_rules(root: Path) -> Iterator[str]:
    """A line for each broken rule below `root`. Raises UserError."""
    lib = read_modules(root / "lib")
    start = [read_module(root / f"{name}.py", name) for name in ("boot", "main")]
    for module in (*start, *lib.values()):
        for line, text in problems(module, lib):
            yield f"{module.path.relative_to(root)}:{line}: {text}"
    for name in sorted(RULES - lib.keys()):
        yield f"lib: there is no {name} any more: see RULES in checks/import_rules.py"


if __name__ == "__main__":
    sys.exit(verdict("import rules", lambda: broken_rules(ROOT)))
