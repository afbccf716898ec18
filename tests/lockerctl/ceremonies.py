"""Ceremonies for tests: keys whose passphrase costs nothing to try, and what boards would say."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Metadata, Root, Targets

from lockerctl.keys import keyfiles
from lockerctl.keys.ceremony import Ceremony, Plan, begin
from lockerctl.keys.keyfiles import Cost
from lockerctl.keys.passphrases import VARIABLE, Passphrases
from lockerctl.keys.trusted import Trusted, load_trusted

PASSPHRASE = "correct horse"


def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """One try of a passphrase takes half a second otherwise."""
    monkeypatch.setattr(keyfiles, "COST", Cost(n=16, p=1))
    monkeypatch.setenv(VARIABLE, PASSPHRASE)
    monkeypatch.delenv("LOCKERCTL_KEYS", raising=False)


def ceremony_in(folder: Path, **plan: Any) -> Ceremony:
    """A first ceremony; `plan` are the fields of Plan."""
    return begin(folder, Plan(**plan), Passphrases(PASSPHRASE))


def person(origin: Ceremony, folder: Path, *keys: str) -> Ceremony:
    """Somebody else, who has taken these keys of `origin` home; their public halves stay."""
    (folder / "keys").mkdir(parents=True)
    for key in keys:
        shutil.move(origin.keys.path / f"{key}.pem", folder / "keys")
        shutil.copy(origin.keys.path / f"{key}.pub", folder / "keys")
    return Ceremony(folder, Passphrases(PASSPHRASE))


def trusted(ceremony: Ceremony) -> Trusted:
    """What a board that was made with root 1 ends up with."""
    return load_trusted(ceremony.repository)


def root(ceremony: Ceremony) -> Root:
    return trusted(ceremony).root.signed


def key_ids(ceremony: Ceremony, role: str) -> set[str]:
    """The keys that the newest root trusts for a role."""
    return set(root(ceremony).roles[role].keyids)


def signers(document: Metadata[Root] | Metadata[Targets], ceremony: Ceremony) -> set[str]:
    """The names of the keys in `ceremony` that have signed."""
    names = ceremony.names()
    return {names[key_id] for key_id in document.signatures}
