"""Ed25519 (RFC 8032), verification only. No secrets here, so nothing needs constant time.

The cofactorless equation of 5.1.7, compared as bytes, as most libraries do; all encodings must be
canonical, and neither the key nor R may be of small order.
"""

from binascii import unhexlify

from micropython import const

from tuf.sha512 import sha512

# RFC 8032, 5.1.
_P = (1 << 255) - 19
_L = (1 << 252) + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_TICK_BITS = const(8)


def verify(public, signature, message, tick):
    """See keys.py. `public` is 64 hex digits, `signature` 64 bytes."""
    key = unhexlify(public)
    if len(key) != 32 or len(signature) != 64:
        raise ValueError
    s = int.from_bytes(signature[32:], "little")
    a = _decode(key)
    r = _decode(signature[:32])
    if s >= _L or _is_small(a) or _is_small(r):
        raise ValueError
    hasher = sha512(signature[:32] + key)

    def write(text):
        hasher.update(text)
        if tick:
            tick()

    message.feed(write)
    h = int.from_bytes(hasher.digest(), "little") % _L
    x, y, z, t = a
    found = _combine(s, h, (_P - x, y, z, _P - t), tick)
    return key if _encode(found) == signature[:32] else None


def _decode(data):
    """The point (X, Y, Z, T) that 32 bytes stand for (5.1.3)."""
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= _P:
        raise ValueError
    u = (y * y - 1) % _P
    v = (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P) % _P, (_P - 5) // 8, _P) % _P
    if (v * x * x - u) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
        if (v * x * x - u) % _P:
            raise ValueError
    if not x and sign:
        raise ValueError
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _encode(point):
    x, y, z, _ = point
    inverse = pow(z, _P - 2, _P)
    y = y * inverse % _P
    return (y | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _is_small(point):
    """Whether eight times the point is the neutral element."""
    for _ in range(3):
        point = _double(*point)
    x, y, z, _ = point
    return not x and y == z


def _combine(s, h, a, tick):
    """s times the base point, plus h times `a`."""
    base = _decode((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    terms = (None, base, a, _add(base, a))
    point = (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        if tick and bit % _TICK_BITS == 0:
            tick()
        point = _double(*point)
        term = terms[(s >> bit & 1) | (h >> bit & 1) << 1]
        if term:
            point = _add(point, term)
    return point


def _double(x, y, z, _):
    p = _P
    a = x * x % p
    b = y * y % p
    h = a + b
    e = h - (x + y) * (x + y)
    g = a - b
    f = 2 * z * z % p + g
    e %= p
    return e * f % p, g * h % p, f * g % p, e * h % p


def _add(first, second):
    p = _P
    x, y, z, t = first
    x2, y2, z2, t2 = second
    a = (y - x) * (y2 - x2) % p
    b = (y + x) * (y2 + x2) % p
    c = 2 * t * t2 * _D % p
    d = 2 * z * z2 % p
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % p, g * h % p, f * g % p, e * h % p
