"""Board profiles: `firmware/boards/<model>.json` (docs/board-profiles.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.json_lines import Lines, find_lines
from lockerctl.paths import BOARDS
from lockerctl.profile_rules import problems, warnings
from lockerctl.shapes import Problem


@dataclass(frozen=True)
class Profile:
    """A board model that keeps all the rules.

    `document` is what the file says, `data` the file byte for byte, `warnings` what to mind about
    the choice of pins, a line each.
    """

    model: str
    revisions: tuple[int, ...]
    document: dict[str, Any]
    data: bytes
    warnings: tuple[str, ...]


def load_profile(name: str) -> Profile:
    """The profile of a model (`bench`), or a file (`…/bench.json`).

    Raises UserError: one line, with file and line, for each thing that is wrong.
    """
    path = Path(name) if name.endswith(".json") else BOARDS / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in BOARDS.glob("*.json")))
        raise UserError(f"{path}: there is no such board profile; there are {known}")
    data = read_file(path)
    document, lines = _parse(path, data)
    found = [(at, "is there twice") for at in lines.repeated] or list(problems(document))
    if not found and document["model"] != path.stem:
        found = [(("model",), f"{document['model']!r} is not the name of the file")]
    if found:
        raise UserError("\n".join(_tell(path, lines, found)))
    minded = _tell(path, lines, list(warnings(document)))
    return Profile(document["model"], tuple(document["revisions"]), document, data, tuple(minded))


def all_boards() -> dict[str, tuple[int, ...]]:
    """Every model there is a profile for, with its revisions. Raises UserError."""
    profiles = [load_profile(str(path)) for path in sorted(BOARDS.glob("*.json"))]
    return {profile.model: profile.revisions for profile in profiles}


def _parse(path: Path, data: bytes) -> tuple[Any, Lines]:
    try:
        text = data.decode("utf-8")
        return json.loads(text), find_lines(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{error.lineno}: {error.msg}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise UserError(f"{path}: is no JSON text: {error}") from error


def _tell(path: Path, lines: Lines, found: list[Problem]) -> list[str]:
    """One line each, in the order of the file."""
    placed = sorted(found, key=lambda problem: lines.of(problem[0]))
    return [f"{path}:{lines.of(at)}: {_name(at)}{text}" for at, text in placed]


def _name(at: tuple[str | int, ...]) -> str:
    """The value's place in words: `doors 2 relay pin: `, counted from 1 as people do."""
    words = [str(step + 1) if isinstance(step, int) else step for step in at]
    return " ".join(words) + ": " if words else ""
