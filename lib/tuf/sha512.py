"""SHA-512 (FIPS 180-4), which MicroPython's hashlib lacks. Slow: for what is short and rare."""

from micropython import const

_MASK = (1 << 64) - 1
_BLOCK_BYTES = const(128)


def _root(number, power):
    """The first 64 bits of the fraction of a square or cube root (4.2.3, 5.3.5), by Newton."""
    shifted = number << 64 * power
    root = 1 << 68
    while True:
        closer = ((power - 1) * root + shifted // root ** (power - 1)) // power
        if closer >= root:
            return root & _MASK
        root = closer


def _roots(count, power):
    """Roots of the first primes, eight bytes each: as integers they would litter the heap."""
    table = bytearray(8 * count)
    primes = []
    number = 2
    while len(primes) < count:
        if all(number % prime for prime in primes):
            at = 8 * len(primes)
            table[at : at + 8] = _root(number, power).to_bytes(8, "big")
            primes.append(number)
        number += 1
    return table


def _words(data):
    return [int.from_bytes(data[at : at + 8], "big") for at in range(0, len(data), 8)]


_START = _roots(8, 2)
_K = _roots(80, 3)


class sha512:  # noqa: N801 - as hashlib would have it
    """Like `hashlib.sha256`: `update(data)` and, once, `digest()`."""

    def __init__(self, data=b""):
        self._state = _words(_START)
        self._length = 0
        self._rest = b""
        self.update(data)

    def update(self, data):
        if isinstance(data, str):
            data = data.encode()
        self._length += len(data)
        data = self._rest + data
        start = 0
        while len(data) - start >= _BLOCK_BYTES:
            self._compress(memoryview(data)[start : start + _BLOCK_BYTES])
            start += _BLOCK_BYTES
        self._rest = bytes(data[start:])

    def digest(self):
        bits = self._length * 8
        zeros = -(self._length + 17) % _BLOCK_BYTES
        self.update(b"\x80" + bytes(zeros) + bits.to_bytes(16, "big"))
        return b"".join(word.to_bytes(8, "big") for word in self._state)

    def _compress(self, block):
        words = _words(block)
        a, b, c, d, e, f, g, h = self._state
        for t in range(80):
            if t >= 16:
                words.append(_expand(words))
                words.pop(0)
            k = int.from_bytes(_K[8 * t : 8 * t + 8], "big") + words[min(t, 15)]
            # Doubled, a word is rotated by a plain shift.
            e2 = e << 64 | e
            t1 = h + ((e2 >> 14 ^ e2 >> 18 ^ e2 >> 41) & _MASK) + (g ^ e & (f ^ g)) + k
            a2 = a << 64 | a
            t2 = ((a2 >> 28 ^ a2 >> 34 ^ a2 >> 39) & _MASK) + (a & b | c & (a | b))
            h, g, f, e, d, c, b, a = g, f, e, d + t1 & _MASK, c, b, a, t1 + t2 & _MASK
        step = (a, b, c, d, e, f, g, h)
        self._state = [self._state[i] + step[i] & _MASK for i in range(8)]


def _expand(words):
    """The next word of the schedule after the last sixteen (6.4.2)."""
    x = words[1]
    y = words[14]
    x2 = x << 64 | x
    y2 = y << 64 | y
    s0 = (x2 >> 1 ^ x2 >> 8) & _MASK ^ x >> 7
    s1 = (y2 >> 19 ^ y2 >> 61) & _MASK ^ y >> 6
    return words[0] + s0 + words[9] + s1 & _MASK
