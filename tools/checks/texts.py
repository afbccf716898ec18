"""`python -m checks.texts`: every text that the board's code shows is there, and each is shown.

That the texts are there in every language and fit the screen, and that the font has their
characters, is checked whenever they are made into files for a board, so here too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.modules import read_tree
from checks.text_uses import Use, constants, find_uses, listed
from checks.verdict import verdict
from lockerctl.layers import asset_files
from lockerctl.paths import ROOT
from lockerctl.texts import TEXTS, Entry, load_texts

# Where texts are shown.
_LOCKER = Path("lib/locker")

# Names that are computed: their first letters, and the tuple that has all of their ends.
_LISTS = {"event_": ("ledger.py", "KINDS"), "menu_": ("service.py", "_MENU")}


def mistakes(root: Path) -> Iterator[str]:
    """A line for each mistake below `root`. Raises UserError."""
    asset_files(root / "assets")
    texts = load_texts(root / "assets" / TEXTS)
    trees = {path: read_tree(path) for path in sorted((root / _LOCKER).rglob("*.py"))}
    ends = {
        start: listed(trees[root / _LOCKER / module], table)
        for start, (module, table) in _LISTS.items()
    }
    uses = list(find_uses(trees))
    for use in uses:
        for problem in _problems(use, texts, ends.get(use.name)):
            yield f"{use.path.relative_to(root)}:{use.line}: {problem}"
    spelled = constants(trees.values())
    for name in texts:
        if not any(_shows(use, name, ends.get(use.name, spelled)) for use in uses):
            yield f"assets/{TEXTS}: text {name} is shown nowhere in {_LOCKER}"


def _problems(use: Use, texts: Mapping[str, Entry], ends: set[str] | None) -> Iterator[str]:
    """`ends`: all that may follow the first letters of a computed name, where that is known."""
    if use.computed and ends is not None:
        for name in sorted(use.name + end for end in ends):
            if name not in texts:
                yield f"there is no text {name} in assets/{TEXTS}"
    elif use.computed:
        if not any(name.startswith(use.name) for name in texts):
            yield f"there is no text {use.name}… in assets/{TEXTS}"
    elif use.name not in texts:
        yield f"there is no text {use.name} in assets/{TEXTS}"
    elif use.values not in (None, len(texts[use.name].values)):
        yield f"text {use.name} has {len(texts[use.name].values)} values, not {use.values}"


def _shows(use: Use, name: str, ends: set[str]) -> bool:
    if use.computed:
        return name.startswith(use.name) and name.removeprefix(use.name) in ends
    return name == use.name


if __name__ == "__main__":
    sys.exit(verdict("texts", lambda: mistakes(ROOT)))
