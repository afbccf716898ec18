"""What can be done to the keys that boards trust: each a new root, signed by the one before.

All functions return what was written, line by line, for people, and raise UserError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, Root

from lockerctl.errors import UserError
from lockerctl.keys.ceremony import TERMS, Ceremony, Terms
from lockerctl.keys.changes import Change
from lockerctl.keys.edits import (
    add_key,
    expiry,
    find_key,
    next_root,
    next_targets,
    remove_keys,
    root_change,
)
from lockerctl.keys.folder import HeldKey, KeyFolder
from lockerctl.keys.rules import ONLINE, ROOT


def rotate(
    ceremony: Ceremony,
    role: str,
    old: Sequence[str] = (),
    new: Sequence[Key] = (),
    terms: Terms = TERMS,
) -> list[str]:
    """Replace keys of an offline role: those named, or all. `new`: made here if there are none."""
    trusted = ceremony.trusted()
    root = next_root(trusted, expiry(terms.days))
    names = ceremony.names()
    old_ids = [find_key(root, role, each, names) for each in old] or list(root.roles[role].keyids)
    with _making(ceremony.keys) as make:
        keys = list(new) or [make(_stem(names, each, role), root.keys[each]) for each in old_ids]
        remove_keys(root, role, old_ids)
        for key in keys:
            add_key(root, role, key)
        _check_threshold(root, role)
        return ceremony.settle(root_change(trusted, root), terms)


def add_signer(
    ceremony: Ceremony,
    role: str,
    new: Key | None = None,
    threshold: int | None = None,
    terms: Terms = TERMS,
) -> list[str]:
    """Let one more key sign for an offline role: `new`, or one that is made here."""
    trusted = ceremony.trusted()
    root = next_root(trusted, expiry(terms.days))
    like = root.keys[root.roles[role].keyids[0]]
    with _making(ceremony.keys) as make:
        add_key(root, role, new or make(role, like))
        _set_threshold(root, role, threshold)
        return ceremony.settle(root_change(trusted, root), terms)


def remove_signer(
    ceremony: Ceremony, role: str, who: str, threshold: int | None = None, terms: Terms = TERMS
) -> list[str]:
    """Let a key of an offline role sign no more."""
    trusted = ceremony.trusted()
    root = next_root(trusted, expiry(terms.days))
    remove_keys(root, role, [find_key(root, role, who, ceremony.names())])
    _set_threshold(root, role, threshold)
    return ceremony.settle(root_change(trusted, root), terms)


def replace_online(ceremony: Ceremony, terms: Terms = TERMS) -> list[str]:
    """Replace the server's keys by new ones in the ceremony's `online` folder."""
    trusted = ceremony.trusted()
    root = next_root(trusted, expiry(terms.days))
    with _making(ceremony.online) as make:
        for role in ONLINE:
            old = list(root.roles[role].keyids)
            key = make(role, root.keys[old[0]])
            remove_keys(root, role, old)
            add_key(root, role, key)
            root.roles[role].threshold = 1
        return ceremony.settle(root_change(trusted, root), terms)


def renew(ceremony: Ceremony, role: str, terms: Terms = TERMS) -> list[str]:
    """The same root, or the same targets, with a new expiry."""
    trusted = ceremony.trusted()
    expires = expiry(terms.days)
    if role == ROOT:
        change = root_change(trusted, next_root(trusted, expires))
    else:
        change = Change(trusted.root, targets=Metadata(next_targets(trusted, expires)))
    return ceremony.settle(change, terms)


class _Maker:
    """Makes keys that are of the same kind as another one."""

    def __init__(self, folder: KeyFolder) -> None:
        self._folder = folder
        self.made: list[HeldKey] = []

    def __call__(self, stem: str, like: Key) -> Key:
        key = self._folder.make(self._folder.free_name(stem), like.keytype)
        self.made.append(key)
        return key.public


@contextmanager
def _making(folder: KeyFolder) -> Iterator[_Maker]:
    """New keys are gone again if what they were made for was refused."""
    maker = _Maker(folder)
    try:
        yield maker
    except UserError:
        for key in maker.made:
            folder.discard(key)
        raise


def _stem(names: dict[str, str], key_id: str, role: str) -> str:
    """A new key is named after the one it replaces, if that is here."""
    return re.sub(r"-\d+$", "", names.get(key_id, role))


def _set_threshold(root: Root, role: str, threshold: int | None) -> None:
    if threshold is not None:
        root.roles[role].threshold = threshold
    _check_threshold(root, role)


def _check_threshold(root: Root, role: str) -> None:
    wanted, there = root.roles[role].threshold, len(root.roles[role].keyids)
    if wanted > there:
        raise UserError(
            f"{role} would need {wanted} signatures and have {there} keys: "
            "another --threshold, or more keys"
        )
