"""From what a server offers to a release that this board may install, and what it takes.

Loaded for the two first steps of a job, and dropped before bytes move.
"""

import struct
import sys

from ota import image, record, trust
from ota.errors import ReleaseError
from ota.layout import MANIFEST_AT
from ota.manifest import LIMIT, Manifest


async def accept(agent, deployment):
    """The Release of a deployment: trusted, for this board, not older. ota.errors otherwise."""
    href, size = deployment.artifact("manifest", None, "manifest.json")
    if not isinstance(size, int) or not 0 < size <= LIMIT:
        raise ReleaseError("manifest: %s bytes" % size)
    await agent.ddi.get_range(href, 0, size, None)
    raw = agent.spool.bytes()
    board = agent.boot.board
    trust.check(raw, board)
    manifest = Manifest(raw, *agent.slots.sizes())
    manifest.check_board(board["model"], board["revision"])
    manifest.check_sequence(max(agent.record.get("top", 0), _committed_sequence(agent)))
    if manifest.image_digest == image.digest(agent.slots, agent.slots.running):
        manifest.check_bytecode(sys.implementation._mpy & 0xFF)
    return manifest.release


def runs_already(agent, release):
    """Whether the running slot is this very release. ReleaseError: it has its sequence only."""
    raw = agent.slots.read_header(agent.slots.running)
    same = agent.boot.release.sequence == release.sequence
    if same and raw[MANIFEST_AT : MANIFEST_AT + len(release.raw)] != release.raw:
        raise ReleaseError("another release has sequence %d" % release.sequence)
    return same


async def plan(agent, release, transfer):
    """`(layer, source, marks)` for each layer, and the bytes to fetch; the server is told.

    `source`: address in the running slot to copy from, or None; `marks`: see Transfer.missing.
    """
    steps, told, wanted = [], [], 0
    running = {digest: address for _, _, address, _, digest in agent.boot.release.layers}
    for layer in release.layers:
        agent.alive()
        marks = await transfer.missing(layer)
        source = running.get(layer.digest) if any(marks) else None
        if source is not None:
            told.append("plan %s copy %d bytes" % (layer.name, layer.length))
        elif any(marks):
            count = sum(block[2] for block in layer.blocks() if marks[block[0]])
            told.append("plan %s fetch %d of %d bytes" % (layer.name, count, layer.length))
            wanted += count
        else:
            told.append("plan %s keep %d bytes" % (layer.name, layer.length))
        steps.append((layer, source, marks))
    slot = agent.slots.other
    agent.record.put(slot=slot, version=release.version, phase=record.IDLE, why=None)
    await agent.tell("proceeding", told)
    return steps, wanted


def _committed_sequence(agent):
    """The higher sequence of the slots' committed headers."""
    highest = 0
    for slot in (0, 1):
        raw = agent.slots.read_header(slot)
        magic, sequence, committed = struct.unpack_from("<4s4xI12xI", raw)
        if magic == b"LKHD" and committed == 0:
            highest = max(highest, sequence)
    return highest
