"""JSON files that people write: read with their lines, and what is wrong told line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lockerctl.errors import UserError
from lockerctl.json_lines import Lines, find_lines
from lockerctl.shapes import Problem


def parse_document(path: Path, data: bytes) -> tuple[Any, Lines]:
    """What the bytes of the file `path` say. Raises UserError: no JSON, or a name there twice."""
    try:
        text = data.decode("utf-8")
        document, lines = json.loads(text), find_lines(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{error.lineno}: {error.msg}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path}: is no JSON text: {error}") from error
    refuse(path, lines, [(at, "is there twice") for at in lines.repeated])
    return document, lines


def refuse(path: Path, lines: Lines, problems: Iterable[Problem]) -> None:
    """Raises UserError with all problems, if there are any."""
    told = tell(path, lines, problems)
    if told:
        raise UserError("\n".join(told))


def tell(path: Path, lines: Lines, problems: Iterable[Problem]) -> list[str]:
    """One line each, in the order of the file."""
    placed = sorted(problems, key=lambda problem: lines.of(problem[0]))
    return [f"{path}:{lines.of(at)}: {_name(at)}{text}" for at, text in placed]


def _name(at: tuple[str | int, ...]) -> str:
    """The value's place in words: `doors 2 relay pin: `, counted from 1 as people do."""
    words = [str(step + 1) if isinstance(step, int) else step for step in at]
    return " ".join(words) + ": " if words else ""
