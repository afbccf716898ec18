"""The release manifest, format 1 (docs/formats.md): what it says, and its bytes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lockerctl.blocks import Block, pack_table, parse_table
from lockerctl.errors import UserError
from lockerctl.fields import FieldError, Fields
from lockerctl.manifest_rules import MAX_SEQUENCE, OTA, STORE, check_layer, check_layers
from lockerctl.partition_table import SECTOR

FORMAT = 1
PRODUCT = "locker"
MAX_SIZE = 3584

# Semantic Versioning 2.0.0, clauses 2 and 9. The build metadata of clause 10 is the layers'.
_NUMBER = r"(0|[1-9]\d*)"
_WORD = r"(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = rf"(?=.{{1,32}}(\+|$)){_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_WORD}(\.{_WORD})*)?"
_MODEL = r"[a-z0-9][a-z0-9_.-]{0,31}"
_DIGEST = r"[0-9a-f]{64}"
_U32 = 0xFFFFFFFF


class ManifestError(UserError):
    """There is no such manifest of a release."""


@dataclass(frozen=True)
class Layer:
    """One layer of a release. Address, capacity and length in bytes, hashes in hex."""

    name: str
    version: str
    partition: str
    address: int
    capacity: int
    length: int
    sha256: str
    blocks: tuple[Block, ...]
    image_sha256: str | None = None

    @property
    def stored(self) -> int:
        """The length of the artifact in bytes."""
        return sum(block.stored for block in self.blocks)


@dataclass(frozen=True)
class Manifest:
    """A release. `boards`: each model with the revisions that may run it."""

    boards: Mapping[str, tuple[int, ...]]
    version: str
    sequence: int
    bytecode: int
    layers: tuple[Layer, ...]
    product: str = PRODUCT

    def layer(self, name: str) -> Layer | None:
        """The layer of this name, if the release has it."""
        return next((layer for layer in self.layers if layer.name == name), None)


def check_version(version: str) -> None:
    """A release's version is semantic and has no build metadata. Raises ManifestError."""
    if not re.fullmatch(_VERSION, version, re.ASCII):
        raise ManifestError(f"{version!r} is no semantic version such as 1.2.0 or 1.2.0-rc.1")


def dump_manifest(manifest: Manifest) -> bytes:
    """The bytes of a manifest; equal releases have equal bytes. Raises ManifestError."""
    document = {
        "format": FORMAT,
        "product": manifest.product,
        "boards": {model: list(revisions) for model, revisions in manifest.boards.items()},
        "version": manifest.version,
        "sequence": manifest.sequence,
        "bytecode": manifest.bytecode,
        "layers": [_dump_layer(layer) for layer in manifest.layers],
    }
    data = json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")
    _check_size(data)
    return data


def _check_size(data: bytes) -> None:
    if len(data) > MAX_SIZE:
        raise ManifestError(f"the manifest has {len(data)} bytes, a slot's header holds {MAX_SIZE}")


def _dump_layer(layer: Layer) -> dict[str, object]:
    document: dict[str, object] = {
        "name": layer.name,
        "version": layer.version,
        "partition": layer.partition,
        "address": layer.address,
        "capacity": layer.capacity,
        "length": layer.length,
        "sha256": layer.sha256,
        "blocks": base64.b64encode(pack_table(layer.blocks)).decode("ascii"),
    }
    if layer.image_sha256 is not None:
        document["image_sha256"] = layer.image_sha256
    return document


def parse_manifest(data: bytes) -> Manifest:
    """A manifest from its bytes. Raises ManifestError: the first rule that it breaks."""
    _check_size(data)
    try:
        manifest = _parse(Fields(json.loads(data.decode("ascii")), "manifest"))
    except FieldError as error:
        raise ManifestError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"manifest: no JSON in ASCII: {error}") from error
    if dump_manifest(manifest) != data:
        raise ManifestError("manifest: its keys must be sorted, without blanks between them")
    return manifest


def _parse(fields: Fields) -> Manifest:
    fields.number("format", FORMAT, FORMAT)
    manifest = Manifest(
        product=fields.text("product", _MODEL),
        boards=dict(map(_parse_board, fields.mapping("boards"))),
        version=fields.text("version", _VERSION),
        sequence=fields.number("sequence", 1, MAX_SEQUENCE),
        bytecode=fields.number("bytecode", 1, 0xFF),
        layers=tuple(map(_parse_layer, fields.items("layers"))),
    )
    fields.end()
    check_layers(manifest.layers)
    return manifest


def _parse_board(entry: tuple[str, object]) -> tuple[str, tuple[int, ...]]:
    model, found = entry
    revisions = [number for number in found if type(number) is int] if type(found) is list else []
    if not re.fullmatch(_MODEL, model) or not revisions or revisions != found:
        raise FieldError(f"manifest: board {model!r} is no model with a list of its revisions")
    return model, tuple(revisions)


def _parse_layer(document: object) -> Layer:
    fields = Fields(document, "a layer")
    name = fields.text("name", r"[a-z][a-z0-9_]{0,14}")
    fields.where = f"layer {name}"
    layer = Layer(
        name=name,
        version=fields.text("version", rf"{_VERSION}\+[0-9a-f]{{8}}"),
        partition=fields.text("partition", f"{STORE}|{OTA}"),
        address=fields.number("address", 0, _U32),
        capacity=fields.number("capacity", SECTOR, _U32),
        length=fields.number("length", 1, _U32),
        sha256=fields.text("sha256", _DIGEST),
        blocks=_parse_blocks(name, fields.text("blocks", r"[A-Za-z0-9+/]+={0,2}")),
        image_sha256=fields.text("image_sha256", _DIGEST) if fields.has("image_sha256") else None,
    )
    fields.end()
    check_layer(layer)
    return layer


def _parse_blocks(name: str, text: str) -> tuple[Block, ...]:
    try:
        return parse_table(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise FieldError(f"layer {name}: blocks: {error}") from error
