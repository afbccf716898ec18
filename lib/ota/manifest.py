"""Rules of the release manifest, format 1: docs/formats.md. Bytes in, a Release out, or an error.

Nothing here is trusted: whoever made the manifest, every address and length is checked against the
partitions of this board before a byte is written.
"""

import binascii
import json
import struct

from micropython import const

from ota.errors import ReleaseError

LIMIT = const(3584)
BLOCK = const(16384)
_SECTOR = const(4096)
_LITTLEFS_BLOCK = const(1024)
_LAYERS = const(8)
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_"


class LayerSpec:
    """One layer as a release wants it. `core`: it lives in ota_k, else in store_k."""

    def __init__(self, item):
        self.name = _of(str, item, "name")
        self.version = _of(str, item, "version")
        self.core = _of(str, item, "partition") == "ota"
        self.address = _of(int, item, "address")
        self.capacity = _of(int, item, "capacity")
        self.length = _of(int, item, "length")
        self.digest = _digest(item, "sha256")
        self.image_digest = _digest(item, "image_sha256") if self.core else None
        try:
            self._blocks = binascii.a2b_base64(_of(str, item, "blocks"))
        except ValueError:
            raise ReleaseError("manifest: blocks of %s are not base64" % self.name) from None

    def blocks(self):
        """Each block as (index, offset in the artifact, stored length, CRC-32, plain length)."""
        at = 0
        for index in range(len(self._blocks) // 6):
            stored, crc = struct.unpack_from("<HI", self._blocks, index * 6)
            yield index, at, stored, crc, min(BLOCK, self.length - index * BLOCK)
            at += stored

    def check(self, ota_bytes, store_bytes):
        """Raise ReleaseError unless the layer fits this board's partitions."""
        if not 0 < len(self.name) <= 15 or self.name.strip(_NAME) or self.name == "data":
            raise ReleaseError("manifest: bad layer name")
        first, room = (0, ota_bytes) if self.core else (_SECTOR, store_bytes)
        if self.address % _SECTOR or self.address < first or (self.core and self.address):
            raise ReleaseError("manifest: bad address of %s" % self.name)
        if not 0 < self.length <= self.capacity or self.address + self.length > room:
            raise ReleaseError(
                "%s does not fit: %d bytes at %d of %d"
                % (self.name, self.length, self.address, room)
            )
        if not self.core and self.length % _LITTLEFS_BLOCK:
            raise ReleaseError("manifest: length of %s" % self.name)
        count = (self.length + BLOCK - 1) // BLOCK
        if len(self._blocks) != count * 6:
            raise ReleaseError("manifest: %s has not %d blocks" % (self.name, count))
        for index, _, stored, _, plain in self.blocks():
            if not 0 < stored <= plain:
                raise ReleaseError("manifest: length of %s block %d" % (self.name, index))


class Release:
    """A parsed manifest. ReleaseError when it is not one, or not for these partitions."""

    def __init__(self, raw, ota_bytes, store_bytes):
        if len(raw) > LIMIT:
            raise ReleaseError("manifest: longer than %d bytes" % LIMIT)
        try:
            top = json.loads(raw)
        except ValueError:
            raise ReleaseError("manifest: does not parse") from None
        if not isinstance(top, dict) or top.get("format") != 1:
            raise ReleaseError("manifest: not format 1")
        self.product = _of(str, top, "product")
        self.boards = _of(dict, top, "boards")
        self.version = _of(str, top, "version")
        self.sequence = _of(int, top, "sequence")
        self.bytecode = _of(int, top, "bytecode")
        if not 0 < self.sequence < 0xFFFFFFFF:
            raise ReleaseError("manifest: bad sequence")
        items = _of(list, top, "layers")
        if not 0 < len(items) <= _LAYERS:
            raise ReleaseError("manifest: %d layers" % len(items))
        self.layers = [LayerSpec(item) for item in items]
        for layer in self.layers:
            layer.check(ota_bytes, store_bytes)
        self._check_together()

    def _check_together(self):
        if len([layer for layer in self.layers if layer.core]) != 1:
            raise ReleaseError("manifest: not one core")
        if len({layer.name for layer in self.layers}) != len(self.layers):
            raise ReleaseError("manifest: two layers of one name")
        end = 0
        for address, length, name in sorted(
            (layer.address, layer.length, layer.name) for layer in self.layers if not layer.core
        ):
            if address < end:
                raise ReleaseError("manifest: %s overlaps another layer" % name)
            # What is erased is whole sectors.
            end = (address + length + _SECTOR - 1) // _SECTOR * _SECTOR

    def check_board(self, model, revision):
        """Raise ReleaseError unless the release is for this board."""
        if self.product != "locker":
            raise ReleaseError("for product %s" % self.product)
        revisions = self.boards.get(model)
        if not isinstance(revisions, list) or revision not in revisions:
            raise ReleaseError("not for board %s revision %s" % (model, revision))

    def check_sequence(self, highest):
        """Raise ReleaseError when the release is older than one that was committed here."""
        if self.sequence < highest:
            raise ReleaseError("older: sequence %d, %d was here" % (self.sequence, highest))


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
