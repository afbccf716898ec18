"""What the server knows of a published release: it reads the manifest that it was given.

Only a hint, like all that a server says: boards go by the manifest that they verify themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.store.content import ContentStore
from fleet.store.models import Artifact, Module, ModuleType, SetModule
from lockerctl.manifest import ManifestError, parse_manifest
from lockerctl.release_dir import MANIFEST

# docs/formats.md, "How a release looks to an update server".
_MANIFEST_TYPE = "manifest"


@dataclass(frozen=True)
class LayerFacts:
    """A layer; `length` in plain bytes, `stored` as it is downloaded."""

    name: str
    version: str
    length: int
    stored: int
    is_core: bool


@dataclass(frozen=True)
class ReleaseFacts:
    """A release of ours. `boards`: model → revisions that may run it."""

    version: str
    sequence: int
    boards: Mapping[str, tuple[int, ...]]
    layers: tuple[LayerFacts, ...]

    @property
    def core(self) -> LayerFacts:
        return next(each for each in self.layers if each.is_core)


def facts_of(session: Session, content: ContentStore, set_id: int) -> ReleaseFacts | None:
    """The facts of a distribution set, None if it is no release of ours."""
    sha256 = session.scalars(
        select(Artifact.sha256)
        .join(Module, Module.id == Artifact.module_id)
        .join(ModuleType, ModuleType.id == Module.type_id)
        .join(SetModule, SetModule.module_id == Module.id)
        .where(
            SetModule.set_id == set_id,
            ModuleType.key == _MANIFEST_TYPE,
            Artifact.filename == MANIFEST,
        )
    ).first()
    try:
        return _read(content.path(sha256)) if sha256 else None
    except OSError:
        return None


def transfer_bytes(old: ReleaseFacts | None, new: ReleaseFacts) -> int:
    """The most that a board running `old` downloads: layers that it has not got already."""
    there = {(each.name, each.version) for each in old.layers} if old else set()
    return sum(each.stored for each in new.layers if (each.name, each.version) not in there)


@lru_cache(maxsize=256)
def _read(path: Path) -> ReleaseFacts | None:
    """Named after their hash, files never change. Raises OSError: one may come back."""
    try:
        manifest = parse_manifest(path.read_bytes())
    except ManifestError:
        return None
    layers = tuple(
        LayerFacts(each.name, each.version, each.length, each.stored, each.partition == "ota")
        for each in manifest.layers
    )
    return ReleaseFacts(manifest.version, manifest.sequence, manifest.boards, layers)
