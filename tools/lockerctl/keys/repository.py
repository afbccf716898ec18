"""The public files of a TUF repository: a folder that any web server can hand out.

`N.root.json`, `N.targets.json`, `N.snapshot.json`, `timestamp.json`, and the files that targets
lists as `targets/<path>/<SHA-256>.<name>` (consistent snapshots, section 6.2).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from tuf.api.metadata import TargetFile

from lockerctl.errors import UserError
from lockerctl.files import sync_folder
from lockerctl.keys.rules import ROOT, SNAPSHOT, TARGETS

TIMESTAMP_FILE = "timestamp.json"
_VERSIONED = re.compile(r"([1-9]\d{0,9})\.([a-z]+)\.json")
_TARGET = re.compile(r"targets/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[0-9a-f]{64}\.[A-Za-z0-9._-]+")


class Files(Protocol):
    """Where files of a repository are read from."""

    def read(self, name: str) -> bytes | None:
        """The content of a file, None if it is not there."""

    def names(self) -> Iterable[str]:
        """The files that are not targets."""


def file_name(role: str, version: int) -> str:
    """The name of a role's metadata, other than timestamp's."""
    return f"{version}.{role}.json"


def version_of(name: str) -> tuple[str, int] | None:
    """Role and version behind a file's name."""
    match = _VERSIONED.fullmatch(name)
    if match is None or match[2] not in (ROOT, TARGETS, SNAPSHOT):
        return None
    return match[2], int(match[1])


def is_target(name: str) -> bool:
    """Whether a file's name is that of a target, and safe."""
    return _TARGET.fullmatch(name) is not None


def target_file_name(entry: TargetFile) -> str:
    """Where the file behind an entry of targets lies."""
    folder, slash, name = entry.path.rpartition("/")
    return f"targets/{folder}{slash}{entry.hashes['sha256']}.{name}"


def versions(files: Files, role: str) -> list[int]:
    """The versions of a role that are there, ascending."""
    found = filter(None, map(version_of, files.names()))
    return sorted(version for name, version in found if name == role)


class Repository:
    """The folder. A file is there whole and for good, or not at all.

    Every method raises UserError if the disk does not let it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> bytes | None:
        path = self.path / name
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UserError(f"{path}: cannot read it: {error.strerror}") from error

    def names(self) -> list[str]:
        try:
            return os.listdir(self.path)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UserError(f"{self.path}: cannot read it: {error.strerror}") from error

    def write(self, name: str, data: bytes) -> None:
        """Replace a file in one step that a power cut can only do or not do."""
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, data)
        except OSError as error:
            raise UserError(f"{path}: cannot write it: {error.strerror}") from error

    def remove(self, name: str) -> None:
        path = self.path / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"{path}: cannot remove it: {error.strerror}") from error


class Overlay:
    """Files that have been offered, over those that are there already."""

    def __init__(self, below: Files, offered: Mapping[str, bytes]) -> None:
        self._below = below
        self._offered = offered

    def read(self, name: str) -> bytes | None:
        return self._offered[name] if name in self._offered else self._below.read(name)

    def names(self) -> set[str]:
        return {*self._below.names(), *(name for name in self._offered if "/" not in name)}


def _replace(path: Path, data: bytes) -> None:
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)
