"""Whoever holds the offline keys, for tests: signs releases, good ones and bad ones alike."""

from __future__ import annotations

from pathlib import Path

from tuf.api.metadata import Metadata, TargetFile

from fleet.client import FleetClient
from fleet.trust.commands import publish_trust
from fleet.trust.settings import TrustSettings
from lockerctl.keys.ceremony import TERMS, Plan, begin
from lockerctl.keys.changes import Change
from lockerctl.keys.edits import expiry, next_targets
from lockerctl.keys.offers import target_path
from lockerctl.keys.passphrases import Passphrases
from lockerctl.keys.repository import target_file_name
from lockerctl.release_dir import Release

_DAYS = 30
# Each story wants its own, soon: the oldest goes.
_ON_OFFER = 10


class Owner:
    """Keys of their own, in `folder`. `root`: what boards are made with."""

    def __init__(self, folder: Path) -> None:
        self.ceremony = begin(folder / "keys", Plan(), Passphrases("correct horse"))
        root = self.ceremony.repository.read("1.root.json")
        assert root is not None
        self.root = root
        self._offered: list[str] = []
        self.settings = TrustSettings(folder / "tuf", self.ceremony.online.path)

    def offer(self, client: FleetClient, release: Release) -> None:
        """Sign a release, whatever its manifest says, and publish that."""
        trusted = self.ceremony.trusted()
        path = target_path(release.manifest.product, release.manifest.version)
        entry = TargetFile.from_data(path, release.data)
        if trusted.entries().get(path) == entry:
            return
        targets = next_targets(trusted, expiry(_DAYS))
        others = [each for each in self._offered if each != path]
        self._offered = [*others[1 - _ON_OFFER :], path]
        for old in set(targets.targets).difference(self._offered):
            del targets.targets[old]
        targets.targets[path] = entry
        repository = self.ceremony.repository
        repository.write(target_file_name(entry), release.data)
        self.ceremony.settle(Change(trusted.root, targets=Metadata(targets)), TERMS)
        publish_trust(client, repository.path)
