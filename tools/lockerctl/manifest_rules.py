"""What must hold between the fields of a manifest. All of it raises FieldError."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from lockerctl.blocks import BLOCK_SIZE, LEAST_PACKED, most_packed
from lockerctl.fields import FieldError
from lockerctl.partition_table import SECTOR

if TYPE_CHECKING:
    from lockerctl.manifest import Layer

STORE, OTA = "store", "ota"
MAX_LAYERS = 8
# The next one would be a blank word of flash.
MAX_SEQUENCE = 0xFFFFFFFE
# The mount point of what the board writes.
_TAKEN_NAME = "data"
_LITTLEFS_BLOCK = 1024


def check_layer(layer: Layer) -> None:
    """One layer by itself."""
    _need(layer, layer.name != _TAKEN_NAME, "this name is the board's own")
    if layer.partition == OTA:
        _need(layer, layer.address == 0, f"its address in ota is {layer.address}, not 0")
        _need(layer, layer.image_sha256 is not None, "a layer in ota needs image_sha256")
    else:
        _need(layer, layer.address >= SECTOR, f"address {layer.address} lies on the slot's header")
        _need(layer, layer.image_sha256 is None, "only a layer in ota has image_sha256")
        whole = layer.length % _LITTLEFS_BLOCK == 0
        _need(layer, whole, f"length {layer.length} is not a multiple of {_LITTLEFS_BLOCK}")
    for name, value in (("address", layer.address), ("capacity", layer.capacity)):
        _need(layer, value % SECTOR == 0, f"{name} {value} is not a multiple of {SECTOR}")
    too_long = f"length {layer.length} is above its capacity {layer.capacity}"
    _need(layer, layer.length <= layer.capacity, too_long)
    named_after = layer.version.endswith(f"+{layer.sha256[:8]}")
    _need(layer, named_after, f"version {layer.version} does not end with its hash")
    _check_blocks(layer)


def _check_blocks(layer: Layer) -> None:
    plain = range(0, layer.length, BLOCK_SIZE)
    found = len(layer.blocks)
    _need(layer, found == len(plain), f"{found} blocks instead of {len(plain)}")
    for index, (start, block) in enumerate(zip(plain, layer.blocks, strict=True)):
        most = min(BLOCK_SIZE, layer.length - start)
        holds = block.stored == most or LEAST_PACKED <= block.stored <= most_packed(most)
        _need(layer, holds, f"block {index} of {most} bytes is stored in {block.stored}")


def check_layers(layers: tuple[Layer, ...]) -> None:
    """All layers of a release beside one another."""
    names = [layer.name for layer in layers]
    if len(layers) > MAX_LAYERS:
        raise FieldError(f"manifest: {len(layers)} layers, a slot holds {MAX_LAYERS}")
    if len(set(names)) < len(names):
        raise FieldError(f"manifest: two layers have the same name: {', '.join(names)}")
    if sum(layer.partition == OTA for layer in layers) != 1:
        raise FieldError("manifest: a release has one layer in ota, its core")
    stored = sorted((x for x in layers if x.partition == STORE), key=lambda x: x.address)
    for left, right in itertools.pairwise(stored):
        end = left.address + left.capacity
        _need(right, right.address >= end, f"it overlaps {left.name}, which ends at {end}")


def _need(layer: Layer, holds: bool, broken: str) -> None:
    if not holds:
        raise FieldError(f"layer {layer.name}: {broken}")
