"""Shorter private names for the board: MicroPython keeps each name that it has met in RAM for ever.

`_report_attributes` becomes `_ra`, in its file alone, so many files share one name. Who reads a
traceback finds by the initials what is meant.
"""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Iterator, Mapping


def shorten(sources: Mapping[str, str]) -> dict[str, str]:
    """The sources of a board's modules by file name, changed in nothing but private names.

    A name stays as it is where some file looks it up in what is not its own, by a dot, an import or
    a string. Classes of several files that inherit from one another share their objects' names:
    these files stay as they are.
    """
    try:
        trees = {name: ast.parse(text) for name, text in sources.items()}
    except SyntaxError:
        return dict(sources)  # the compiler tells it better
    tokens = {name: _tokens(text) for name, text in sources.items()}
    there = {name for found in tokens.values() for name in _names(found)}
    kept = {name for tree in trees.values() for name in _looked_up(tree)}
    families = _families(trees)
    return {
        name: text
        if name in families
        else _renamed(text, tokens[name], _own(trees[name]) - kept, there)
        for name, text in sources.items()
    }


def _renamed(text: str, tokens: list[tokenize.TokenInfo], own: set[str], there: set[str]) -> str:
    new: dict[str, str] = {}
    taken = set(there)
    for name in _names(tokens):
        if _is_private(name) and name in own:
            short = next(each for each in _shorts(name) if each not in taken)
            if len(short) < len(name):
                new[name] = short
                taken.add(short)
    lines = text.splitlines(keepends=True)
    for token in reversed(tokens):
        if token.type == tokenize.NAME and token.string in new:
            row, start = token.start
            line = lines[row - 1]
            lines[row - 1] = line[:start] + new[token.string] + line[token.end[1] :]
    return "".join(lines)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _looked_up(tree: ast.Module) -> Iterator[str]:
    """The private names that a file may look up in what is not its own."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name) if _is_private(name):
                yield name
            case ast.ImportFrom(names=names):
                yield from (each.name for each in names if _is_private(each.name))
            case ast.Constant(value=str(text)):
                yield from re.findall(r"\b_[a-zA-Z0-9]\w*", text)


def _own(tree: ast.Module) -> set[str]:
    """The names that a file gives to something."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
    return found


def _shorts(name: str) -> Iterator[str]:
    """What may stand for a name, the best first."""
    initials = "_" + "".join(word[0] for word in name.split("_") if word).lower()
    yield initials
    yield from (f"{initials}{number}" for number in itertools.count(2))


def _names(tokens: list[tokenize.TokenInfo]) -> list[str]:
    """All names in a source, each once, in their order."""
    return list(dict.fromkeys(token.string for token in tokens if token.type == tokenize.NAME))


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def _families(trees: Mapping[str, ast.Module]) -> set[str]:
    """The files of classes that inherit from one of another file, and those of these."""
    defined = {
        node.name: name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found: set[str] = set()
    for name, tree in trees.items():
        for node in ast.walk(tree):
            for base in node.bases if isinstance(node, ast.ClassDef) else ():
                origin = defined.get(ast.unparse(base).rpartition(".")[2], name)
                if origin != name:
                    found |= {name, origin}
    return found
