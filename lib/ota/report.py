"""The board's attributes, as the server gets them: who it is, what it runs, how it went."""

import gc
import json
import struct
from binascii import crc32

from ddi.messages import plain
from net.errors import StatusError
from ota.layout import MANIFEST_AT


async def send(agent):
    """Report the attributes unless the server has them already and does not ask."""
    attributes = _attributes(agent)
    told = crc32("".join(sorted(map(str, attributes.items()))).encode())
    if "configData" in agent.links or agent.record.get("told") != told:
        attributes["free_heap"] = str(gc.mem_free())
        await agent.ddi.put("configData", {"mode": "replace", "data": attributes})
        if agent.record.get("version") != attributes["release"]:
            await _tell_installed(agent, attributes["release"])
        await agent.stand_by()
        agent.record.put(told=told)


async def _tell_installed(agent, version):
    """After a success: the board fell back from it by itself, and no action tells that."""
    if (agent.record.get("result") or [""])[0] == "success":
        try:
            running = {"name": running_manifest(agent)["product"], "version": version}
            await agent.ddi.put("installedBase", running)
        except StatusError as error:  # before hawkBit 0.3, or it does not know the release
            print("agent:", error)


def _attributes(agent):
    boot = agent.boot
    attributes = {
        "board": boot.board["model"],
        "revision": str(boot.board["revision"]),
        "sequence": str(boot.release.sequence),
        "slot": str(boot.slot),
        "flash": "%d+%d" % agent.slots.sizes(),
        "last_outcome": plain(" ".join(agent.record.get("result") or ["none"]))[:128],
    }
    if boot.data_lost:
        attributes["data"] = "lost"
    if boot.note:
        attributes["last_reset"] = plain("%s: %s" % (boot.cause, boot.note))[:128]
    manifest = running_manifest(agent)
    attributes["release"] = manifest["version"]
    for layer in manifest["layers"]:
        attributes["layer." + layer["name"]] = layer["version"]
    return attributes


def running_manifest(agent):
    """The manifest in the running slot's header, parsed. The boot has checked its CRC."""
    raw = agent.slots.read_header(agent.slots.running)
    length = struct.unpack_from("<I", raw, 12)[0]
    return json.loads(bytes(raw[MANIFEST_AT : MANIFEST_AT + length]))
