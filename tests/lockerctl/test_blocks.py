"""A layer's blocks: stored as the format says, and checked on the way back."""

from __future__ import annotations

import binascii
import hashlib
import random
import struct
import zlib
from dataclasses import replace

import pytest

from lockerctl.blocks import BLOCK_SIZE, ArtifactError, Block, pack_layer, unpack_layer
from lockerctl.manifest import Layer

PIECE = 8192
CHANCE = random.Random(1)
NOISE = CHANCE.randbytes(BLOCK_SIZE)
# Noise that deflate takes a little off: just less and just more than an eighth.
NEARLY = NOISE[: BLOCK_SIZE - 2000] + bytes(2000)
ENOUGH = NOISE[: BLOCK_SIZE - 2200] + bytes(2200)


def layer_of(plain: bytes) -> tuple[Layer, bytes]:
    blocks, artifact = pack_layer(plain)
    digest = hashlib.sha256(plain).hexdigest()
    version = f"1.0.0+{digest[:8]}"
    layer = Layer("app", version, "store", 4096, 1 << 20, len(plain), digest, blocks)
    return layer, artifact


@pytest.mark.parametrize(
    "plain",
    [b"x", b"x" * 1024, NOISE, NOISE + b"y", ENOUGH * 3 + NOISE[:5000], bytes(BLOCK_SIZE * 2)],
    ids=["byte", "short", "noise", "one over", "mixed", "zeros"],
)
def test_layer_comes_back_as_it_was(plain: bytes) -> None:
    layer, artifact = layer_of(plain)
    assert len(layer.blocks) == -(-len(plain) // BLOCK_SIZE)
    assert sum(block.stored for block in layer.blocks) == len(artifact) == layer.stored
    assert unpack_layer(layer, artifact) == plain


def streams_of(stored: bytes) -> list[bytes]:
    (first,) = struct.unpack_from("<H", stored)
    return [stored[2 : 2 + first], stored[2 + first :]]


def deflated(plain: bytes, window_bits: int = -11) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    return deflate.compress(plain) + deflate.flush()


def test_halves_of_a_block_are_compressed_by_themselves_with_a_window_of_2_kib() -> None:
    plain = ENOUGH + b"abc" * 5000
    layer, artifact = layer_of(plain)
    first, second = layer.blocks
    streams = streams_of(artifact[: first.stored]) + streams_of(artifact[first.stored :])
    for stream, start in zip(streams, range(0, len(plain), PIECE), strict=True):
        assert zlib.decompress(stream, -11) == plain[start : start + PIECE]
    assert second.crc == binascii.crc32(plain[BLOCK_SIZE:])


def test_short_block_has_one_stream_only() -> None:
    for length, has_second in ((1000, False), (PIECE, False), (PIECE + 1, True)):
        _, artifact = layer_of(bytes(length))
        first, second = streams_of(artifact)
        assert zlib.decompress(first, -11) == bytes(min(length, PIECE))
        assert bool(second) is has_second


def test_half_that_does_not_shrink_fits_into_the_ram_of_a_board() -> None:
    layer, artifact = layer_of(NOISE[:PIECE] + bytes(PIECE))
    assert layer.blocks[0].stored < BLOCK_SIZE
    first, _ = streams_of(artifact)
    assert PIECE < len(first) <= 8256


def test_block_is_stored_plain_when_compressing_saves_less_than_an_eighth() -> None:
    for plain, is_plain in ((NOISE, True), (NEARLY, True), (ENOUGH, False)):
        layer, artifact = layer_of(plain)
        assert (artifact == plain) is is_plain
        assert (layer.blocks[0].stored == BLOCK_SIZE) is is_plain


def test_artifact_with_any_byte_changed_is_refused() -> None:
    layer, artifact = layer_of(ENOUGH + NOISE[:3000])
    for offset in range(0, len(artifact), 97):
        changed = bytearray(artifact)
        changed[offset] ^= 0x40
        with pytest.raises(ArtifactError, match=r"app: block [01] "):
            unpack_layer(layer, bytes(changed))


def test_artifact_of_another_length_is_refused() -> None:
    layer, artifact = layer_of(ENOUGH)
    for other in (b"", artifact[:-1], artifact + b"x"):
        with pytest.raises(ArtifactError, match=f"instead of {len(artifact)}"):
            unpack_layer(layer, other)


def refuse(plain: bytes, first: int, streams: bytes) -> None:
    """Check that a block of so many plain bytes can't be stored so."""
    layer, _ = layer_of(plain)
    stored = struct.pack("<H", first) + streams
    layer = replace(layer, blocks=(Block(len(stored), layer.blocks[0].crc),))
    with pytest.raises(ArtifactError, match="block 0 does not inflate"):
        unpack_layer(layer, stored)


def test_block_that_inflates_to_more_than_its_length_is_refused() -> None:
    bomb = deflated(bytes(7_000_000))
    refuse(bytes(BLOCK_SIZE), len(bomb), bomb + deflated(bytes(PIECE)))
    refuse(bytes(PIECE), len(bomb), bomb)


def test_halves_that_inflate_to_other_lengths_are_refused() -> None:
    plain = ENOUGH[-4000:] * 4
    first, second = deflated(plain[:7000]), deflated(plain[7000:])
    refuse(plain, len(first), first + second)
    whole = deflated(plain)
    refuse(plain, len(whole), whole)


@pytest.mark.parametrize("change", [-1, 1, 100, 60000])
def test_length_of_the_first_half_must_be_right(change: int) -> None:
    first, second = deflated(b"a" * PIECE), deflated(b"b" * PIECE)
    refuse(b"a" * PIECE + b"b" * PIECE, len(first) + change, first + second)
    refuse(b"a" * PIECE, len(first) + change, first)


def test_half_that_a_board_has_no_room_for_is_refused() -> None:
    plain = NOISE[:PIECE] + bytes(PIECE)
    padded = b"\0\0\0\xff\xff" * 12 + deflated(plain[:PIECE])  # empty blocks in front
    assert zlib.decompress(padded, -11) == plain[:PIECE]
    refuse(plain, len(padded), padded + deflated(plain[PIECE:]))


def test_layer_with_another_hash_is_refused() -> None:
    layer, artifact = layer_of(ENOUGH)
    with pytest.raises(ArtifactError, match="SHA-256"):
        unpack_layer(replace(layer, sha256="0" * 64), artifact)
