"""What can go wrong in a locker, by name."""


class LockerError(Exception):
    """Anything below."""


class CheckFailed(LockerError):  # noqa: N818 (it is what happened, not what to do about it)
    """A self-test found something; the text says what, as the server will show it."""
