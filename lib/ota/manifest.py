"""Rules of the release manifest, format 1: docs/formats.md. Bytes in, a Release out, or an error.

Nothing here is trusted: whoever made the manifest, every address and length is checked against the
partitions of this board before a byte is written. Loaded for this only, and dropped.
"""

import binascii
import json

from micropython import const

from ota.errors import ReleaseError
from ota.layout import MANIFEST_BYTES
from ota.release import BLOCK, Layer, Release

_SECTOR = const(4096)
_LITTLEFS_BLOCK = const(1024)
_LAYERS = const(8)
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_"


class Manifest:
    """A parsed manifest. ReleaseError when it is none, or doesn't fit these partitions (bytes).

    release       what the agent works with
    image_digest  the hash at the end of the core's app image
    """

    def __init__(self, raw, ota_bytes, store_bytes):
        if len(raw) > MANIFEST_BYTES:
            raise ReleaseError("manifest: longer than %d bytes" % MANIFEST_BYTES)
        try:
            top = json.loads(raw)
        except ValueError:
            raise ReleaseError("manifest: does not parse") from None
        if not isinstance(top, dict) or top.get("format") != 1:
            raise ReleaseError("manifest: not format 1")
        self._product = _of(str, top, "product")
        self._boards = _of(dict, top, "boards")
        self._bytecode = _of(int, top, "bytecode")
        sequence = _of(int, top, "sequence")
        if not 0 < sequence < 0xFFFFFFFF:
            raise ReleaseError("manifest: bad sequence")
        items = _of(list, top, "layers")
        if not 0 < len(items) <= _LAYERS:
            raise ReleaseError("manifest: %d layers" % len(items))
        layers = [_layer(item, ota_bytes, store_bytes) for item in items]
        _check_together(layers)
        self.release = Release(_of(str, top, "version"), sequence, layers, raw)
        for item in items:
            if item["partition"] == "ota":
                self.image_digest = _digest(item, "image_sha256")

    def check_board(self, model, revision):
        """Raise ReleaseError unless the release is for this board."""
        if self._product != "locker":
            raise ReleaseError("for product %s" % self._product)
        revisions = self._boards.get(model)
        if not isinstance(revisions, list) or revision not in revisions:
            raise ReleaseError("not for board %s revision %s" % (model, revision))

    def check_bytecode(self, own):
        """Raise ReleaseError unless a core that takes this bytecode can run the release."""
        if self._bytecode != own:
            raise ReleaseError("bytecode %d, the core takes %d" % (self._bytecode, own))

    def check_sequence(self, highest):
        """Raise ReleaseError when the release is older than one that was committed here."""
        sequence = self.release.sequence
        if sequence < highest:
            raise ReleaseError("older: sequence %d, %d was here" % (sequence, highest))


def _layer(item, ota_bytes, store_bytes):
    name = _of(str, item, "name")
    if not 0 < len(name) <= 15 or name.strip(_NAME) or name == "data":
        raise ReleaseError("manifest: bad layer name")
    place = _of(str, item, "partition")
    if place not in ("ota", "store"):
        raise ReleaseError("manifest: bad partition of %s" % name)
    core = place == "ota"
    address, length = _of(int, item, "address"), _of(int, item, "length")
    first, room = (0, ota_bytes) if core else (_SECTOR, store_bytes)
    if address % _SECTOR or address < first or (core and address):
        raise ReleaseError("manifest: bad address of %s" % name)
    if not 0 < length <= _of(int, item, "capacity") or address + length > room:
        raise ReleaseError("%s does not fit: %d bytes at %d of %d" % (name, length, address, room))
    if not core and length % _LITTLEFS_BLOCK:
        raise ReleaseError("manifest: bad length of %s" % name)
    try:
        blocks = binascii.a2b_base64(_of(str, item, "blocks"))
    except ValueError:
        raise ReleaseError("manifest: blocks of %s are not base64" % name) from None
    layer = Layer(name, core, address, length, _digest(item, "sha256"), blocks)
    if len(blocks) != (length + BLOCK - 1) // BLOCK * 6:
        raise ReleaseError("manifest: wrong number of blocks of %s" % name)
    for index, _, stored, _, plain in layer.blocks():
        if stored != plain and not 2 < stored <= plain * 7 // 8:
            raise ReleaseError("manifest: bad length of %s block %d" % (name, index))
    return layer


def _check_together(layers):
    if len([layer for layer in layers if layer.core]) != 1:
        raise ReleaseError("manifest: not one core")
    if len({layer.name for layer in layers}) != len(layers):
        raise ReleaseError("manifest: two layers of one name")
    end = 0
    places = [(layer.address, layer.length, layer.name) for layer in layers if not layer.core]
    for address, length, name in sorted(places):
        if address < end:
            raise ReleaseError("manifest: %s overlaps another layer" % name)
        # What is erased is whole sectors.
        end = (address + length + _SECTOR - 1) // _SECTOR * _SECTOR


def _of(kind, item, key):
    value = item.get(key) if isinstance(item, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ReleaseError("manifest: bad %s" % key)
    return value


def _digest(item, key):
    try:
        digest = binascii.unhexlify(_of(str, item, key))
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise ReleaseError("manifest: bad %s" % key)
    return digest
