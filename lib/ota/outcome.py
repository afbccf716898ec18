"""How a job ends that did not come to the switch. Loaded then."""

from net.errors import LinkError
from ota.errors import LapsedError, SupersededError, UpdateError, VisitError

# error → (does the action end as failed?, is it worth a line to the server?)
TABLE = (
    (UpdateError, True, True),
    (LapsedError, False, True),  # one lapse must not fail a fleet
    (MemoryError, False, True),
    (OSError, True, True),  # the flash, or the file system of `data`
    (LinkError, False, False),
    (SupersededError, False, False),
    (VisitError, False, False),
)


def verdict(error):
    """`(ends, tell)` for an error of ota.errors.EXPECTED."""
    for kind, ends, tell in TABLE:
        if isinstance(error, kind):
            return ends, tell
    raise error


async def settle(agent, error):
    """What an error of ota.errors.EXPECTED means for the action. A LinkError goes on."""
    ends, tell = verdict(error)
    text = "%s: %s" % (type(error).__name__, error)
    if ends:
        await agent.stand_by()
        agent.finish("failure", [text])
        await agent.deliver()
    elif tell:
        await agent.tell("proceeding", ["waiting: " + text])
    if isinstance(error, LinkError):
        raise error
