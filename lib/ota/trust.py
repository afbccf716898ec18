"""Whether a release manifest may be believed. The only way by which one gets into the agent."""

from ota.errors import UntrustedError


def check(_manifest, board):
    """Raise UntrustedError unless this board may believe the manifest's bytes.

    No keys are known yet: only a board whose image was built as an insecure demo believes, and
    says so on its screen.
    """
    if board.get("insecure_demo") is not True:
        raise UntrustedError("nobody has signed this release")
