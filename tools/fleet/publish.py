"""Bringing a release to an update server: what is missing there, and nothing else.

Every step looks first whether it is done already, so a publication that was cut off is
finished by doing it again. docs/formats.md, "How a release looks to an update server".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from fleet.client import FleetClient
from lockerctl.errors import UserError
from lockerctl.manifest import PRODUCT
from lockerctl.release_dir import MANIFEST, Release

_MANIFEST_TYPE = {
    "key": "manifest",
    "name": "Manifest",
    "description": "The manifest of a release",
    "minArtifacts": 1,
    "maxAssignments": 1,
}
_LAYER_TYPE = {
    "key": "layer",
    "name": "Layer",
    "description": "A layer of a board's software",
    "minArtifacts": 1,
    "maxAssignments": 8,
}
SET_TYPE = "locker_release"


@dataclass(frozen=True)
class File:
    """One module of a release, and the one artifact that it has."""

    type: str
    name: str
    version: str
    filename: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Progress:
    """Who is told how a publication goes on: files the server has, and bytes of those it lacks."""

    known: Callable[[File], None] = lambda _file: None
    begin: Callable[[File], None] = lambda _file: None
    sent: Callable[[int], None] = lambda _count: None


@dataclass(frozen=True)
class Published:
    """What a publication came to. `uploaded_bytes` is 0 when everything was there."""

    set_id: int
    new: bool
    uploaded_bytes: int


def publish_release(client: FleetClient, release: Release, progress: Progress) -> Published:
    """Make the server offer a release. Raises UserError, FleetError.

    The same version with other bytes is refused before anything is changed.
    """
    files = _files(release)
    found = {file: _find(client, release, file) for file in files}
    type_ids = [_ensure_module_type(client, each) for each in (_MANIFEST_TYPE, _LAYER_TYPE)]
    _ensure_set_type(client, type_ids)
    uploaded, modules = 0, []
    for file, (module_id, complete) in found.items():
        number = module_id if module_id is not None else _create_module(client, file)
        modules.append(number)
        if complete:
            progress.known(file)
            continue
        progress.begin(file)
        client.upload(number, file.filename, file.data, file.sha256, progress.sent)
        uploaded += len(file.data)
    _ensure_metadata(client, modules[0], release)
    set_id, new = _ensure_set(client, release, modules)
    return Published(set_id, new, uploaded)


def find_release(client: FleetClient, product: str, version: str) -> int | None:
    """The id of a published release's set."""
    return client.find_set(SET_TYPE, product, version)


def published(client: FleetClient, version: str) -> int:
    """The id of a published release's set. Raises UserError if it is not published."""
    set_id = find_release(client, PRODUCT, version)
    if set_id is None:
        raise UserError(f"release {version} is not on {client.url}: publish it first")
    return set_id


def _files(release: Release) -> list[File]:
    """The manifest first: it decides whether the rest is wanted."""
    manifest = release.manifest
    return [
        File("manifest", manifest.product, manifest.version, MANIFEST, release.data),
        *(
            File("layer", each.name, each.version, f"{each.name}.bin", release.artifacts[each.name])
            for each in manifest.layers
        ),
    ]


def _find(client: FleetClient, release: Release, file: File) -> tuple[int | None, bool]:
    """The module on the server, if there is one, and whether it has its file. Raises UserError."""
    module_id = client.find_module(file.type, file.name, file.version)
    if module_id is None:
        return None, False
    present = client.artifacts(module_id)
    if not present:
        return module_id, False
    for each in present:
        if (
            each.filename == file.filename
            and each.size == len(file.data)
            and each.hashes.get("sha256", file.sha256) == file.sha256
        ):
            return module_id, not each.lost
    raise UserError(_conflict(release, file))


def _conflict(release: Release, file: File) -> str:
    version = release.manifest.version
    if file.type == "manifest":
        return (
            f"release {version} is on the server already, with other bytes: "
            "give this one a new version"
        )
    return (
        f"layer {file.name} {file.version} is on the server already, stored with other bytes: "
        f"build {version} with --previous, so that unchanged layers stay as they are"
    )


def _ensure_module_type(client: FleetClient, wanted: dict[str, object]) -> int:
    found = client.find_type("softwaremoduletypes", str(wanted["key"]))
    return found if found is not None else client.create("softwaremoduletypes", wanted).number("id")


def _ensure_set_type(client: FleetClient, module_types: list[int]) -> None:
    if client.find_type("distributionsettypes", SET_TYPE) is None:
        wanted = {
            "key": SET_TYPE,
            "name": "Locker release",
            "description": "All the software of a board",
            "mandatorymodules": [{"id": each} for each in module_types],
        }
        client.create("distributionsettypes", wanted)


def _create_module(client: FleetClient, file: File) -> int:
    entity = {"type": file.type, "name": file.name, "version": file.version}
    return client.create("softwaremodules", entity).number("id")


def _ensure_metadata(client: FleetClient, module_id: int, release: Release) -> None:
    wanted = _metadata(release)
    present = client.metadata(module_id)
    missing = {key: value for key, value in wanted.items() if key not in present}
    if missing:
        client.add_metadata(module_id, missing)


def _metadata(release: Release) -> dict[str, str]:
    """Hints for boards; the manifest decides."""
    manifest = release.manifest
    hints: dict[str, object] = {
        "release": {"version": manifest.version, "sequence": manifest.sequence}
    }
    for each in manifest.layers:
        hints[f"layer.{each.name}"] = {
            "version": each.version,
            "length": each.length,
            "address": each.address,
        }
    return {key: json.dumps(value, separators=(",", ":")) for key, value in hints.items()}


def _ensure_set(client: FleetClient, release: Release, modules: list[int]) -> tuple[int, bool]:
    manifest = release.manifest
    found = find_release(client, manifest.product, manifest.version)
    if found is not None:
        if client.set_modules(found) != set(modules):
            raise UserError(
                f"release {manifest.version} is on the server already, with other layers: "
                "give this one a new version"
            )
        return found, False
    entity = {
        "type": SET_TYPE,
        "name": manifest.product,
        "version": manifest.version,
        "modules": [{"id": each} for each in modules],
    }
    return client.create("distributionsets", entity).number("id"), True
