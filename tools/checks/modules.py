"""The board's modules and what each of them imports, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lockerctl.errors import UserError

# Calls that import the module whose name they are given.
_IMPORTERS = ("__import__", "load")
COMPUTED = "a computed name"


@dataclass(frozen=True)
class Import:
    """One import. `lazy`: it is in a function, so it happens when that is called.

    `module` is COMPUTED where the source does not spell it out. `names` are those behind `from`:
    each is a module of its own, or something in `module`.
    """

    module: str
    names: tuple[str, ...]
    line: int
    lazy: bool


@dataclass(frozen=True)
class Module:
    """A source file under its name in an import: `ota.agent`, `tuf` (its `__init__`), `main`."""

    name: str
    path: Path
    imports: tuple[Import, ...]

    @property
    def package(self) -> str:
        """`ota` of `ota.agent`."""
        return self.name.partition(".")[0]


def read_modules(lib: Path) -> dict[str, Module]:
    """All modules below `lib`, by name. Raises UserError."""
    found = {}
    for path in sorted(lib.rglob("*.py")):
        parts = path.relative_to(lib).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = read_module(path, name)
    return found


def read_module(path: Path, name: str) -> Module:
    """One module. Raises UserError."""
    is_package = path.name == "__init__.py"
    reader = _Reader(name if is_package else name.rpartition(".")[0])
    reader.visit(read_tree(path))
    return Module(name, path, tuple(reader.found))


def read_tree(path: Path) -> ast.Module:
    """The syntax tree of a source file. Raises UserError."""
    try:
        return ast.parse(path.read_text("utf-8"), str(path))
    except SyntaxError as error:
        raise UserError(f"{path}:{error.lineno}: {error.msg}") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot read it: {error}") from error


def targets(entry: Import, known: Container[str]) -> Iterator[str]:
    """The modules that an import names: `from ota import record` names `ota.record`."""
    inner = [f"{entry.module}.{name}" for name in entry.names if f"{entry.module}.{name}" in known]
    yield from inner
    if len(inner) < max(1, len(entry.names)):
        yield entry.module


def loaded(modules: Mapping[str, Module], roots: Iterable[str], *, ever: bool = False) -> set[str]:
    """What is in memory once `roots` are imported: they, and all that they import at once.

    `ever`: what their functions import as well.
    """
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name not in modules:
            continue
        found.add(name)
        waiting.append(name.rpartition(".")[0])
        for entry in modules[name].imports:
            if ever or not entry.lazy:
                waiting.extend(targets(entry, modules))
    return found


class _Reader(ast.NodeVisitor):
    def __init__(self, package: str) -> None:
        self.found: list[Import] = []
        self._package = package
        self._lazy = False

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, (), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            above = self._package.split(".")[: 1 - node.level or None]
            module = ".".join([*above, module] if module else above)
        self._add(module, tuple(alias.name for alias in node.names), node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in _IMPORTERS and node.args:
            match node.args[0]:
                case ast.Constant(value=str(name)):
                    self._add(name, (), node)
                case _:
                    self._add(COMPUTED, (), node)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_later(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_later(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_later(node)

    def _visit_later(self, node: ast.AST) -> None:
        outside, self._lazy = self._lazy, True
        self.generic_visit(node)
        self._lazy = outside

    def _add(self, module: str, names: tuple[str, ...], node: ast.stmt | ast.expr) -> None:
        self.found.append(Import(module, names, node.lineno, self._lazy))
