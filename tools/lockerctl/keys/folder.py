"""A folder of key pairs: NAME.pem for its owner alone, NAME.pub for everybody."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from securesystemslib.exceptions import KeyMismatchError
from securesystemslib.signer import CryptoSigner, SSlibKey

from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.keys import keyfiles
from lockerctl.keys.keyfiles import KeyFileError
from lockerctl.keys.passphrases import Passphrases

_PRIVATE, _PUBLIC = ".pem", ".pub"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class HeldKey:
    """A key pair; the private half, if it is at hand, is still locked."""

    name: str
    path: Path
    public: SSlibKey

    @property
    def id(self) -> str:
        return self.public.keyid


class KeyFolder:
    """Key pairs in a folder. Without `passphrases` the private halves are not encrypted."""

    def __init__(self, path: Path, passphrases: Passphrases | None) -> None:
        self.path = path
        self._passphrases = passphrases
        # Nobody is asked twice, nor for what was typed a moment ago.
        self._open: dict[str, CryptoSigner] = {}

    def known(self) -> list[HeldKey]:
        """The pairs whose public half is here, by name. Raises UserError."""
        found = sorted(self.path.glob(f"*{_PUBLIC}"))
        return [HeldKey(path.stem, path.with_suffix(_PRIVATE), read_public(path)) for path in found]

    def held(self) -> list[HeldKey]:
        """The pairs whose two halves are here, by name. Raises UserError."""
        return [key for key in self.known() if key.path.is_file()]

    def make(self, name: str, kind: str) -> HeldKey:
        """A new pair of one of `keyfiles.KINDS`. Raises UserError."""
        if not _NAME.fullmatch(name):
            raise UserError(f"{name!r}: a key's name has letters, digits, dots, dashes only")
        path = self._file(name, _PRIVATE)
        # Before anybody is asked for a passphrase.
        if path.exists():
            raise UserError(f"{path}: there is such a key: choose another name")
        private = keyfiles.generate(kind)
        data = keyfiles.dump_plain(private)
        if self._passphrases:
            data = keyfiles.dump_encrypted(private, self._passphrases.of_new(name))
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, data, 0o600)
            _write(self._file(name, _PUBLIC), keyfiles.dump_public(private), 0o644)
        except OSError as error:
            raise UserError(f"{path}: cannot write it: {error.strerror}") from error
        made = HeldKey(name, path, keyfiles.public_of(private))
        self._open[made.id] = CryptoSigner(private, made.public)
        return made

    def discard(self, key: HeldKey) -> None:
        """Destroy a pair that nobody trusts."""
        for suffix in (_PRIVATE, _PUBLIC):
            self._file(key.name, suffix).unlink(missing_ok=True)

    def free_name(self, stem: str) -> str:
        """`stem`-1, -2 and so on: the next one after all that are here."""
        taken = [
            int(match[1])
            for path in self.path.glob(f"{stem}-*")
            if (match := re.fullmatch(rf"{re.escape(stem)}-(\d+)\.(?:pem|pub)", path.name))
        ]
        return f"{stem}-{max(taken, default=0) + 1}"

    def signer(self, key: HeldKey) -> CryptoSigner:
        """The key, unlocked. Raises UserError."""
        if key.id not in self._open:
            self._open[key.id] = self._unlock(key)
        return self._open[key.id]

    def _unlock(self, key: HeldKey) -> CryptoSigner:
        passphrase = self._passphrases.of(key.name) if self._passphrases else None
        try:
            private = keyfiles.parse_private(read_file(key.path), passphrase)
            return CryptoSigner(private, key.public)
        except KeyFileError as error:
            raise UserError(f"{key.path}: {error}") from error
        except KeyMismatchError as error:
            raise UserError(f"{key.path}: not the other half of {key.name}{_PUBLIC}") from error

    def _file(self, name: str, suffix: str) -> Path:
        return self.path / f"{name}{suffix}"


def read_public(path: Path) -> SSlibKey:
    """A public key that somebody sent. Raises UserError."""
    try:
        return keyfiles.parse_public(read_file(path))
    except KeyFileError as error:
        raise UserError(f"{path}: {error}") from error


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
