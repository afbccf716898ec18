"""What people may do, and what names and passwords must be like. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

# As NIST SP 800-63B 5.1.1.2 has it: a minimal length, room for sentences, no rules of composition.
MIN_PASSWORD = 10
MAX_PASSWORD = 256
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


class Role(StrEnum):
    """What a person may do: look; steer boards and releases; all that, people and secrets too."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def may(self, needed: Role) -> bool:
        """Whether this role includes the other one."""
        return _RANKS.index(self) >= _RANKS.index(needed)


_RANKS = tuple(Role)


@dataclass(frozen=True)
class Identity:
    """Somebody who has proved who it is."""

    name: str
    role: Role


def name_fault(name: str) -> str | None:
    """Why nobody can have this name, None if somebody can."""
    if _NAME.fullmatch(name):
        return None
    return "a name has 1 to 64 characters: small letters, digits, and . _ @ - after the first"


def password_fault(name: str, password: str) -> str | None:
    """Why this is no password for that person, None if it is one."""
    if len(password) < MIN_PASSWORD:
        return f"a password has at least {MIN_PASSWORD} characters"
    if len(password) > MAX_PASSWORD:
        return f"a password has at most {MAX_PASSWORD} characters"
    if password.lower() == name or len(set(password)) < 4:
        return "this password would be guessed at once"
    return None
