"""Board profiles: `firmware/boards/<model>.json` (docs/board-profiles.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.json_documents import parse_document, refuse, tell
from lockerctl.paths import BOARDS
from lockerctl.profile_rules import problems, warnings


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
    document, lines = parse_document(path, data)
    found = list(problems(document))
    if not found and document["model"] != path.stem:
        found = [(("model",), f"{document['model']!r} is not the name of the file")]
    refuse(path, lines, found)
    minded = tell(path, lines, warnings(document))
    return Profile(document["model"], tuple(document["revisions"]), document, data, tuple(minded))


def all_boards() -> dict[str, tuple[int, ...]]:
    """Every model there is a profile for, with its revisions. Raises UserError."""
    profiles = [load_profile(str(path)) for path in sorted(BOARDS.glob("*.json"))]
    return {profile.model: profile.revisions for profile in profiles}
