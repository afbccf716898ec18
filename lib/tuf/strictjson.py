"""JSON as metadata may use it.

MicroPython's `json` takes commas and colons for blanks, lets the last of two equal keys win,
makes two characters of a surrogate pair and nests as deep as the heap allows. What two readers
understand differently must not be signed, so this one refuses whatever is odd: duplicate keys,
numbers that are no integers, lone surrogates, depth.
"""

from binascii import unhexlify

from micropython import const

from tuf.errors import MetadataError

# TUF itself nests six deep; the rest is left to "custom". Bounds the recursion here and in
# canonical.py.
_MAX_DEPTH = const(12)
# More than any count, length or time needs: nobody makes the board multiply thousands of digits.
_MAX_DIGITS = const(19)
_WORDS = ((b"true", True), (b"false", False), (b"null", None))


def loads(data, length):
    """Parse the first `length` bytes of `data`, bytes or bytearray; raises MetadataError."""
    reader = _Reader(data, length)
    try:
        value = reader.value(0)
        reader.peek()
        # What lies behind the end may have been taken for the last value's.
        if reader.at != length:
            raise ValueError
    except ValueError:
        raise MetadataError("not JSON that metadata may use, near byte %d" % reader.at) from None
    return value


class _Reader:
    def __init__(self, data, end):
        self._data = data
        self._view = memoryview(data)
        self._end = end
        self.at = 0

    def peek(self):
        """The next byte that is no blank, without taking it; -1 at the end."""
        data = self._data
        at = self.at
        end = self._end
        while at < end and data[at] in b" \n\r\t":
            at += 1
        self.at = at
        return data[at] if at < end else -1

    def value(self, depth):
        head = self.peek()
        if head == 0x22:
            return self._string()
        if head == 0x7B:
            return self._object(depth + 1)
        if head == 0x5B:
            return self._array(depth + 1)
        for word, value in _WORDS:
            if self._view[self.at : self.at + len(word)] == word:
                self.at += len(word)
                return value
        return self._integer()

    def _take(self, wanted):
        """Whether `wanted` comes next; it is taken then."""
        if self.peek() != wanted:
            return False
        self.at += 1
        return True

    def _require(self, wanted):
        if not self._take(wanted):
            raise ValueError

    def _object(self, depth):
        result = {}
        self._enter(depth)
        if self._take(0x7D):
            return result
        while True:
            if self.peek() != 0x22:
                raise ValueError
            key = self._string()
            if key in result:
                raise ValueError
            self._require(0x3A)
            result[key] = self.value(depth)
            if self._take(0x7D):
                return result
            self._require(0x2C)

    def _array(self, depth):
        result = []
        self._enter(depth)
        if self._take(0x5D):
            return result
        while True:
            result.append(self.value(depth))
            if self._take(0x5D):
                return result
            self._require(0x2C)

    def _enter(self, depth):
        if depth > _MAX_DEPTH:
            raise ValueError
        self.at += 1

    def _integer(self):
        data = self._data
        start = at = self.at
        if self.peek() == 0x2D:
            at += 1
        first = at
        while at < self._end and 0x30 <= data[at] <= 0x39:
            at += 1
        # A point or an exponent is left over, and nothing that may follow a value.
        self.at = at
        if not 0 < at - first <= _MAX_DIGITS or (data[first] == 0x30 and at - first > 1):
            raise ValueError
        return int(str(self._view[start:at], "utf-8"))

    def _string(self):
        data = self._data
        start = self.at + 1
        text = ""
        while True:
            end = data.find(b'"', start, self._end)
            if end < 0:
                raise ValueError
            escape = data.find(b"\\", start, end)
            if escape < 0:
                self.at = end + 1
                return text + str(self._view[start:end], "utf-8")
            self.at = escape + 1
            text += str(self._view[start:escape], "utf-8") + self._escaped()
            start = self.at

    def _escaped(self):
        which = self._data[self.at]
        self.at += 1
        if which != 0x75:
            return '"\\/\b\f\n\r\t'[b'"\\/bfnrt'.index(bytes((which,)))]
        unit = self._hex()
        if 0xD800 <= unit < 0xDC00 and self._view[self.at : self.at + 2] == b"\\u":
            self.at += 2
            low = self._hex() - 0xDC00
            if not 0 <= low < 0x400:
                raise ValueError
            return chr(0x10000 + ((unit - 0xD800) << 10) + low)
        if 0xD800 <= unit < 0xE000:
            raise ValueError
        return chr(unit)

    def _hex(self):
        self.at += 4
        return int.from_bytes(unhexlify(self._view[self.at - 4 : self.at]), "big")
