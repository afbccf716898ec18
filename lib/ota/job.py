"""One update, from the server's offer to the switch. Every step is safe to repeat.

A job that ends early (link, reset, power) is begun anew at the next poll that offers its action:
what the flash holds by then is not fetched again. Each step is code that is loaded for it alone.
"""

from ota.errors import ReleaseError
from store.modules import drop, keep, load

_FORGET = "settling the slots"
_CHOSEN = "choosing the running slot"


async def install(agent, href):
    """Install what a deploymentBase link offers. Comes back only when there is nothing to do.

    Errors: those of ota.errors, LinkError when the server can't be asked at all.
    """
    deployment = await agent.ddi.deployment(href)
    manifest = await load("ota.trust").manifest(agent, deployment)
    drop("ota", "trust")
    drop("net", "date")
    keep("tuf")
    release = load("ota.offer").accept(agent, deployment, manifest)
    deployment = manifest = None  # heap
    drop("ota", "offer", "manifest", "image")
    drop("ddi", "deployment")
    if release is None:
        return
    gate = load("ota.gate").Gate(agent, href, release)
    await gate.wait(gate.young)
    await _settle(gate)
    await load("ota.fetch").Fetch(gate).run()
    drop("ota", "fetch", "transfer", "header")
    await load("ota.switch").switch(gate)


async def _settle(gate):
    """The bootloader must run what it was told to, or the next choice goes wrong."""
    agent = gate.agent
    if agent.slots.settled():
        return
    await gate.wait(agent.cabinet.idle_blocker)  # it takes resets
    if agent.boot.note == _FORGET:
        # It was no trial that failed: a core that was confirmed once has been damaged since.
        agent.slots.choose_running()
        agent.boot.restart(_CHOSEN)
    if agent.boot.note == _CHOSEN:
        raise ReleaseError("the bootloader does not give up the other slot")
    agent.boot.restart(_FORGET)  # the bootloader drops a trial
