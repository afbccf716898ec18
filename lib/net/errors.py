"""What can go wrong between the board and a server."""


class LinkError(Exception):
    """The link or the far end failed: nothing came, too late, too much, or not HTTP. Try later."""


class StatusError(LinkError):
    """The server answered with a status that nobody here can use."""

    def __init__(self, status, what):
        super().__init__("%s: status %d" % (what, status))
        self.status = status
