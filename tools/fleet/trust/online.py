"""The keys that this server signs with, and what has to hold for them."""

from __future__ import annotations

import stat
from collections.abc import Collection, Mapping
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Root

from lockerctl.keys.folder import KeyFolder
from lockerctl.keys.rules import OFFLINE, ONLINE, TrustError, title

_OTHERS = 0o077
Signers = Mapping[str, CryptoSigner]


class OtherKeysError(TrustError):
    """The keys that are here cannot sign under a root: new ones, or the root, are on their way."""


def load_signers(path: Path) -> Signers:
    """Every key in the folder, by id. Raises UserError."""
    folder = KeyFolder(path, None)
    held = folder.held()
    if not held:
        raise TrustError(
            f"{path}: no keys here: the online folder that lockerctl key init makes belongs here"
        )
    for key in held:
        if stat.S_IMODE(key.path.stat().st_mode) & _OTHERS:
            raise TrustError(f"{key.path}: others can read it: chmod 600 {key.path}")
    return {key.id: folder.signer(key) for key in held}


def check_signers(root: Root, key_ids: Collection[str], path: Path) -> None:
    """These keys can sign what `root` leaves to the server, and no more.

    Raises OtherKeysError if they cannot, TrustError if they are too many.
    """
    for role in ONLINE:
        record = root.roles[role]
        if len(set(record.keyids) & set(key_ids)) < record.threshold:
            raise OtherKeysError(
                f"{title(root)} trusts other {role} keys than those in {path}: "
                "put the ones there that were made with it"
            )
    for role in OFFLINE:
        for key_id in set(root.roles[role].keyids) & set(key_ids):
            raise TrustError(f"{path} holds {role} key {key_id}: it must not be on a server")
