"""What somebody at the service menu may ask of the agent (docs/locker.md). Loaded for that.

Memory and link are theirs meanwhile: the agent stands aside. Nothing here raises: the answer is
`(True, text)` or `(False, why)`, with a text that a small screen has room for.
"""

from micropython import const

from net.errors import LinkError
from ota.errors import EXPECTED, CanceledError
from ota.report import running_manifest
from ota.settings import WIFI_FILE
from store import files
from store.modules import drop

_PATIENCE_S = const(30)


def about(agent):
    """`(version of the running release, slot)`."""
    return running_manifest(agent)["version"], agent.slots.running


async def check_now(agent):
    """Ask the server: the version that it offers, or an empty text."""
    try:
        await _stood_aside(agent)
        await agent.serve_poll()
        href = agent.links.get("deploymentBase")
        if href is None:
            return True, ""
        agent.forget_poll()  # the update begins as soon as nobody is there
        return True, (await agent.ddi.deployment(href)).release[1]
    except CanceledError:
        return True, ""
    except EXPECTED as error:
        return _refused(error)
    finally:
        agent.hang_up()
        drop("ddi", "deployment")


async def confirm(agent):
    """Say yes to an update that waits for somebody at the cabinet."""
    try:
        await _stood_aside(agent)
        href = agent.links.get("confirmationBase")
        if href is None:
            return False, "nothing waits"
        await agent.ddi.confirm(href)
        agent.forget_poll()
        return True, ""
    except EXPECTED as error:
        return _refused(error)
    finally:
        agent.hang_up()


async def networks(agent):
    """Names of the networks in reach, the strongest first."""
    try:
        await _stood_aside(agent)
        return agent.wifi.scan()
    except EXPECTED as error:
        print("agent: no scan:", error)
        return []


async def try_wifi(agent, name, key):
    """Join another network, and keep it when the server is reached through it."""
    known = {"ssid": name, "key": key}
    try:
        await _stood_aside(agent)
        agent.hang_up()
        await agent.wifi.change(known, agent.alive)
        await agent.ddi.poll()
        files.replace_json(WIFI_FILE, known)
        return True, ""
    except EXPECTED as error:
        agent.wifi.forget(known)
        return _refused(error)
    finally:
        agent.hang_up()


async def _stood_aside(agent):
    """Come back when the agent uses neither link nor memory. LinkError when it goes on too long."""
    for _ in range(_PATIENCE_S):
        if agent.aside:
            return
        await agent.pause(1)
    raise LinkError("busy")


def _refused(error):
    print("agent: %s: %s" % (type(error).__name__, error))
    return False, "no server" if isinstance(error, LinkError) else "failed"
