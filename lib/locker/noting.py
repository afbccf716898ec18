"""Writes down what has happened to doors. Loaded when something has."""

from locker import keeper


def keep(cabinet):
    """Keep the events of the doors."""
    try:
        kept = keeper.ledger_of(cabinet)
        for kind, door in cabinet.events:
            kept.note(kind.replace(" ", "_"), door, keeper.now())
        keeper.save(kept)
    except (OSError, ValueError) as error:
        print("events not kept:", error)
    cabinet.events = []
