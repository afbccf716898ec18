"""Small releases of two layers, in memory and as folders."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lockerctl.blocks import pack_layer
from lockerctl.manifest import Layer, Manifest, dump_manifest
from lockerctl.release_dir import Release, save_release


def release(version: str, sequence: int, core: bytes, app: bytes, brought: str = "") -> Release:
    """A release; `brought` is the version of the one that brought its core."""
    layers, artifacts = [], {}
    for name, partition, data, since in (
        ("core", "ota", core, brought or version),
        ("app", "store", app, version),
    ):
        plain = data.ljust(-(-len(data) // 1024) * 1024, b"\0")
        blocks, artifacts[name] = pack_layer(plain)
        digest = hashlib.sha256(plain).hexdigest()
        layers.append(
            Layer(
                name=name,
                version=f"{since}+{digest[:8]}",
                partition=partition,
                address=0 if partition == "ota" else 4096,
                capacity=0x1A0000 if partition == "ota" else 0x30000,
                length=len(plain),
                sha256=digest,
                blocks=blocks,
                image_sha256="0" * 64 if partition == "ota" else None,
            )
        )
    manifest = Manifest({"bench": (1,)}, version, sequence, 6, tuple(layers))
    return Release(manifest, dump_manifest(manifest), artifacts)


def folder(made: Release, parent: Path) -> Path:
    """The release as a folder."""
    path = parent / made.manifest.version
    save_release(made, path)
    return path
