"""One update, from the server's offer to the switch. Every step is safe to repeat.

A job that ends early (link, reset, power) is begun anew at the next poll that offers its action:
what the flash holds by then is not fetched again. Each step is code that is loaded for it alone.
"""

from ota.errors import ReleaseError
from ota.modules import drop, load


async def install(agent, href):
    """Install what a deploymentBase link offers. Comes back only when there is nothing to do.

    Errors: those of ota.errors, LinkError when the server can't be asked at all.
    """
    release = await load("ota.offer").accept(agent, href)
    drop("ota.offer", "ota.manifest", "ota.trust", "ota.image", "ddi.deployment")
    if release is None:
        return
    gate = load("ota.gate").Gate(agent, href, release)
    await gate.wait(gate.young)
    _settle(agent)
    await load("ota.fetch").Fetch(gate).run()
    drop("ota.fetch", "ota.transfer", "ota.header")
    await load("ota.switch").switch(gate)


def _settle(agent):
    """The bootloader must run what it was told to, or the next choice goes wrong."""
    note = "settling the slots"
    if agent.slots.settled():
        return
    if agent.boot.note == note:
        raise ReleaseError("the bootloader does not give up the other slot")
    agent.boot.restart(note)
