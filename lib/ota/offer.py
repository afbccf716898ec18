"""From what a server offers to a release that this board may install.

Loaded for the first step of a job, and dropped before bytes move.
"""

import struct
import sys

from ddi.errors import NonsenseError
from ota import image, trust
from ota.errors import ReleaseError
from ota.layout import MANIFEST_AT
from ota.manifest import LIMIT, Manifest


async def accept(agent, href):
    """The Release behind a deploymentBase link: trusted, for this board, not older.

    None when it runs here already: the action has its result then. Errors: those of ota.errors.
    """
    deployment = await agent.ddi.deployment(href)
    release = _check(agent, await _fetch_manifest(agent, deployment))
    if _runs_already(agent, release):
        agent.finish("success", ["%s runs already" % release.version])
        return None
    release.download, release.update = deployment.download, deployment.update
    for layer in release.layers:
        layer.href, _ = _artifact(deployment, "layer", layer.name + ".bin")
    return release


async def _fetch_manifest(agent, deployment):
    href, size = _artifact(deployment, "manifest", "manifest.json")
    if not isinstance(size, int) or not 0 < size <= LIMIT:
        raise ReleaseError("manifest: %s bytes" % size)
    await agent.ddi.get_range(href, 0, size, None)
    return agent.spool.bytes()


def _check(agent, raw):
    """Trust first, then form, compatibility and age: nothing of it on the server's word."""
    board = agent.boot.board
    trust.check(raw, board)
    manifest = Manifest(raw, *agent.slots.sizes())
    manifest.check_board(board["model"], board["revision"])
    manifest.check_sequence(max(agent.record.get("top", 0), _committed_sequence(agent)))
    if manifest.image_digest == image.digest(agent.slots, agent.slots.running):
        manifest.check_bytecode(sys.implementation._mpy & 0xFF)
    return manifest.release


def _artifact(deployment, part, file):
    """`(href, size)` of a file of a deployment; NonsenseError when there is none."""
    found = deployment.files.get((part, file))
    if not found:
        raise NonsenseError("the deployment has no %s" % file)
    return found


def _runs_already(agent, release):
    """Whether the running slot is this very release. ReleaseError: it has its sequence only."""
    raw = agent.slots.read_header(agent.slots.running)
    same = agent.boot.release.sequence == release.sequence
    if same and raw[MANIFEST_AT : MANIFEST_AT + len(release.raw)] != release.raw:
        raise ReleaseError("another release has sequence %d" % release.sequence)
    return same


def _committed_sequence(agent):
    """The higher sequence of the slots' committed headers."""
    highest = 0
    for slot in (0, 1):
        raw = agent.slots.read_header(slot)
        magic, sequence, committed = struct.unpack_from("<4s4xI12xI", raw)
        if magic == b"LKHD" and committed != 0xFFFFFFFF:  # as boot.py reads it
            highest = max(highest, sequence)
    return highest
