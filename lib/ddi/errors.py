"""What the DDI server can do wrong."""

from net.errors import LinkError


class NonsenseError(LinkError):
    """The server's answer is not what DDI says. Treated as a bad link: wait, and ask again."""


class GoneError(Exception):
    """The server knows this action no longer (404 or 410)."""
