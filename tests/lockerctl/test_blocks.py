"""A layer's blocks: stored as the format says, and checked on the way back."""

from __future__ import annotations

import binascii
import hashlib
import random
import zlib
from dataclasses import replace

import pytest

from lockerctl.blocks import BLOCK_SIZE, ArtifactError, Block, pack_layer, unpack_layer
from lockerctl.manifest import Layer

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


def test_block_is_compressed_by_itself_with_a_window_of_4_kib() -> None:
    plain = ENOUGH + b"abc" * 5000
    layer, artifact = layer_of(plain)
    first, second = layer.blocks
    assert zlib.decompress(artifact[: first.stored], -12) == plain[:BLOCK_SIZE]
    assert zlib.decompress(artifact[first.stored :], -12) == plain[BLOCK_SIZE:]
    assert second.crc == binascii.crc32(plain[BLOCK_SIZE:])


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


def test_block_that_inflates_to_more_than_its_length_is_refused() -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -12)
    bomb = deflate.compress(bytes(50_000_000)) + deflate.flush()
    layer, _ = layer_of(bytes(BLOCK_SIZE))
    layer = replace(layer, length=BLOCK_SIZE, blocks=(Block(len(bomb), layer.blocks[0].crc),))
    with pytest.raises(ArtifactError):
        unpack_layer(layer, bomb)


def test_layer_with_another_hash_is_refused() -> None:
    layer, artifact = layer_of(ENOUGH)
    with pytest.raises(ArtifactError, match="SHA-256"):
        unpack_layer(replace(layer, sha256="0" * 64), artifact)
