"""Whether a slot still reaches the server: what a trial and a return from one ask."""

from net.errors import LinkError
from ota.errors import VisitError


async def server_answers(agent, who):
    """One try to reach the server when nobody is there; `who` asks, for the console."""
    await agent.stand_aside()
    try:
        await agent.online()
        await agent.ddi.poll()
        return True
    except (LinkError, VisitError, MemoryError, OSError) as error:
        print("%s: %s: %s" % (who, type(error).__name__, error))
        return False
