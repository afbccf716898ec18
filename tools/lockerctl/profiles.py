"""Board profiles: `firmware/boards/<model>.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.fields import FieldError, Fields
from lockerctl.paths import BOARDS


@dataclass(frozen=True)
class Profile:
    """A board model, its revisions, and the profile's file byte for byte."""

    model: str
    revisions: tuple[int, ...]
    data: bytes


def load_profile(name: str) -> Profile:
    """The profile of a model (`bench`), or a file (`…/bench.json`). Raises UserError."""
    path = Path(name) if name.endswith(".json") else BOARDS / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in BOARDS.glob("*.json")))
        raise UserError(f"{path}: there is no such board profile; there are {known}")
    data = read_file(path)
    try:
        fields = Fields(json.loads(data), "profile")
        revisions = tuple(r for r in fields.items("revisions") if type(r) is int)
        return Profile(fields.text("model", r"[a-z0-9][a-z0-9_.-]{0,31}"), revisions, data)
    except (ValueError, FieldError) as error:
        raise UserError(f"{path}: is no board profile: {error}") from error


def all_boards() -> dict[str, tuple[int, ...]]:
    """Every model there is a profile for, with its revisions. Raises UserError."""
    profiles = [load_profile(str(path)) for path in sorted(BOARDS.glob("*.json"))]
    return {profile.model: profile.revisions for profile in profiles}
