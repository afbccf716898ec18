"""RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017), verification only.

The salt's length is the one that securesystemslib and the large key services sign with; another
length is another scheme, and is refused. Keys have 2048 to 4096 bits, a multiple of eight.
"""

from hashlib import sha256

from micropython import const

from tuf.der import content, from_pem, split, two_integers

# AlgorithmIdentifier: rsaEncryption, NULL (RFC 3279).
_RSA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
_BIT_STRING = const(0x03)  # DER
_SEQUENCE = const(0x30)
_MIN_BYTES = const(256)
_MAX_BYTES = const(512)
_HASH_BYTES = const(32)
_SALT_BYTES = const(32)


def verify(public, signature, message, tick):
    """See keys.py. `public` is PEM. One call of pow, some 20 ms on a chip, is not divided."""
    if tick:
        tick()
    n, e = _key(from_pem(public))
    # An odd exponent from 65537 on (FIPS 186-5), and short enough to be quick.
    if n >> 8 * _MAX_BYTES or not 65537 <= e < 1 << 32 or not n & e & 1:
        raise ValueError
    modulus = n.to_bytes(_MAX_BYTES, "big").lstrip(b"\0")
    if len(modulus) < _MIN_BYTES or modulus[0] < 0x80:
        raise ValueError
    number = int.from_bytes(signature, "big")
    if len(signature) != len(modulus) or number >= n:
        raise ValueError
    encoded = pow(number, e, n).to_bytes(len(modulus), "big")
    return modulus if _is_encoding(encoded, message.sha256()) else None


def _key(data):
    """Modulus and exponent of a SubjectPublicKeyInfo."""
    algorithm, rest = split(content(data, _SEQUENCE), _SEQUENCE)
    bits = content(rest, _BIT_STRING)
    if algorithm != _RSA or bits[:1] != b"\0":
        raise ValueError
    return two_integers(content(bits[1:], _SEQUENCE))


def _is_encoding(encoded, digest):
    """EMSA-PSS-VERIFY (RFC 8017, 9.1.2); emBits is one less than the bits of `encoded`."""
    split_at = len(encoded) - _HASH_BYTES - 1
    hashed = encoded[split_at:-1]
    block = bytearray(encoded[:split_at])
    if encoded[-1] != 0xBC or block[0] > 0x7F:
        return False
    for start in range(0, split_at, _HASH_BYTES):
        mask = sha256(hashed + (start // _HASH_BYTES).to_bytes(4, "big")).digest()
        for i in range(min(_HASH_BYTES, split_at - start)):
            block[start + i] ^= mask[i]
    block[0] &= 0x7F
    salt = bytes(block[-_SALT_BYTES:])
    padding = bytes(split_at - _SALT_BYTES - 1) + b"\1"
    return block[:-_SALT_BYTES] == padding and hashed == sha256(bytes(8) + digest + salt).digest()
