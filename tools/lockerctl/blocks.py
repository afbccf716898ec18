"""A layer's blocks: 16 KiB each, compressed one by one when that pays (docs/formats.md)."""

from __future__ import annotations

import binascii
import hashlib
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockerctl.manifest import Layer

BLOCK_SIZE = 16384
# What one deflate stream of a packed block unpacks to, and the RAM that a board has for one.
_PIECE_SIZE = 8192
_MAX_PACKED_PIECE = 8256
_WINDOW_BITS = -11
_ENTRY = struct.Struct("<HI")
_FIRST_SIZE = 2
# Packed only if at least an eighth is saved.
_MIN_SAVING = 8
# The first stream's length, and no stream is empty.
LEAST_PACKED = _FIRST_SIZE + 1


class ArtifactError(Exception):
    """An artifact does not hold the layer that its manifest describes."""


@dataclass(frozen=True)
class Block:
    """Stored length in bytes and CRC-32 of the plain bytes."""

    stored: int
    crc: int


def pack_layer(plain: bytes) -> tuple[tuple[Block, ...], bytes]:
    """The block table of a layer and its artifact."""
    blocks, parts = [], []
    for start in range(0, len(plain), BLOCK_SIZE):
        part = plain[start : start + BLOCK_SIZE]
        stored = _compress(part)
        blocks.append(Block(len(stored), binascii.crc32(part)))
        parts.append(stored)
    return tuple(blocks), b"".join(parts)


def most_packed(length: int) -> int:
    """How long the packed form of so many bytes may be."""
    return length - -(-length // _MIN_SAVING)


def _compress(part: bytes) -> bytes:
    streams = [_deflate(part[:_PIECE_SIZE])]
    if len(part) > _PIECE_SIZE:
        streams.append(_deflate(part[_PIECE_SIZE:]))
    packed = len(streams[0]).to_bytes(_FIRST_SIZE, "little") + b"".join(streams)
    fits = max(map(len, streams)) <= _MAX_PACKED_PIECE
    return packed if fits and len(packed) <= most_packed(len(part)) else part


def _deflate(piece: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, _WINDOW_BITS)
    return deflate.compress(piece) + deflate.flush()


def unpack_layer(layer: Layer, artifact: bytes) -> bytes:
    """The plain bytes of a layer, checked block by block and as a whole. Raises ArtifactError."""
    ends = [0]
    for block in layer.blocks:
        ends.append(ends[-1] + block.stored)
    if ends[-1] != len(artifact):
        raise ArtifactError(f"{layer.name}: {len(artifact)} bytes instead of {ends[-1]}")
    plain = b"".join(
        _unpack_block(layer, index, artifact[start:end])
        for index, (start, end) in enumerate(pairwise(ends))
    )
    if hashlib.sha256(plain).hexdigest() != layer.sha256:
        raise ArtifactError(f"{layer.name}: its SHA-256 does not match")
    return plain


def _unpack_block(layer: Layer, index: int, stored: bytes) -> bytes:
    length = min(BLOCK_SIZE, layer.length - index * BLOCK_SIZE)
    plain = stored
    if len(stored) < length:
        try:
            plain = _unpack(stored, length)
        except (ValueError, zlib.error) as error:
            raise ArtifactError(f"{layer.name}: block {index} does not inflate") from error
    if len(plain) != length or binascii.crc32(plain) != layer.blocks[index].crc:
        raise ArtifactError(f"{layer.name}: block {index} does not match its CRC-32")
    return plain


def _unpack(stored: bytes, length: int) -> bytes:
    """The plain bytes of a packed block. Raises ValueError or zlib.error."""
    second = _FIRST_SIZE + int.from_bytes(stored[:_FIRST_SIZE], "little")
    plain = _inflate(stored[_FIRST_SIZE:second], min(length, _PIECE_SIZE))
    if length > _PIECE_SIZE:
        return plain + _inflate(stored[second:], length - _PIECE_SIZE)
    if len(stored) != second:
        raise ValueError(f"{len(stored)} bytes instead of {second}")
    return plain


def _inflate(stream: bytes, length: int) -> bytes:
    if len(stream) > _MAX_PACKED_PIECE:
        raise ValueError(f"a stream of {len(stream)} bytes")
    plain = zlib.decompress(stream, _WINDOW_BITS, _PIECE_SIZE)
    if len(plain) != length:
        raise ValueError(f"{len(plain)} bytes instead of {length}")
    return plain


def pack_table(blocks: tuple[Block, ...]) -> bytes:
    """The table as the manifest carries it, before base64."""
    return b"".join(_ENTRY.pack(block.stored, block.crc) for block in blocks)


def parse_table(data: bytes) -> tuple[Block, ...]:
    """A table from its bytes. Raises ValueError if they are no whole number of entries."""
    if len(data) % _ENTRY.size:
        raise ValueError(f"{len(data)} bytes are not a multiple of {_ENTRY.size}")
    return tuple(Block(stored, crc) for stored, crc in _ENTRY.iter_unpack(data))
