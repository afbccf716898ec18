"""Secrets as they are kept in the database: sealed with a key that lies beside it, not in it.

AES-256-GCM, and a keyed hash in front of it: comparing is all that a poll does, and that costs a
tenth of opening. Who has a copy of the database alone can use no token and open no door.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lockerctl.files import sync_folder

KEY_FILE = "tokens.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_PROOF_BYTES = 16
# Followed by the hash in hex, a colon, and nonce and ciphertext in Base64.
_MARK = "sealed:1:"
_PROOF = slice(len(_MARK), len(_MARK) + 2 * _PROOF_BYTES)
_SEALED = slice(_PROOF.stop + 1, None)


class SealError(Exception):
    """The key is missing, or it is another one; one line says which file is meant."""


class Seal:
    """Seals and opens texts. `about` is what a text belongs to: it can't be moved elsewhere."""

    def __init__(self, key: bytes, source: Path) -> None:
        self._cipher = AESGCM(key)
        self._proof_key = hashlib.blake2s(key, person=b"proof").digest()
        self._source = source

    def seal(self, text: str, about: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), about.encode())
        return f"{_MARK}{self._proof(text, about)}:{base64.b64encode(nonce + sealed).decode()}"

    def matches(self, kept: str, given: str, about: str) -> bool:
        """Whether `given` is the text behind what is kept; takes as long whatever differs."""
        if is_sealed(kept):
            return hmac.compare_digest(self._proof(given, about), kept[_PROOF])
        return hmac.compare_digest(given.encode(), kept.encode())

    def open(self, kept: str, about: str) -> str:
        """The text behind what is kept. What older programs kept in clear is the text itself.

        Raises SealError.
        """
        if not is_sealed(kept):
            return kept
        raw = base64.b64decode(kept[_SEALED])
        try:
            opened = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except InvalidTag:
            raise SealError(f"{self._source} is not the key of this database's tokens") from None
        return opened.decode()

    def _proof(self, text: str, about: str) -> str:
        content = f"{len(about)} {about} {text}".encode()
        hashed = hashlib.blake2s(content, digest_size=_PROOF_BYTES, key=self._proof_key)
        return hashed.hexdigest()


def is_sealed(kept: str) -> bool:
    return kept.startswith(_MARK)


def load_seal(path: Path, *, new: bool) -> Seal:
    """The key in a file; it is made there if the database is `new` to sealing. Raises SealError."""
    if not path.exists():
        if not new:
            raise SealError(f"{path} is missing: put the key of the boards' tokens back there")
        _make(path)
    try:
        key = base64.b64decode(path.read_text().strip(), validate=True)
    except (OSError, ValueError) as error:
        raise SealError(f"{path} can't be read: {error}") from error
    if len(key) != _KEY_BYTES:
        raise SealError(f"{path} holds no key of {_KEY_BYTES} bytes in Base64")
    return Seal(key, path)


def _make(path: Path) -> None:
    """Whole or not at all, for its owner alone."""
    part = path.with_name(path.name + ".new")
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise SealError(f"{path} can't be made: {error.strerror or error}") from error
