"""What somebody at the service menu may ask of the agent (docs/locker.md). Loaded for that.

Memory and link are theirs meanwhile: the agent stands aside. Nothing here raises: the answer is
`(True, text)` or `(False, why)`, with a text that a small screen has room for.
"""

from micropython import const

from net.errors import LinkError
from ota.errors import EXPECTED, CanceledError
from ota.settings import WIFI_FILE
from store import files
from store.modules import drop

_PATIENCE_S = const(30)


def about(agent):
    """`(version of the running release, slot)`."""
    from ota.report import running_manifest

    return running_manifest(agent)["version"], agent.slots.running


async def check_now(agent):
    """Ask the server: the version that it offers, an empty text, or None: one waits for a yes."""
    try:
        await _stood_aside(agent)
        await agent.serve_poll()
        href = agent.links.get("deploymentBase")
        if href is None:
            return True, None if "confirmationBase" in agent.links else ""
        agent.forget_poll()  # the update begins as soon as nobody is there
        return True, (await agent.ddi.deployment(href)).release[1]
    except CanceledError:
        return True, ""
    except EXPECTED as error:
        return _refused(error)
    finally:
        _leave(agent)


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
        _leave(agent)


async def networks(agent):
    """Names of the networks in reach, the strongest first."""
    try:
        await _stood_aside(agent)
        return _names(agent.wifi.scan())
    except EXPECTED as error:
        print("agent: no scan:", error)
        return []
    finally:
        _leave(agent)


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
        _leave(agent)


async def _stood_aside(agent):
    """Come back when the agent uses neither link nor memory. LinkError when it goes on too long."""
    for _ in range(_PATIENCE_S):
        if agent.aside:
            return
        await agent.pause(1)
    raise LinkError("busy")


def _leave(agent):
    """Make room for the session that goes on."""
    agent.hang_up()
    drop("ddi", "deployment")
    drop("ota", "people", "report")


def _names(found):
    """Those of networks that the driver has found, each once."""
    names = []
    for each in found:
        try:
            name = each[0].decode()
        except UnicodeError:  # a neighbour's, in GBK perhaps: it could not be kept in JSON
            continue
        if name and name not in names:
            names.append(name)
    return names


def _refused(error):
    print("agent: %s: %s" % (type(error).__name__, error))
    return False, "no server" if isinstance(error, LinkError) else "failed"
