"""What a cabinet does now and then, without a customer. Loaded for that moment."""

from locker import health, keeper, ledger


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


def keep(cabinet):
    """Keep those of the doors' events that matter afterwards."""
    kinds = [(kind.replace(" ", "_"), door) for kind, door in cabinet.events]
    cabinet.events = []
    kinds = [each for each in kinds if each[0] in ledger.KINDS]
    try:
        kept = keeper.ledger_of(cabinet)
        for kind, door in kinds:
            kept.note(kind, door, keeper.now())
        if kinds:
            keeper.save(kept)
    except (OSError, ValueError) as error:
        print("events not kept:", error)
