"""Marks in a layer's littlefs image: blocks that differ have different CRC-32s.

A littlefs commit ends with its own CRC-32, and a CRC-32 over data and its CRC-32 depends on their
length alone. So blocks that differ in a commit only would look equal in a release's manifest.

Tags, commits and files: littlefs' SPEC.md, disk version 2.1. Of a commit's last tag, readers
look at the first 4 bytes, the CRC; the rest is padding to the next unit that can be programmed.
`littlefs_image` programs whole littlefs blocks: a metadata block is one commit, padded to its end.
"""

from __future__ import annotations

import binascii
import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lockerctl.blocks import BLOCK_SIZE
from lockerctl.littlefs_image import LAYER_BLOCK

MARK_SIZE = 4
_PAIR = struct.Struct("<II")
_ROOT = (0, 1)
_NO_PAIR = (0xFFFFFFFF, 0xFFFFFFFF)
_POINTER_SIZE = 4
_TAG_SIZE = 4
_FIRST_TAG = 0xFFFFFFFF
_NO_DATA = 0x3FF
# Types of tags, and which bits of them count.
_CTZ_STRUCT = 0x202
_TAIL, _TAIL_BITS = 0x600, 0x700
_CRC, _CRC_BITS = 0x500, 0x780


def mark_blocks(image: bytes) -> bytes:
    """The image of a layer, with a mark of its content in each block that has a place for it."""
    marked = bytearray(image)
    places = unread_places(image)
    for start in range(0, len(image), BLOCK_SIZE):
        end = min(start + BLOCK_SIZE, len(image))
        place = next((place for place in places if start <= place < end), None)
        if place is not None:
            digest = hashlib.sha256(image[start:end]).digest()
            marked[place : place + MARK_SIZE] = digest[:MARK_SIZE]
    return bytes(marked)


def unread_places(image: bytes) -> list[int]:
    """Offsets, ascending, of `MARK_SIZE` bytes at the end of a littlefs block that no reader uses.

    They are behind a metadata block's commit, or behind a file's end in its last block. The
    image must be one that `build_image` has made of `LAYER_BLOCK` blocks.
    """
    return sorted(
        number * LAYER_BLOCK + LAYER_BLOCK - MARK_SIZE
        for number, used in _blocks_with_ends(image)
        if used <= LAYER_BLOCK - MARK_SIZE
    )


@dataclass(frozen=True)
class _Commit:
    """What a metadata block holds. `used`: bytes up to its CRC; `files`: last block, size."""

    revision: int
    used: int
    tail: tuple[int, int]
    files: tuple[tuple[int, int], ...]


def _blocks_with_ends(image: bytes) -> Iterator[tuple[int, int]]:
    """Numbers of littlefs blocks, and how many bytes of each are used."""
    pair = _ROOT
    while pair != _NO_PAIR:
        found = [(number, _commit(_block(image, number))) for number in pair]
        commits = [commit for _, commit in found if commit]
        yield from ((number, commit.used) for number, commit in found if commit)
        newest = _newest(commits)
        yield from ((last, _used_by(size)) for last, size in newest.files)
        pair = newest.tail


def _block(image: bytes, number: int) -> bytes:
    return image[number * LAYER_BLOCK : (number + 1) * LAYER_BLOCK]


def _newest(commits: list[_Commit]) -> _Commit:
    """The one that readers take: revisions wrap."""
    first, last = commits[0], commits[-1]
    return last if (last.revision - first.revision) & 0x80000000 == 0 else first


def _commit(block: bytes) -> _Commit | None:
    """The commit in a block of a metadata pair; None if there is none yet."""
    tail = _NO_PAIR
    files: list[tuple[int, int]] = []
    for at, kind, length in _tags(block):
        data = at + _TAG_SIZE
        if kind & _CRC_BITS == _CRC:
            crc = int.from_bytes(block[data : data + 4], "little")
            if data + length != len(block) or crc != binascii.crc32(block[:data]) ^ 0xFFFFFFFF:
                return None
            revision = int.from_bytes(block[:4], "little")
            return _Commit(revision, data + 4, tail, tuple(files))
        if kind & _TAIL_BITS == _TAIL:
            tail = _PAIR.unpack_from(block, data)
        elif kind == _CTZ_STRUCT:
            files.append(_PAIR.unpack_from(block, data))
    return None


def _tags(block: bytes) -> Iterator[tuple[int, int, int]]:
    """Offset, type and length of each tag, for as long as they make sense."""
    at, tag = 4, _FIRST_TAG
    while at + _TAG_SIZE <= len(block):
        tag ^= int.from_bytes(block[at : at + _TAG_SIZE], "big")
        length = tag & 0x3FF
        if length == _NO_DATA:
            length = 0
        if tag >> 31 or at + _TAG_SIZE + length > len(block):
            return
        yield at, tag >> 20, length
        at += _TAG_SIZE + length


def _used_by(size: int) -> int:
    """How many bytes of its last block a file of this size uses: pointers, then content."""
    # SPEC.md, CTZ skip-lists: block n starts with as many pointers as n has factors 2, and one.
    last = size - 1
    room = LAYER_BLOCK - 2 * _POINTER_SIZE
    n = last // room
    if n:
        n = (last - _POINTER_SIZE * ((n - 1).bit_count() + 2)) // room
    return last - room * n - _POINTER_SIZE * n.bit_count() + 1
