"""Completes a repository: snapshot and timestamp for what people have signed.

Everything begins with the files that are there, and each step may be repeated: whatever was cut
off is finished by completing it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tuf.api.metadata import MetaFile, Root, Snapshot, T, Timestamp

from fleet.trust.online import Signers, check_signers, load_signers
from fleet.trust.renewal import (
    Term,
    meta_file,
    new_snapshot,
    new_timestamp,
    next_version,
    sign,
)
from fleet.trust.settings import TrustSettings
from lockerctl.keys.repository import TIMESTAMP_FILE, Files, Repository, file_name, versions
from lockerctl.keys.rules import ONLINE, SNAPSHOT, TARGETS, TrustError, parse, title, verify
from lockerctl.keys.trusted import Trusted, load_trusted

# A client that was told of a snapshot has the time of so many newer ones to fetch it.
_KEPT_SNAPSHOTS = 4
_TARGETS_ENTRY = "targets.json"


@dataclass(frozen=True)
class Complete:
    """A repository in which everything is there and signed. `due`: when to look again."""

    trusted: Trusted
    due: datetime


@dataclass(frozen=True)
class _Signing:
    """Who signs now, for clients that hold one of these roots, the newest first."""

    roots: Sequence[Root]
    signers: Signers
    now: datetime


class Completion:
    """The order of steps. All methods raise UserError."""

    def __init__(
        self, settings: TrustSettings, repository: Repository, now: Callable[[], datetime]
    ) -> None:
        self._keys = settings.online_keys
        self._repository = repository
        self._now = now
        self._snapshot_term = _term(settings.snapshot_s, settings.snapshot_renew_s)
        self._timestamp_term = _term(settings.timestamp_s, settings.timestamp_renew_s)

    def check(self, files: Files) -> Trusted:
        """What `files` prove, if it can be completed with the keys that are here."""
        trusted = load_trusted(files)
        root, targets = trusted.root.signed, trusted.targets.signed
        check_signers(root, load_signers(self._keys), self._keys)
        last = self._last_snapshot()
        if last and last.meta[_TARGETS_ENTRY].version > targets.version:
            raise TrustError(
                f"{title(targets)} is older than what boards were told of, which is "
                f"{last.meta[_TARGETS_ENTRY].version}: lockerctl key publish from the newest copy"
            )
        return trusted

    def complete(self, files: Files, before: Root | None) -> Complete:
        """Write what is missing or due for `files`, whose targets are in the folder already.

        `before`: the root that clients were told of so far, None if there was none.
        """
        trusted = self.check(files)
        known = [each.signed for each in trusted.roots[before.version - 1 if before else -1 :]]
        signing = _Signing(known[::-1], load_signers(self._keys), self._now())
        version = trusted.targets.signed.version
        targets = meta_file(version, self._repository.read(file_name(TARGETS, version)) or b"")
        snapshot, snapshot_due = self._snapshot(targets, signing)
        timestamp_due = self._timestamp(snapshot, signing)
        for old in versions(self._repository, SNAPSHOT)[:-_KEPT_SNAPSHOTS]:
            self._repository.remove(file_name(SNAPSHOT, old))
        return Complete(trusted, min(snapshot_due, timestamp_due))

    def suits(self, trusted: Trusted, before: Root) -> bool:
        """Whether clients that know no newer root than `before` could go on with `trusted`."""
        held = set(load_signers(self._keys))
        roles = [before.roles[role] for role in ONLINE]
        signed = all(len(held & set(role.keyids)) >= role.threshold for role in roles)
        return signed and bool(verify(before, trusted.targets))

    def _snapshot(self, targets: MetaFile, signing: _Signing) -> tuple[MetaFile, datetime]:
        """The snapshot that lists these targets, and when it is due."""
        last = max(versions(self._repository, SNAPSHOT), default=0)
        data = self._repository.read(file_name(SNAPSHOT, last))
        found = _good(data, Snapshot, signing)
        term, entries = self._snapshot_term, {_TARGETS_ENTRY: targets}
        if data and found and found.meta == entries and term.due(found) > signing.now:
            return meta_file(last, data), term.due(found)
        version = next_version(last, signing.now)
        new = new_snapshot(version, targets, signing.now + term.life)
        data = sign(new, signing.roots, signing.signers)
        self._repository.write(file_name(SNAPSHOT, version), data)
        return meta_file(version, data), term.due(new.signed)

    def _timestamp(self, snapshot: MetaFile, signing: _Signing) -> datetime:
        """When the timestamp that lists this snapshot is due."""
        data = self._repository.read(TIMESTAMP_FILE)
        found = _good(data, Timestamp, signing)
        term = self._timestamp_term
        if found and found.snapshot_meta == snapshot and term.due(found) > signing.now:
            return term.due(found)
        last = _parsed(data, Timestamp)
        version = next_version(last.version if last else 0, signing.now)
        new = new_timestamp(version, snapshot, signing.now + term.life)
        self._repository.write(TIMESTAMP_FILE, sign(new, signing.roots, signing.signers))
        return term.due(new.signed)

    def _last_snapshot(self) -> Snapshot | None:
        last = max(versions(self._repository, SNAPSHOT), default=0)
        return _parsed(self._repository.read(file_name(SNAPSHOT, last)), Snapshot)


def _term(life_s: float, renew_s: float) -> Term:
    return Term(timedelta(seconds=life_s), timedelta(seconds=renew_s))


def _good(data: bytes | None, kind: type[T], signing: _Signing) -> T | None:
    """What a file says, if the newest root's keys have signed it."""
    try:
        metadata = parse(data or b"", kind)
        return metadata.signed if verify(signing.roots[0], metadata) else None
    except TrustError:
        return None


def _parsed(data: bytes | None, kind: type[T]) -> T | None:
    """What a file says, whoever signed it; None if it is damaged or not there."""
    try:
        return parse(data or b"", kind).signed
    except TrustError:
        return None
