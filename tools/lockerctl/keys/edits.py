"""New versions of root and targets, not signed yet. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, Root, Targets

from lockerctl.errors import UserError
from lockerctl.keys.changes import Change
from lockerctl.keys.rules import check_root_form, title, verify
from lockerctl.keys.trusted import Trusted


def expiry(days: int) -> datetime:
    """So many days from now."""
    return datetime.now(UTC) + timedelta(days=days)


def first_change(
    keys: Mapping[str, Sequence[Key]], thresholds: Mapping[str, int], expires: datetime
) -> Change:
    """The very first root, and targets that list nothing. Raises TrustError."""
    root = Root(expires=expires)
    for role, trusted in keys.items():
        for key in trusted:
            root.add_key(key, role)
        root.roles[role].threshold = thresholds.get(role, 1)
    check_root_form(root)
    return Change(None, Metadata(root), Metadata(Targets(expires=expires)))


def next_root(trusted: Trusted, expires: datetime) -> Root:
    """The root after the newest one, as yet the same in all but version and expiry."""
    root = deepcopy(trusted.root.signed)
    root.version += 1
    root.expires = expires
    return root


def add_key(root: Root, role: str, key: Key) -> None:
    """Let `key` sign for `role`. Raises UserError if it does already."""
    if key.keyid in root.roles[role].keyids:
        raise UserError(f"key {key.keyid} signs for {role} already")
    root.add_key(key, role)


def remove_keys(root: Root, role: str, key_ids: Iterable[str]) -> None:
    """Let these keys sign for `role` no more."""
    for key_id in key_ids:
        root.revoke_key(key_id, role)


def root_change(trusted: Trusted, root: Root) -> Change:
    """The change to a new root; targets are signed anew if they must be. Raises TrustError."""
    check_root_form(root)
    targets = None
    if not verify(root, trusted.targets):
        targets = Metadata(next_targets(trusted, trusted.targets.signed.expires))
    return Change(trusted.root, Metadata(root), targets)


def next_targets(trusted: Trusted, expires: datetime) -> Targets:
    """The targets after the newest ones, as yet with the same on offer."""
    targets = deepcopy(trusted.targets.signed)
    targets.version += 1
    targets.expires = expires
    return targets


def find_key(root: Root, role: str, wanted: str, names: Mapping[str, str]) -> str:
    """The id of the role's key that `wanted` names: by its name here, or the start of its id.

    `names`: id to name. Raises UserError.
    """
    trusted = root.roles[role].keyids
    named = [key_id for key_id in trusted if names.get(key_id) == wanted]
    found = named or [key_id for key_id in trusted if len(wanted) > 7 and key_id.startswith(wanted)]
    if len(found) != 1:
        raise UserError(
            f"{title(root)} has no {role} key {wanted}: lockerctl key show lists them; "
            "8 digits of the id will do"
        )
    return found[0]
