"""What the DDI server can do wrong."""

from net.errors import LinkError, StatusError


class NonsenseError(LinkError):
    """The server's answer is not what DDI says. Treated as a bad link: wait, and ask again."""


class GoneError(StatusError):
    """404 or 410: the server knows this action, or its artifact, no longer."""
