"""What ends a demonstration before its end."""

from __future__ import annotations

from lockerctl.errors import UserError


class DemoError(UserError):
    """Something that the story needs did not happen: what, and what was seen instead."""
