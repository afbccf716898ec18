"""A release on the host: a folder with `manifest.json` and one `<layer>.bin` per layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lockerctl.blocks import ArtifactError, unpack_layer
from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.files import replacing
from lockerctl.manifest import Manifest, ManifestError, parse_manifest

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Release:
    """A whole release: its manifest, the manifest's bytes, and each layer's artifact by name."""

    manifest: Manifest
    data: bytes
    artifacts: Mapping[str, bytes]

    def plain(self, name: str) -> bytes:
        """A layer as it lies in a slot. Raises ArtifactError."""
        layer = self.manifest.layer(name)
        if layer is None:
            raise ArtifactError(f"{name}: the release has no such layer")
        return unpack_layer(layer, self.artifacts[name])


def load_release(path: Path) -> Release:
    """Read a release and check it to the last byte. Raises UserError."""
    data = read_file(path / MANIFEST)
    try:
        manifest = parse_manifest(data)
    except ManifestError as error:
        raise UserError(f"{path / MANIFEST}: {error}") from error
    artifacts = {layer.name: read_file(path / f"{layer.name}.bin") for layer in manifest.layers}
    for layer in manifest.layers:
        try:
            unpack_layer(layer, artifacts[layer.name])
        except ArtifactError as error:
            raise UserError(f"{path}: {error}") from error
    return Release(manifest, data, artifacts)


def save_release(release: Release, path: Path) -> bool:
    """Write a release into a new folder, whole or not at all.

    Returns False if the very same release is there already. Raises UserError if anything else is.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        _check_same(release, path)
        return False
    with replacing(path) as made:
        made.mkdir()
        (made / MANIFEST).write_bytes(release.data)
        for name, artifact in release.artifacts.items():
            (made / f"{name}.bin").write_bytes(artifact)
    return True


def _check_same(release: Release, path: Path) -> None:
    if not (path / MANIFEST).exists():
        raise UserError(f"{path}: is in use, and not by a release: choose another folder")
    there = load_release(path)
    if (there.data, there.artifacts) == (release.data, release.artifacts):
        return
    version = release.manifest.version
    if there.manifest.version == version:
        raise UserError(f"{path}: holds release {version} with other bytes: choose a new version")
    raise UserError(f"{path}: holds release {there.manifest.version}: choose another folder")
