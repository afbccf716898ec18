"""A buffer that is allocated once and that native code can read as a stream.

`deflate.DeflateIO` and `json.load` read their source byte by byte: from a BytesIO that is fast,
from a class in Python it is not, and a BytesIO made over a bytearray copies it.
"""

import io
import json

from net.errors import LinkError

_BLANKS = b" " * 64


class Spool:
    """At most `size` bytes."""

    def __init__(self, size):
        self._size = size
        self.stream = io.BytesIO(size)
        self._written = self._end = 0

    async def fill(self, http):
        """Take the rest of an HTTP body. LinkError when it does not fit, or breaks off."""
        self.stream.seek(0)
        self._written = 0
        while True:
            part = await http.piece()
            if not part:
                break
            self._written += len(part)
            if self._written > self._size:
                http.close()
                raise LinkError("answer too long")
            self.stream.write(part)
            self._end = max(self._end, self._written)  # at once: the body may break off
        self.stream.seek(0)

    def json(self):
        """What was filled in, as JSON; ValueError when it is none."""
        self.stream.seek(self._written)
        # A BytesIO does not shrink: what lies behind from earlier becomes blanks.
        while self._end > self._written:
            count = min(self._end - self._written, len(_BLANKS))
            self.stream.write(_BLANKS[:count])
            self._end -= count
        self.stream.seek(0)
        return json.load(self.stream)

    def bytes(self):
        """What was filled in, as bytes."""
        self.stream.seek(0)
        return self.stream.read(self._written)
