"""What ends an update, or only delays it."""

from net.errors import LinkError


class UpdateError(Exception):
    """This release can't be installed here: the action ends as failed, with this text."""


class ReleaseError(UpdateError):
    """The release is malformed, not for this board, older, or too large."""


class UntrustedError(UpdateError):
    """Nobody whom this board trusts has signed the release, or somebody plays tricks."""


class SpoiltError(UntrustedError):
    """What came is not what was signed: an attack, or a bit that flipped on the way."""


class DamagedError(UpdateError):
    """Bytes never came out as the manifest says."""


class FlashError(UpdateError):
    """The flash, or the bootloader's check of it, refused."""


class LapsedError(Exception):
    """What is signed has expired, or is not whole: its signer's affair, and not for long."""


class CanceledError(Exception):
    """The operator canceled the action."""


class SupersededError(Exception):
    """The server offers this action no longer, or another one."""


class VisitError(Exception):
    """Somebody has come: what the job holds of memory and link is theirs. It begins anew later."""


# What an update, or a poll, may end with; `outcome` has the table of what that means.
EXPECTED = (
    UpdateError,
    LapsedError,
    MemoryError,
    OSError,
    LinkError,
    SupersededError,
    VisitError,
)
