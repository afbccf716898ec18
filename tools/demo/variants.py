"""The code of each release: a copy of the board's, with a release's changes in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from demo.chapters import Edit
from demo.errors import DemoError


def write_code(source: Path, edits: Iterable[Edit], target: Path) -> Path:
    """Copy the tree `source` to `target`, a new folder, and change it there. Raises DemoError."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in edits:
        path = target / edit.path
        path.write_text(edited(path.read_text(), edit))
    return target


def edited(text: str, edit: Edit) -> str:
    """A file's text with the edit in it. DemoError when its place is not there exactly once."""
    if text.count(edit.old) != 1:
        raise DemoError(
            f"lib/{edit.path}: has {edit.old.strip()!r} {text.count(edit.old)} times, once wanted: "
            "the code has changed, adapt tools/demo/chapters.py"
        )
    return text.replace(edit.old, edit.new)
