"""Memory that is allocated once, takes what comes over the link, and is a stream of native code.

`deflate.DeflateIO` reads its source byte by byte: from a BytesIO that is fast, from a class in
Python it is not.
"""

import io
import json

import uctypes

from net.errors import LinkError


class Spool:
    """Holds one body, or a part of one, of at most `size` bytes.

    memory  all of it, a bytearray: who needs it between two bodies may have it
    stream  where `take` has left off
    """

    def __init__(self, size):
        # A BytesIO copies all but `bytes`, which nothing can write into: so its memory has two
        # names. Nothing may be written through the stream, it would make a copy then.
        raw = bytes(size)
        self.stream = io.BytesIO(raw)
        self.memory = uctypes.bytearray_at(uctypes.addressof(raw), size)
        self._view = memoryview(self.memory)
        self._start = self._end = 0

    async def fill(self, http):
        """Take the rest of an HTTP body. LinkError when it does not fit, or breaks off."""
        self._start = self._end = 0
        while await self._piece(http, len(self._view)):
            pass

    async def take(self, http, count):
        """Take the next `count` bytes of an HTTP body; `stream` gives them, then ends.

        LinkError when they do not fit, or are not there.
        """
        self._start = self._end = max(0, len(self._view) - count)
        while count:
            got = await self._piece(http, count)
            if not got:
                http.close()
                raise LinkError("answer too short")
            count -= got
        self.stream.seek(self._start)

    def json(self):
        """What was taken, as JSON; ValueError when it is none."""
        return json.loads(self._view[self._start : self._end])

    def bytes(self):
        """What was taken, as bytes."""
        return bytes(self._view[self._start : self._end])

    async def _piece(self, http, most):
        part = await http.piece(most)
        end = self._end + len(part)
        if end > len(self._view):
            http.close()
            raise LinkError("answer too long")
        self._view[self._end : end] = part
        self._end = end
        return len(part)
