"""From a signed manifest to a release that this board may install.

Loaded for the first step of a job, and dropped before bytes move.
"""

import struct
import sys

from ota import image
from ota.errors import ReleaseError
from ota.layout import MANIFEST_AT
from ota.manifest import Manifest


def accept(agent, deployment, raw):
    """The Release of a Deployment with the manifest `raw`: for this board, not older.

    None when it runs here already: the action has its result then. ReleaseError, and NonsenseError
    when a layer can't be had.
    """
    release = _check(agent, raw)
    if _runs_already(agent, release):
        agent.finish("success", ["%s runs already" % release.version])
        return None
    release.download, release.update = deployment.download, deployment.update
    for layer in release.layers:
        layer.href, _ = deployment.artifact("layer", layer.name + ".bin")
    return release


def _check(agent, raw):
    """Form, compatibility and age: nothing of it on the server's word."""
    board = agent.boot.board
    manifest = Manifest(raw, *agent.slots.sizes())
    manifest.check_board(board["model"], board["revision"])
    manifest.check_sequence(max(agent.record.get("top", 0), _committed_sequence(agent)))
    if manifest.image_digest == image.digest(agent.slots, agent.slots.running):
        manifest.check_bytecode(sys.implementation._mpy & 0xFF)
    return manifest.release


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
