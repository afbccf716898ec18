"""One update, from the server's offer to the switch. Every step is safe to repeat.

A job that ends early (link, reset, power) is begun anew at the next poll that offers its action:
what the flash holds by then is not fetched again. Each step is code that is loaded for it alone.
"""

from store.modules import drop, keep, load


async def install(agent, href):
    """Install what a deploymentBase link offers. Comes back only when there is nothing to do.

    Errors: those of ota.errors, LinkError when the server can't be asked at all.
    """
    deployment = await agent.ddi.deployment(href)
    await agent.stand_by()
    if load("ota.precheck").is_done(agent.record, deployment.release[1]):
        return
    drop("ota", "precheck")
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
    await load("ota.precheck").settle(gate)
    drop("ota", "precheck")
    await load("ota.fetch").Fetch(gate).run()
    drop("ota", "fetch", "transfer", "header")
    await load("ota.switch").switch(gate)
