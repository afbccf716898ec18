"""Key pairs as files: PKCS#8 in PEM, encrypted with a passphrase or, for a server, plain.

`cryptography` derives the encryption key with 2048 rounds of PBKDF2, which a stolen stick does
not withstand. So the envelope (PBES2, RFC 8018) is made here, with scrypt (RFC 7914);
cryptography and `openssl pkey` open it like any other.
"""

from __future__ import annotations

import base64
import hashlib
import os
import textwrap
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import SSlibKey

from lockerctl.keys.rules import SCHEMES

KINDS = tuple(SCHEMES)
PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey

_PBES2 = x509.ObjectIdentifier("1.2.840.113549.1.5.13")
_SCRYPT = x509.ObjectIdentifier("1.3.6.1.4.1.11591.4.11")
_AES256_CBC = x509.ObjectIdentifier("2.16.840.1.101.3.4.1.42")
_LABEL = "ENCRYPTED PRIVATE KEY"


class KeyFileError(Exception):
    """A file that holds no key, or none that the passphrase opens."""


@dataclass(frozen=True)
class Cost:
    """How much work one guess of a passphrase is: scrypt's N, r and p.

    The preset takes 16 MiB and half a second or so; OpenSSL refuses to take 32 MiB.
    """

    n: int = 1 << 14
    r: int = 8
    p: int = 5


COST = Cost()


def generate(kind: str) -> PrivateKey:
    """A new key of one of KINDS."""
    if kind == "rsa":
        return generate_rsa(public_exponent=65537, key_size=3072)
    return Ed25519PrivateKey.generate() if kind == "ed25519" else generate_ec(SECP256R1())


def public_of(private: PrivateKey) -> SSlibKey:
    """The public half, as metadata names it."""
    return SSlibKey.from_crypto(private.public_key())


def dump_public(private: PrivateKey) -> bytes:
    """The public half as PEM."""
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def parse_public(data: bytes) -> SSlibKey:
    """A public key from PEM. Raises KeyFileError."""
    try:
        key = SSlibKey.from_crypto(load_pem_public_key(data))
    except ValueError as error:
        raise KeyFileError("holds no public key of a known kind, in PEM") from error
    if SCHEMES.get(key.keytype) != key.scheme:
        raise KeyFileError(f"no board verifies {key.scheme}: take one of {', '.join(KINDS)}")
    return key


def dump_plain(private: PrivateKey) -> bytes:
    """An unencrypted private key."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def dump_encrypted(private: PrivateKey, passphrase: str) -> bytes:
    """A private key that only the passphrase opens."""
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, iv = os.urandom(16), os.urandom(16)
    data = asn1.encode_der(_envelope(salt, iv, _encrypt(plain, passphrase, salt, iv)))
    body = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN {_LABEL}-----\n{body}\n-----END {_LABEL}-----\n".encode()


def parse_private(data: bytes, passphrase: str | None) -> PrivateKey:
    """A private key; None for one that must not be encrypted. Raises KeyFileError."""
    if (_LABEL.encode() in data) != (passphrase is not None):
        wanted = "an encrypted" if passphrase else "a plain"
        raise KeyFileError(f"must hold {wanted} private key, in PEM")
    try:
        key = load_pem_private_key(data, passphrase.encode() if passphrase else None)
    except ValueError as error:
        raise KeyFileError("wrong passphrase" if passphrase else "is damaged") from error
    if not isinstance(key, PrivateKey):
        raise KeyFileError(f"no board verifies such a key: take one of {', '.join(KINDS)}")
    return key


def _encrypt(plain: bytes, passphrase: str, salt: bytes, iv: bytes) -> bytes:
    key = hashlib.scrypt(
        passphrase.encode(),
        salt=salt,
        n=COST.n,
        r=COST.r,
        p=COST.p,
        maxmem=256 * COST.n * COST.r,
        dklen=32,
    )
    padder = padding.PKCS7(AES256.block_size).padder()
    encryptor = Cipher(AES256(key), CBC(iv)).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize()


@asn1.sequence
class _ScryptParams:
    """RFC 7914, 7.1."""

    salt: bytes
    n: int
    r: int
    p: int


@asn1.sequence
class _Kdf:
    algorithm: x509.ObjectIdentifier
    parameters: _ScryptParams


@asn1.sequence
class _Scheme:
    algorithm: x509.ObjectIdentifier
    iv: bytes


@asn1.sequence
class _Pbes2Params:
    """RFC 8018, A.4."""

    kdf: _Kdf
    scheme: _Scheme


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier
    parameters: _Pbes2Params


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    """RFC 5958, 3."""

    algorithm: _Algorithm
    data: bytes


def _envelope(salt: bytes, iv: bytes, data: bytes) -> _EncryptedPrivateKeyInfo:
    params = _ScryptParams(salt=salt, n=COST.n, r=COST.r, p=COST.p)
    parameters = _Pbes2Params(
        kdf=_Kdf(algorithm=_SCRYPT, parameters=params),
        scheme=_Scheme(algorithm=_AES256_CBC, iv=iv),
    )
    return _EncryptedPrivateKeyInfo(
        algorithm=_Algorithm(algorithm=_PBES2, parameters=parameters), data=data
    )
