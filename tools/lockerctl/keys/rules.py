"""What trusted metadata must be so that a board takes it (TUF specification 1.0). No I/O."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Signed, T, Targets, VerificationResult

from lockerctl.errors import UserError

ROOT, TARGETS, SNAPSHOT, TIMESTAMP = ROLES = ("root", "targets", "snapshot", "timestamp")
# Whose keys lie with people, and whose with the server.
OFFLINE, ONLINE = ROLES[:2], ROLES[2:]
# DESIGN.md 7: the longest file of each role in bytes, as in lib/tuf/client.py.
LIMITS = {ROOT: 8192, TARGETS: 8192, SNAPSHOT: 4096, TIMESTAMP: 2048}
# A small int on a chip, as in lib/tuf/metadata.py.
MAX_VERSION = 0x3FFFFFFF
# Key type to scheme, as in lib/tuf/keys.py.
SCHEMES = {
    "ecdsa": "ecdsa-sha2-nistp256",
    "rsa": "rsassa-pss-sha256",
    "ed25519": "ed25519",
}
_RSA_BITS = range(2048, 4096 + 1, 8)


class TrustError(UserError):
    """Metadata, or a key in it, that no board would take."""


def parse(data: bytes, kind: type[T]) -> Metadata[T]:
    """Metadata of one role from a file's bytes, its signatures unchecked. Raises TrustError."""
    check_size(kind.type, data)
    try:
        metadata: Metadata[T] = Metadata.from_bytes(data)
        canonical = metadata.to_bytes()
    except RepositoryError as error:
        raise TrustError(f"this is no {kind.type} metadata") from error
    if not isinstance(metadata.signed, kind):
        raise TrustError(f"this is {metadata.signed.type} metadata, not {kind.type}")
    # Two readers might understand anything else differently: doubled keys, for one.
    if canonical != data:
        raise TrustError(f"{title(metadata.signed)}: not written as lockerctl writes it")
    if metadata.signed.version > MAX_VERSION:
        raise TrustError(f"{title(metadata.signed)}: version above {MAX_VERSION}")
    return metadata


def check_size(role: str, data: bytes) -> None:
    """Raise TrustError if a board would not read a file so long."""
    if len(data) > LIMITS[role]:
        raise TrustError(
            f"{role} metadata of {len(data)} bytes: a board takes {LIMITS[role]}; fewer keys, "
            "fewer signatures or fewer releases make it shorter"
        )


def title(signed: Signed) -> str:
    """A role's name and version, to begin messages with."""
    return f"{signed.type} {signed.version}"


def check_next_root(previous: Metadata[Root] | None, root: Metadata[Root]) -> None:
    """Section 5.3.4 and 5.3.5; without a `previous` it must be the very first.

    Raises TrustError.
    """
    expected = previous.signed.version + 1 if previous else 1
    if root.signed.version != expected:
        raise TrustError(f"{title(root.signed)}: root {expected} must come next")
    if previous:
        _check_signed(previous.signed, root)
    check_own_root(root)


def check_own_root(root: Metadata[Root]) -> None:
    """Any root, by itself: well formed and signed by its own keys. Raises TrustError."""
    check_root_form(root.signed)
    _check_signed(root.signed, root)


def check_targets(root: Metadata[Root], targets: Metadata[Targets]) -> None:
    """Section 5.6.3 and what boards expect of our targets. Raises TrustError."""
    _check_signed(root.signed, targets)
    if targets.signed.delegations is not None:
        raise TrustError(f"{title(targets.signed)}: it delegates, which is not supported here")
    for path, entry in targets.signed.targets.items():
        if set(entry.hashes) != {"sha256"}:
            raise TrustError(f"{title(targets.signed)}: {path} needs its SHA-256 and no other hash")


def check_not_expired(signed: Signed, now: datetime) -> None:
    """Raise TrustError if metadata has expired: a board would stay on what it has."""
    if signed.is_expired(now):
        raise TrustError(f"{title(signed)}: expired on {signed.expires:%Y-%m-%d %H:%M} UTC")


def check_root_form(root: Root) -> None:
    """Keys and thresholds that a board understands, and no key on both sides of the air gap.

    Raises TrustError.
    """
    if root.consistent_snapshot is not True:
        raise TrustError(f"{title(root)}: consistent_snapshot must be true")
    for key_id, key in root.keys.items():
        _check_key(key_id, key)
    for role in ROLES:
        _check_role(root, role)
    offline, online = (
        {key_id for role in roles for key_id in root.roles[role].keyids}
        for roles in (OFFLINE, ONLINE)
    )
    for key_id in offline & online:
        raise TrustError(f"{title(root)}: key {key_id} is an offline and an online key")


def _check_role(root: Root, name: str) -> None:
    role = root.roles[name]
    if role.threshold > len(role.keyids):
        raise TrustError(
            f"{title(root)}: {name} needs {role.threshold} signatures and has "
            f"{len(role.keyids)} keys"
        )
    for key_id in set(role.keyids) - set(root.keys):
        raise TrustError(f"{title(root)}: {name} names key {key_id}, which is not there")


def _check_key(key_id: str, key: Key) -> None:
    if SCHEMES.get(key.keytype) != key.scheme:
        raise TrustError(f"key {key_id}: no board verifies {key.keytype} with {key.scheme}")
    # Section 4.3: so one id never stands for two keys.
    canonical = encode_canonical(key.to_dict()) or ""
    if hashlib.sha256(canonical.encode()).hexdigest() != key_id:
        raise TrustError(f"key {key_id}: its id is not its hash")
    if key.keytype == "rsa":
        public = load_pem_public_key(key.keyval["public"].encode())
        if not isinstance(public, RSAPublicKey) or public.key_size not in _RSA_BITS:
            raise TrustError(f"key {key_id}: a board verifies RSA of 2048 to 4096 bits")


def verify(root: Root, metadata: Metadata[Any]) -> VerificationResult:
    """Which of the keys that `root` names for the role have signed. Raises TrustError."""
    try:
        payload = metadata.signed_bytes
    except RepositoryError as error:
        raise TrustError(f"{title(metadata.signed)}: it cannot be signed") from error
    return root.get_verification_result(metadata.signed.type, payload, metadata.signatures)


def _check_signed(root: Root, metadata: Metadata[T]) -> None:
    result = verify(root, metadata)
    if not result:
        raise TrustError(
            f"{title(metadata.signed)}: {len(result.signed)} of {result.threshold} good signatures "
            f"by the keys that {title(root)} names"
        )
