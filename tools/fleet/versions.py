"""Which of two releases is newer: Semantic Versioning 2.0.0, clauses 9 to 11. No I/O."""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = r"(0|[1-9]\d*)"
_VERSION = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)

# One part of a pre-release: numbers come before words.
_Part = tuple[int, int, str]
Rank = tuple[int, int, int, int, tuple[_Part, ...]]


@lru_cache(maxsize=1024)
def rank(version: str | None) -> Rank | None:
    """What versions are ordered by, None for a text that is none."""
    match = _VERSION.fullmatch(version or "")
    if match is None:
        return None
    major, minor, patch, pre = match.groups()
    parts = tuple(map(_part, pre.split("."))) if pre else ()
    # A version is newer than its own pre-releases.
    return int(major), int(minor), int(patch), 0 if pre else 1, parts


def _part(text: str) -> _Part:
    return (0, int(text), "") if text.isdigit() else (1, 0, text)
