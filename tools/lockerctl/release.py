"""Builds a release from a core, the board's code and its assets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from lockerctl.block_marks import mark_blocks
from lockerctl.blocks import pack_layer
from lockerctl.core import Core
from lockerctl.errors import UserError
from lockerctl.layers import BYTECODE
from lockerctl.layout import Placement, lay_out
from lockerctl.littlefs_image import build_smallest
from lockerctl.manifest import Layer, Manifest, check_version, dump_manifest
from lockerctl.manifest_rules import OTA, STORE
from lockerctl.partitions import PartitionMap
from lockerctl.release_dir import Release

CORE = "core"


@dataclass(frozen=True)
class Recipe:
    """What a release is made of. `stored`: each layer in the store with its files."""

    version: str
    core: Core
    stored: Mapping[str, Mapping[str, bytes]]
    boards: Mapping[str, tuple[int, ...]]
    partitions: PartitionMap
    previous: Release | None = None
    sequence: int | None = None


def build_release(recipe: Recipe) -> Release:
    """The release; the same recipe gives the same bytes. Raises UserError."""
    check_version(recipe.version)
    sequence = _sequence(recipe)
    plain = {name: mark_blocks(build_smallest(files)) for name, files in recipe.stored.items()}
    places = _places(recipe, plain)
    made = [_core_layer(recipe)]
    made += [
        _layer(recipe, name, data, partition=STORE, place=places[name])
        for name, data in plain.items()
    ]
    layers = tuple(layer for layer, _ in made)
    manifest = Manifest(recipe.boards, recipe.version, sequence, BYTECODE, layers)
    return Release(
        manifest, dump_manifest(manifest), {layer.name: artifact for layer, artifact in made}
    )


def _sequence(recipe: Recipe) -> int:
    if recipe.previous is None:
        return recipe.sequence or 1
    before = recipe.previous.manifest
    if before.version == recipe.version:
        raise UserError(f"the previous release is {before.version} already: choose a new version")
    sequence = recipe.sequence or before.sequence + 1
    if sequence <= before.sequence:
        raise UserError(f"sequence {sequence} is not above {before.sequence} of {before.version}")
    return sequence


def _places(recipe: Recipe, plain: Mapping[str, bytes]) -> dict[str, Placement]:
    before = recipe.previous.manifest.layers if recipe.previous else ()
    preset = {
        layer.name: Placement(layer.address, layer.capacity)
        for layer in before
        if layer.partition == STORE
    }
    lengths = {name: len(data) for name, data in plain.items()}
    return lay_out(lengths, preset, recipe.partitions["store_0"].size)


def _core_layer(recipe: Recipe) -> tuple[Layer, bytes]:
    core, room = recipe.core, recipe.partitions["ota_0"].size
    excess = len(core.data) - room
    if excess > 0:
        raise UserError(
            f"layer {CORE} ({len(core.data)} bytes) does not fit: "
            f"{excess} bytes are missing in a slot of {room}"
        )
    return _layer(
        recipe, CORE, core.data, OTA, Placement(0, room), image_sha256=core.image.sha256.hex()
    )


def _layer(
    recipe: Recipe,
    name: str,
    plain: bytes,
    partition: str,
    place: Placement,
    image_sha256: str | None = None,
) -> tuple[Layer, bytes]:
    """A layer and its artifact; those of the previous release if the bytes are the same."""
    sha256 = hashlib.sha256(plain).hexdigest()
    version = f"{recipe.version}+{sha256[:8]}"
    before = recipe.previous.manifest.layer(name) if recipe.previous else None
    if recipe.previous and before and before.sha256 == sha256:
        version, blocks = before.version, before.blocks
        artifact = recipe.previous.artifacts[name]
    else:
        blocks, artifact = pack_layer(plain)
    layer = Layer(
        name,
        version,
        partition,
        place.address,
        place.capacity,
        len(plain),
        sha256,
        blocks,
        image_sha256,
    )
    return layer, artifact
