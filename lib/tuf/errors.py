"""What can be wrong with a repository. The text of each error is one line for the update server.

Errors of the link, of the flash and of the heap are not among them: they pass through as they are.
Whoever drops this package's modules to save heap keeps this one, or its classes would be others
after the next import than those that are being caught.
"""


class TufError(Exception):
    """The repository's fault, or an attack. Nothing was stored that was not verified."""


class MetadataError(TufError):
    """A file that is not metadata of the expected role, in the format of the specification."""


class SignatureError(TufError):
    """Fewer good signatures than the role's threshold."""


class RollbackError(TufError):
    """A version that is older than a trusted one, or not the one that was announced."""


class ExpiredError(TufError):
    """Metadata that was good once: the repository is frozen, or its signer is late."""


class MismatchError(TufError):
    """A length or a hash that is not the one in trusted metadata, or a file beyond its limit."""


class MissingError(TufError):
    """A file that the repository must have, and has not."""


class NoTargetError(TufError):
    """No trusted role lists the target."""
