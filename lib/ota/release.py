"""A release as the agent works with it: values that `manifest` has checked."""

import struct

from micropython import const

BLOCK = const(16384)


class Layer:
    """One layer as a release wants it. `core`: it lives in ota_k, else in store_k.

    `href`: where to fetch it.
    """

    href = None

    def __init__(self, name, core, address, length, digest, blocks):
        self.name, self.core, self.address, self.length = name, core, address, length
        self.digest = digest
        self._blocks = blocks

    def blocks(self):
        """Each block as (index, offset in the artifact, stored length, CRC-32, plain length)."""
        at = 0
        for index in range(len(self._blocks) // 6):
            stored, crc = struct.unpack_from("<HI", self._blocks, index * 6)
            yield index, at, stored, crc, min(BLOCK, self.length - index * BLOCK)
            at += stored

    def stored(self, marks):
        """How many bytes the marked blocks take in the artifact."""
        return sum(block[2] for block in self.blocks() if marks[block[0]])


class Release:
    """`raw`: the manifest's bytes, until they are in the slot's header.

    `download`, `update`: what the server wants now (DDI: skip, attempt, forced).
    """

    download = update = "forced"

    def __init__(self, version, sequence, layers, raw):
        self.version, self.sequence, self.layers, self.raw = version, sequence, layers, raw
