"""Somebody who has taken the update server with all that is on it: the online keys too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from cabinet import Fleet
from rogue import Rogue, Spoil, respond
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from fleet.trust.online import load_signers
from lockerctl.keys.repository import Repository, versions

FAR_VERSION = 0x3FFFFFFF
_LIFE = timedelta(days=3000)
_DATE = re.compile(rb"(?i)^date: [^\r]*", re.MULTILINE)
TIMESTAMP = "timestamp.json"


class Thief(Rogue):
    """Between a fleet's boards and its server.

    `files`: what the repository says instead, by name; None: that there is no such file.
    `ahead`: how much later than it is the server's answers are dated.
    """

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet.server.port)
        self.files: dict[str, bytes | Spoil | None] = {}
        self.ahead = timedelta()
        self._folder = fleet.repository
        self._keys = list(load_signers(fleet.owner.settings.online_keys).values())
        self._version = self.honest_timestamp().version

    def behave(self) -> None:
        """Pass on what the server says."""
        self.be_sane()
        self.files.clear()
        self.ahead = timedelta()

    def spoiler_of(self, request: str) -> Spoil | None:
        """How this request's answer is to be spoilt."""
        method, _, path = request.partition(" ")
        name = path.removeprefix("/tuf/")
        if method == "GET" and name in self.files and name != path:
            return _instead(self.files[name])
        return super().spoiler_of(request) or (self._dated if self.ahead else None)

    def _dated(self, honest: bytes) -> Iterable[bytes]:
        date = format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)
        return (_DATE.sub(b"date: " + date.encode(), honest, count=1),)

    def honest(self, name: str) -> bytes:
        """A file as the owner, or the server, has published it."""
        return (self._folder / name).read_bytes()

    def honest_timestamp(self) -> Timestamp:
        """What the newest timestamp says."""
        return Metadata[Timestamp].from_bytes(self.honest(TIMESTAMP)).signed

    def honest_snapshot(self) -> tuple[bytes, Snapshot]:
        """The file of the newest snapshot, and what it says."""
        data = self.honest(f"{self.honest_timestamp().snapshot_meta.version}.snapshot.json")
        return data, Metadata[Snapshot].from_bytes(data).signed

    def honest_targets(self) -> tuple[bytes, Targets]:
        """The same of targets."""
        version = self.honest_snapshot()[1].meta["targets.json"].version
        data = self.honest(f"{version}.targets.json")
        return data, Metadata[Targets].from_bytes(data).signed

    def newest_root(self) -> Root:
        """What the newest root says."""
        version = max(versions(Repository(self._folder), "root"))
        return Metadata[Root].from_bytes(self.honest(f"{version}.root.json")).signed

    def sign(self, signed: Any, keys: Iterable[CryptoSigner] = ()) -> bytes:
        """Sign whatever it is, with the online keys or with others."""
        metadata = Metadata(signed)
        for key in keys or self._keys:
            metadata.sign(key, append=True)
        return metadata.to_bytes()

    def next_version(self) -> int:
        """Above all that boards have seen."""
        self._version += 1
        return self._version

    def offer_timestamp(
        self, snapshot: MetaFile, life: timedelta = _LIFE, version: int | None = None
    ) -> None:
        """Sign a timestamp for a snapshot. `version`: another one than the next."""
        version = version or self.next_version()
        new = Timestamp(version=version, expires=_now() + life, snapshot_meta=snapshot)
        self.files[TIMESTAMP] = self.sign(new)

    def offer_snapshot(self, meta: dict[str, MetaFile], version: int | None = None) -> None:
        """Sign a snapshot, and a timestamp for it."""
        version = version or self.next_version()
        data = self.sign(Snapshot(version=version, expires=_now() + _LIFE, meta=meta))
        self.files[f"{version}.snapshot.json"] = data
        self.offer_timestamp(listed(version, data), version=version)

    def offer_targets(self, data: bytes, version: int) -> None:
        """Sign what lists these targets under this version."""
        self.files[f"{version}.targets.json"] = data
        self.offer_snapshot({"targets.json": listed(version, data)})


def listed(version: int, data: bytes) -> MetaFile:
    """The entry for a file."""
    return MetaFile.from_data(version, data, ["sha256"])


def evil_targets(version: int, path: str, manifest: bytes) -> Targets:
    """Targets with one release."""
    entry = TargetFile.from_data(path, manifest)
    return Targets(version=version, expires=_now() + _LIFE, targets={path: entry})


def usurped(root: Root, key: CryptoSigner) -> Root:
    """The next root, in which all roles have one new key."""
    new = Root(version=root.version + 1, expires=_now() + _LIFE)
    for name in root.roles:
        new.add_key(key.public_key, name)
    return new


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _instead(answer: bytes | Spoil | None) -> Spoil:
    if answer is None:
        return lambda _honest: (respond("404 Not Found"),)
    if isinstance(answer, bytes):
        return lambda _honest: (respond("200 OK", answer),)
    return answer
