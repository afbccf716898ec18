"""An operator's cancel. Seldom needed, loaded then."""

from ddi import messages
from ddi.errors import GoneError
from ota import record
from ota.errors import CanceledError
from store.log import log


async def answer(agent, href):
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
