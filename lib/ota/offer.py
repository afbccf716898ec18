"""From what a server offers to a release that this board may install.

Loaded for the first step of a job, and dropped before bytes move.
"""

import struct
import sys

from ddi.errors import NonsenseError
from ota import image
from ota.errors import ReleaseError, UntrustedError
from ota.layout import MANIFEST_AT
from ota.manifest import LIMIT, Manifest
from tuf import hashes
from tuf.errors import MismatchError


async def accept(agent, deployment, entry):
    """The Release of a Deployment: as trusted metadata has it, for this board, not older.

    `entry`: what that says of the manifest, see ota.trust. None when the release runs here already:
    the action has its result then. Errors: those of ota.errors.
    """
    release = _check(agent, await _fetch_manifest(agent, deployment, entry))
    if _runs_already(agent, release):
        agent.finish("success", ["%s runs already" % release.version])
        return None
    release.download, release.update = deployment.download, deployment.update
    for layer in release.layers:
        layer.href, _ = _artifact(deployment, "layer", layer.name + ".bin")
    return release


async def _fetch_manifest(agent, deployment, entry):
    """The manifest's bytes; UntrustedError when they are not the signed ones."""
    href, size = _artifact(deployment, "manifest", "manifest.json")
    length = entry["length"]
    if not 0 < length <= LIMIT:
        raise ReleaseError("manifest: %d bytes" % length)
    if size != length:
        raise UntrustedError("manifest: %s bytes, %d are signed" % (size, length))
    await agent.ddi.get_range(href, 0, length, None)
    raw = agent.spool.bytes()
    try:
        hashes.check("manifest", raw, entry)
    except MismatchError as error:
        raise UntrustedError(str(error)) from None
    return raw


def _check(agent, raw):
    """Form, compatibility and age: nothing of it on the server's word."""
    board = agent.boot.board
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
