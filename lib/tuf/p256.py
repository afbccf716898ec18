"""ECDSA on NIST P-256 with SHA-256 (FIPS 186-5), verification only.

Nothing here is secret, so nothing needs constant time. A signature (r, n - s) is as good as
(r, s): ECDSA allows both, and threshold counting does not care, as it counts keys.
"""

from micropython import const

from tuf.der import content, from_pem, two_integers

# FIPS 186-5 / SEC 2: p, the order n, b, and the base point; a is -3.
_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_GX = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
_GY = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
# SubjectPublicKeyInfo of id-ecPublicKey on prime256v1, as far as an uncompressed point (RFC 5480).
_SPKI = (
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
    b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04"
)
_SEQUENCE = const(0x30)  # DER
# Bits between two calls of tick: some 10 ms on a chip.
_TICK_BITS = const(16)


def verify(public, signature, message, tick):
    """See keys.py. `public` is PEM, `signature` DER."""
    point = from_pem(public)
    if point[:27] != _SPKI or len(point) != 91:
        raise ValueError
    point = point[27:]
    x = int.from_bytes(point[:32], "big")
    y = int.from_bytes(point[32:], "big")
    r, s = two_integers(content(signature, _SEQUENCE))
    if x >= _P or y >= _P or (y * y - (x * x - 3) * x - _B) % _P or r >= _N or s >= _N:
        raise ValueError
    w = pow(s, _N - 2, _N)
    digest = int.from_bytes(message.sha256(), "big")
    big_x, z = _combine(digest * w % _N, r * w % _N, x, y, tick)
    zz = z * z % _P
    # r is the point's x modulo n, and n is less than p; x is big_x / zz.
    if z and ((r * zz - big_x) % _P == 0 or (r + _N < _P and ((r + _N) * zz - big_x) % _P == 0)):
        return point
    return None


def _combine(u, v, x, y, tick):
    """X and Z of u*G + v*(x, y), in Jacobian coordinates (the point's x is X/Z^2)."""
    terms = []
    for k, a, b in ((u, _GX, _GY), (v, x, y)):
        # Non-adjacent form: digit i of k is bit i+1 of 3k less bit i+1 of k, a third is not zero.
        both = 3 * k ^ k
        plus = (both & 3 * k).to_bytes(33, "little")
        terms.append((plus, (both & k).to_bytes(33, "little"), a, b))
    point = (1, 1, 0)
    for bit in range(257, 0, -1):
        if tick and bit % _TICK_BITS == 0:
            tick()
        point = _double(*point)
        at = bit >> 3
        mask = 1 << (bit & 7)
        for plus, minus, a, b in terms:
            if plus[at] & mask:
                point = _add(a, b, *point)
            elif minus[at] & mask:
                point = _add(a, _P - b, *point)
    return point[0], point[2]


def _double(x, y, z):
    p = _P
    zz = z * z % p
    yy = y * y % p
    b = 4 * x * yy % p
    m = 3 * (x - zz) * (x + zz) % p
    x = (m * m - 2 * b) % p
    return x, (m * (b - x) - 8 * yy * yy) % p, 2 * y * z % p


def _add(a, b, x, y, z):
    """The affine point (a, b) plus the point (x, y, z)."""
    if not z:
        return a, b, 1
    p = _P
    zz = z * z % p
    h = (a * zz - x) % p
    r = (b * z % p * zz - y) % p
    if not h and not r:
        return _double(x, y, z)
    hh = h * h % p
    hhh = h * hh % p
    v = x * hh % p
    x = (r * r - hhh - 2 * v) % p
    return x, (r * (v - x) - y * hhh) % p, z * h % p
