"""How things end: an error, a cancel, a reset. Seldom needed, loaded then."""

from ddi import messages
from ddi.errors import GoneError
from net.errors import LinkError
from ota import record
from ota.errors import CanceledError, LapsedError, SupersededError, UpdateError, VisitError
from store.log import log
from store.modules import load

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


async def answer_cancel(agent, href):
    """Accept: nothing has been switched, or the trial would be running. DDI wants `closed`.

    CanceledError when it was the action in work.
    """
    action = messages.action_id(href)
    try:
        await agent.ddi.feedback(action, "closed", "success", ["canceled"], "cancelAction")
    except GoneError:
        print("agent: nothing to cancel")
    if action == agent.record.get("action"):
        await agent.stand_by()
        log("agent: action %s canceled" % action)
        agent.record.put(phase=record.IDLE, action=None, result=None)
        raise CanceledError


async def after_reset(agent):
    """Find out how the reset fits the record, and finish what it interrupted."""
    if agent.boot.trial or not agent.boot.release.committed:
        await load("ota.trial").Trial(agent).run()
    elif agent.record.get("phase") in (record.ACTIVATING, record.TRIAL, record.RETURNED):
        await load("ota.returned").Returned(agent).run()
    await agent.stand_by()
    highest = max(agent.record.get("top", 0), agent.boot.release.sequence)
    agent.record.put(top=highest)
