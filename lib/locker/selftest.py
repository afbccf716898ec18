"""The self-test of a cabinet: its hardware, and what it keeps."""

from locker import health, keeper


def checks(cabinet) -> list:
    """The self-test: (name, callable) pairs; a callable gives None, or what is wrong."""
    found = health.checks(cabinet.doors, cabinet.screen)
    if cabinet.keypad:
        found.append(("codes", lambda: codes_fault(cabinet)))
    return found


def codes_fault(cabinet) -> str | None:
    """Why nothing can be kept."""
    try:
        keeper.ledger_of(cabinet)
        keeper.tries()
    except (OSError, ValueError) as error:
        return str(error)
    return None
