"""A ceremony folder: `keys/` with the offline keys, `online/` for the server, `repository/`.

`keys/` is secret and stays offline. `repository/` is public: what this person knows of the
trusted metadata, and what is published.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from lockerctl.errors import UserError
from lockerctl.files import replacing
from lockerctl.keys.changes import Change, Document, sign
from lockerctl.keys.edits import expiry, first_change
from lockerctl.keys.folder import HeldKey, KeyFolder
from lockerctl.keys.passphrases import Passphrases
from lockerctl.keys.repository import Repository, file_name
from lockerctl.keys.request import save_request
from lockerctl.keys.rules import ONLINE, ROOT, TARGETS, title
from lockerctl.keys.trusted import Trusted, load_trusted

DAYS = 365
REPOSITORY = "repository"


@dataclass(frozen=True)
class Plan:
    """What a first ceremony makes. A threshold of None: more than half of the keys."""

    kind: str = "ecdsa"
    keys: dict[str, int] = field(default_factory=lambda: {ROOT: 1, TARGETS: 1})
    thresholds: dict[str, int | None] = field(default_factory=dict)
    days: int = DAYS

    def threshold(self, role: str) -> int:
        return self.thresholds.get(role) or self.keys[role] // 2 + 1


@dataclass(frozen=True)
class Terms:
    """How a change is signed: for how many days, by which keys here (presets to all).

    `request`: the file that the change goes to if signatures are missing.
    """

    days: int = DAYS
    signers: tuple[str, ...] = ()
    request: Path | None = None


TERMS = Terms()


class Ceremony:
    """One person's folder. `repository` stands for another one than the folder's own."""

    def __init__(
        self, path: Path, passphrases: Passphrases, repository: Path | None = None
    ) -> None:
        self.path = path
        self.keys = KeyFolder(path / "keys", passphrases)
        self.online = KeyFolder(path / "online", None)
        self.repository = Repository(repository or path / REPOSITORY)

    def trusted(self) -> Trusted:
        """What the repository proves. Raises UserError."""
        if not self.repository.path.is_dir():
            raise UserError(
                f"{self.repository.path}: no repository here: lockerctl key init makes the first, "
                "key fetch gets a copy"
            )
        return load_trusted(self.repository)

    def names(self) -> dict[str, str]:
        """Id to name of every key whose public half is here."""
        return {key.id: key.name for key in (*self.keys.known(), *self.online.known())}

    def sign(self, change: Change, only: Collection[str] = ()) -> list[HeldKey]:
        """Sign what the keys here, or those named, can sign. Raises UserError."""
        held = self.keys.held()
        unknown = set(only) - {key.name for key in held}
        if unknown:
            raise UserError(f"{self.keys.path}: there is no key {min(unknown)}")
        chosen = [key for key in held if not only or key.name in only]
        return sign(change, chosen, self.keys.signer)

    def settle(self, change: Change, terms: Terms) -> list[str]:
        """Sign a change; put it into the repository, or into a request for others to sign.

        Returns what was written, for people. Raises UserError if signatures are missing and
        there is no request to put it into.
        """
        self.sign(change, terms.signers)
        change.tidy()
        missing = change.missing()
        if not missing:
            return self.put(change)
        if terms.request is None:
            raise UserError(
                f"{missing[0]}, and they are not in {self.keys.path}: "
                "add --request FILE, and have it signed with lockerctl key sign FILE"
            )
        save_request(change, terms.request)
        return [f"{terms.request}: to be signed: {line}" for line in missing]

    def put(self, change: Change) -> list[str]:
        """Write a change that is fully signed: targets first, for the root is what counts.

        Raises UserError.
        """
        return [self._put(document) for document in change.documents()]

    def _put(self, document: Document) -> str:
        name = file_name(document.signed.type, document.signed.version)
        self.repository.write(name, document.to_bytes())
        return f"{self.repository.path / name}: {title(document.signed)} written"


def begin(path: Path, plan: Plan, passphrases: Passphrases) -> Ceremony:
    """The first ceremony: a new folder with all keys, the first root, empty targets.

    The folder appears whole or not at all. Raises UserError.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UserError(f"{path}: is in use: choose another folder for new keys")
    thresholds = {role: plan.threshold(role) for role in plan.keys}
    for role, count in plan.keys.items():
        if thresholds[role] > count:
            raise UserError(f"{role}: {thresholds[role]} of {count} keys cannot sign")
    with replacing(path) as made:
        made.mkdir(mode=0o700)
        new = Ceremony(made, passphrases)
        keys = {
            role: [new.keys.make(f"{role}-{number + 1}", plan.kind).public for number in range(n)]
            for role, n in plan.keys.items()
        }
        keys |= {role: [new.online.make(f"{role}-1", plan.kind).public] for role in ONLINE}
        new.settle(first_change(keys, thresholds, expiry(plan.days)), TERMS)
    return Ceremony(path, passphrases)
