"""Snapshot and timestamp: what they say, when they are due, how they are signed. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, Timestamp

from fleet.trust.online import Signers
from lockerctl.keys.rules import LIMITS, check_size, verify


@dataclass(frozen=True)
class Term:
    """How long a file is good for, and at what age it is replaced."""

    life: timedelta
    renew: timedelta

    def due(self, signed: Signed) -> datetime:
        """When a file should be replaced."""
        return signed.expires - self.life + self.renew


def meta_file(version: int, data: bytes) -> MetaFile:
    """The entry for a file in the one that lists it."""
    return MetaFile.from_data(version, data, ["sha256"])


def next_version(last: int, now: datetime) -> int:
    """One more than the last, and no less than the minutes since 1970.

    So a server that was set back to an old backup goes on above all that it has ever signed.
    """
    return max(last + 1, int(now.timestamp() // 60))


def new_snapshot(version: int, targets: MetaFile, expires: datetime) -> Metadata[Snapshot]:
    return Metadata(Snapshot(version=version, expires=expires, meta={"targets.json": targets}))


def new_timestamp(version: int, snapshot: MetaFile, expires: datetime) -> Metadata[Timestamp]:
    return Metadata(Timestamp(version=version, expires=expires, snapshot_meta=snapshot))


def sign(metadata: Metadata[Any], roots: Sequence[Root], signers: Signers) -> bytes:
    """The file, signed by what the first of `roots` demands and, if it has room, the others.

    Those are the roots that clients may still hold in the very moment of a new one. Raises
    TrustError if the first one's keys are not among `signers`, or the file gets too long.
    """
    role = metadata.signed.type
    data = b""
    for root in roots:
        for key_id in root.roles[role].keyids:
            if key_id in signers and verify(root, metadata).missing:
                metadata.sign(signers[key_id], append=True)
        signed = metadata.to_bytes()
        if data and len(signed) > LIMITS[role]:
            break
        data = signed
    check_size(role, data)
    return data
