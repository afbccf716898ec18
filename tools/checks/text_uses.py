"""Where the board's code names texts of its screens, read from the source without running it.

`Screen.show` takes a text's name first. So does every function that hands one of its parameters
on in that place (`desk.say(name)`), and so on: they are found by their names.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Use:
    """A text that is shown: its name, or its first letters (`menu_`) where the rest is computed.

    `values`: how many fill it; None where the source does not tell.
    """

    path: Path
    line: int
    name: str
    values: int | None = None
    computed: bool = False


@dataclass(frozen=True)
class _Speaker:
    """Which argument is a text's name; `values` are so many, or what follows it (None)."""

    position: int
    values: int | None = None


_SHOW = {"show": _Speaker(0)}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_uses(trees: Mapping[Path, ast.Module]) -> Iterator[Use]:
    """Every place of these modules where a text is named."""
    speakers = _speakers(trees.values())
    for path, tree in trees.items():
        for call in _calls(tree):
            speaker = speakers.get(_called(call))
            if speaker is not None and len(call.args) > speaker.position:
                yield from _uses(path, call, speaker)


def constants(trees: Iterable[ast.Module]) -> set[str]:
    """All texts that are spelled out anywhere in the code."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def listed(tree: ast.Module, table: str) -> set[str]:
    """The texts of the tuple `table` of a module; of each tuple in it, the first one."""
    found = set()
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=rows)) if (
                name == table
            ):
                for row in rows:
                    match row:
                        case (
                            ast.Constant(value=str(text))
                            | ast.Tuple(elts=[ast.Constant(value=str(text)), *_])
                        ):
                            found.add(text)
    return found


def _speakers(trees: Iterable[ast.Module]) -> dict[str, _Speaker]:
    """`show`, and all that pass a parameter on to one that is known already."""
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, _Function)]
    known = dict(_SHOW)
    while True:
        before = len(known)
        for function in functions:
            if function.name not in known:
                found = _as_speaker(function, known)
                if found is not None:
                    known[function.name] = found
        if len(known) == before:
            return known


def _as_speaker(function: _Function, known: Mapping[str, _Speaker]) -> _Speaker | None:
    parameters = [each.arg for each in function.args.args if each.arg != "self"]
    for call in _calls(function):
        speaker = known.get(_called(call))
        if speaker is None or len(call.args) <= speaker.position:
            continue
        match call.args[speaker.position]:
            case ast.Name(id=name) if name in parameters:
                return _Speaker(parameters.index(name), _count(call, speaker))
    return None


def _uses(path: Path, call: ast.Call, speaker: _Speaker) -> Iterator[Use]:
    values = _count(call, speaker)
    for node in _choices(call.args[speaker.position]):
        match node:
            case ast.Constant(value=str(name)):
                yield Use(path, call.lineno, name, values)
            case ast.BinOp(left=ast.Constant(value=str(start))):  # "menu_" + …, "menu_%s" % …
                yield Use(path, call.lineno, start.partition("%")[0], computed=True)
            case ast.Tuple(elts=[ast.Constant(value=str(name)), *others]):
                yield Use(path, call.lineno, name, len(others))


def _choices(node: ast.expr) -> Iterator[ast.expr]:
    """`a` and `b` of `a if … else b`, also of `*(a if … else b)`."""
    match node:
        case ast.IfExp(body=body, orelse=other):
            yield from _choices(body)
            yield from _choices(other)
        case ast.Starred(value=value):
            yield from _choices(value)
        case _:
            yield node


def _count(call: ast.Call, speaker: _Speaker) -> int | None:
    """How many values fill the text that a call names."""
    if speaker.values is not None:
        return speaker.values
    rest = call.args[speaker.position + 1 :]
    return None if any(isinstance(each, ast.Starred) for each in rest) else len(rest)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    """`say` of `desk.say(…)`."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""
