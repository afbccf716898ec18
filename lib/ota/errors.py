"""What ends an update, or only delays it. One table says what the server is told."""

from net.errors import LinkError


class UpdateError(Exception):
    """This release can't be installed here: the action ends as failed, with this text."""


class ReleaseError(UpdateError):
    """The release is malformed, not for this board, older, or too large."""


class UntrustedError(UpdateError):
    """Nobody whom this board trusts has signed the release."""


class DamagedError(UpdateError):
    """Bytes never came out as the manifest says."""


class FlashError(UpdateError):
    """The flash, or the bootloader's check of it, refused."""


class CanceledError(Exception):
    """The operator canceled the action."""


class SupersededError(Exception):
    """The server offers this action no longer, or another one."""


# error → (does the action end as failed?, is it worth a line to the server?)
_TABLE = (
    (UpdateError, True, True),
    (MemoryError, False, True),
    (OSError, True, True),  # the flash or the file system of `data`
    (LinkError, False, False),
    (SupersededError, False, False),
)
EXPECTED = tuple(row[0] for row in _TABLE)


def verdict(error):
    """`(ends, tell)` for an error of EXPECTED."""
    for kind, ends, tell in _TABLE:
        if isinstance(error, kind):
            return ends, tell
    raise error
