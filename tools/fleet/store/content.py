"""Artifacts' bytes on disk, by SHA-256: equal bytes are there once, whoever they belong to.

A file gets its name only when it is whole and synced, so a name that exists can be trusted
whatever was cut. Files are never removed while the server runs.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from lockerctl.files import sync_folder


@dataclass(frozen=True)
class Stored:
    """What was written: size in bytes, and hashes in lower-case hex."""

    size: int
    md5: str
    sha1: str
    sha256: str


class ContentStore:
    """The artifact directory of one server."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        for leftover in self._incoming.iterdir():
            leftover.unlink()

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash are, if they are here."""
        return self._root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether they are: a backup may have come back without them."""
        return self.path(sha256).exists()

    def incoming(self) -> Incoming:
        """A file to be written; as a context manager it leaves nothing behind unless kept."""
        # The directory may have been lost under the running server.
        self._incoming.mkdir(parents=True, exist_ok=True)
        return Incoming(self, self._incoming / secrets.token_hex(16))

    def adopt(self, written: Path, sha256: str) -> None:
        """Give a synced file its name, for good. A file that has the name already stays."""
        place = self.path(sha256)
        if place.exists():
            return
        if not place.parent.exists():
            place.parent.mkdir(exist_ok=True)
            sync_folder(self._root)
        written.replace(place)
        sync_folder(place.parent)


class Incoming:
    """Bytes on their way in. Not for two threads at a time."""

    def __init__(self, store: ContentStore, path: Path) -> None:
        self._store = store
        self._path = path
        self._file: BinaryIO = path.open("xb")
        self._hashes = [hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha1")]
        self._hashes.append(hashlib.sha256())
        self.size = 0

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)
        for each in self._hashes:
            each.update(data)

    def stored(self) -> Stored:
        """Size and hashes of what was written so far."""
        md5, sha1, sha256 = (each.hexdigest() for each in self._hashes)
        return Stored(self.size, md5, sha1, sha256)

    def keep(self) -> Stored:
        """Put what was written into the store, durably."""
        self._file.flush()
        os.fsync(self._file.fileno())
        stored = self.stored()
        self._store.adopt(self._path, stored.sha256)
        return stored
