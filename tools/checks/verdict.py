"""How a check ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from checks.typechecker import MypyError
from lockerctl.errors import UserError


def verdict(what: str, check: Callable[[], Iterable[str]]) -> int:
    """Tell the lines that a check gives, or that it gave none; the exit status."""
    try:
        lines = list(check())
    except (MypyError, UserError) as error:
        lines = [str(error)]
    for line in lines:
        print(line, file=sys.stderr)
    if not lines:
        print(f"{what}: no mistakes")
    return 1 if lines else 0
