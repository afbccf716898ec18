"""lib/tuf and the `cryptography` library agree on good, bad and mutilated signatures."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from unixport import ROOT, compile_tree, run_micropython

_SCRIPT = Path(__file__).parent / "verify_lines.py"
_PSS = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# Scheme, public key as in metadata, message, signature.
Case = tuple[str, str, bytes, bytes]


def _pem(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _flipped(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) * 8)
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def _mutilated(signature: bytes, rng: random.Random) -> Iterator[bytes]:
    yield signature
    for _ in range(12):
        yield _flipped(signature, rng)
    at = rng.randrange(len(signature))
    yield signature[:at] + signature[at + 1 :]
    yield signature[:at] + b"\0" + signature[at:]
    yield signature[:at]
    yield signature + bytes(1)
    yield bytes(len(signature))
    yield b"\xff" * len(signature)


def _ecdsa(rng: random.Random) -> Iterator[Case]:
    for _ in range(4):
        key = ec.derive_private_key(rng.randrange(1, _ORDER), ec.SECP256R1())
        public = _pem(key.public_key())
        message = rng.randbytes(rng.randrange(200))
        signature = key.sign(message, ec.ECDSA(SHA256()))
        for changed in _mutilated(signature, rng):
            yield "p256", public, message, changed
        r, s = decode_dss_signature(signature)
        for pair in ((r, _ORDER - s), (s, r), (r, s + _ORDER), (r + 1, s), (0, s), (r, 0)):
            yield "p256", public, message, encode_dss_signature(*pair)
        yield "p256", public, message + b"x", signature
    other = ec.generate_private_key(ec.SECP384R1())
    yield "p256", _pem(other.public_key()), b"x", other.sign(b"x", ec.ECDSA(SHA256()))


def _encoded(message: bytes, length: int, *, padding_end: bytes, trailer: int, top: int) -> bytes:
    """EMSA-PSS (RFC 8017, 9.1.1) of a message with a salt of zeros; its odd parts as given."""
    salt = bytes(32)
    digest = hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()
    block = bytearray((padding_end + salt).rjust(length - 33, b"\0"))
    for at in range(len(block)):
        mask = hashlib.sha256(digest + (at // 32).to_bytes(4, "big")).digest()
        block[at] ^= mask[at % 32]
    block[0] = block[0] & 0x7F | top
    return bytes(block) + digest + bytes([trailer])


def _rsa_odd_encodings(key: rsa.RSAPrivateKey, message: bytes) -> Iterator[bytes]:
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    for padding_end in (b"\1", b"\2", b"\1\0", b"\1\1", b"\xff\1"):
        for trailer in (0xBC, 0xCC):
            for top in (0, 0x80):
                encoded = _encoded(
                    message, key.key_size // 8, padding_end=padding_end, trailer=trailer, top=top
                )
                number = int.from_bytes(encoded, "big")
                if number < n:
                    yield pow(number, numbers.d, n).to_bytes(key.key_size // 8, "big")


def _rsa(rng: random.Random) -> Iterator[Case]:
    for bits in (2048, 3072):
        key = rsa.generate_private_key(65537, bits)
        public = _pem(key.public_key())
        message = rng.randbytes(50)
        signature = key.sign(message, _PSS, SHA256())
        for changed in _mutilated(signature, rng):
            yield "rsa", public, message, changed
        for odd in _rsa_odd_encodings(key, message):
            yield "rsa", public, message, odd
        yield "rsa", public, message + b"x", signature
        yield "rsa", public, message, key.sign(message, padding.PKCS1v15(), SHA256())


def _ed25519(rng: random.Random) -> Iterator[Case]:
    for _ in range(3):
        key = ed25519.Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        message = rng.randbytes(rng.randrange(300))
        signature = key.sign(message)
        for changed in _mutilated(signature, rng):
            yield "ed25519", public.hex(), message, changed
        yield "ed25519", _flipped(public, rng).hex(), message, signature
        yield "ed25519", public.hex(), message + b"x", signature


def _is_good(scheme: str, public: str, message: bytes, signature: bytes) -> bool:
    try:
        if scheme == "ed25519":
            raw = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
            raw.verify(signature, message)
            return True
        key = load_pem_public_key(public.encode())
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _PSS, SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(SHA256()))
            return isinstance(key.curve, ec.SECP256R1)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("make", [_ecdsa, _rsa, _ed25519])
def test_both_take_and_refuse_the_same_signatures(
    make: Callable[[random.Random], Iterator[Case]], tmp_path: Path
) -> None:
    cases = list(make(random.Random(1)))
    lines = tmp_path / "cases"
    lines.write_text(
        "".join(
            json.dumps([scheme, public, message.hex(), signature.hex()]) + "\n"
            for scheme, public, message, signature in cases
        )
    )
    compile_tree(ROOT / "lib" / "tuf", tmp_path / "tuf", optimise=2)
    result = run_micropython([_SCRIPT, lines], path=[tmp_path])
    assert result.returncode == 0, result.stdout
    wanted = [_is_good(*case) for case in cases]
    assert result.stdout.split() == [str(good) for good in wanted]
    assert 0 < sum(wanted) < len(wanted) / 2
